"""The contract on the wire: a Kafka message becomes an event, or a refusal that a department understands.

Two ways lead there. The fast one reads with msgspec what a plain valid event looks like; on any doubt the
slow one, `schemas.judge`, decides and finds the words. What the fast one accepts, the judge accepts with an
equal event: a property test shows it for every event type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import orjson

from schemas.canonical import canonical, fingerprint
from schemas.envelope import is_uri_reference
from schemas.event import Event, Message, PassedOver, Record, Refusal, Version
from schemas.event_type import EventType, Rule, no_rule
from schemas.fast import Bound, twin
from schemas.instants import EARLIEST, LATEST, micros
from schemas.judge import Terms, judge
from schemas.opening import GIVEN_UP, Opener
from schemas.passing import NOTHING, Passing
from schemas.regions import Regions

CONTRACT = 1
"""Version of the contract: part of the generation. Raise it when the same message would be read otherwise."""

_KNOWN = 100_000
"""How many sources and regions are remembered as good, each."""
_new = tuple.__new__  # half the time of a named tuple's own constructor


class _Plan(NamedTuple):
    """How events of one type are read."""

    type: str
    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes] | None
    """Canonical JSON without fields at their default: all that was said, if it is as long as the original.

    No spelling is shorter than the canonical one, so equal lengths leave no room for a space, an escape, a
    repeated key or a default that was written out. None where msgspec does not write numbers canonically.
    """
    canonical: Callable[[bytes], bytes]
    bounds: tuple[Bound, ...]
    dataschema: str
    heartbeat: bool
    rule: Rule | None


class Contract:
    """Decodes the messages of all topics of a city. Keeps nothing but memories of what was good before."""

    def __init__(
        self,
        types: Mapping[str, EventType],
        regions: Regions,
        *,
        passes: Passing = NOTHING,
        **limits: int,
    ) -> None:
        """`passes`: the types of other plans; `limits`: `limit` and `ahead` of `Terms`. Raises Untranslatable for a model
        without a fast twin."""
        self.terms = Terms(types, regions, passes=passes, **limits)
        self._plans: dict[str, dict[str, _Plan]] = {}
        for kind in types.values():
            self._plans.setdefault(kind.topic, {})[kind.type] = _plan(kind)
        self._open = Opener().open
        self._local_day = self.terms.local_day
        self._sources: set[str] = set()
        self._regions: set[str] = set()

    def decode(self, topic: str, message: Message) -> Event | Refusal | PassedOver:
        """The event that a message holds, or why it holds none, or that it is another plan's. `topic` is the bare system
        name. Never raises."""
        try:
            event = self.fast(topic, message)
        except GIVEN_UP:
            event = None
        return judge(self.terms, topic, message) if event is None else event

    def fast(self, topic: str, message: Message) -> Event | None:
        """The event of a plain valid message; None, or one of GIVEN_UP raised, on any doubt."""
        value = message.value
        if value is None or len(value) > self.terms.limit:
            return None
        opened = self._open(message.headers, value)
        if opened is None:
            return None
        plan = self._plans[topic][opened.type]
        id, source, subject = opened.id, opened.source, opened.subject
        if not (id + source + subject).isprintable():
            return None
        if source not in self._sources and not self._learn_source(source):
            return None

        latest = (message.timestamp + self.terms.ahead) * 1000
        time = micros(opened.time)
        if not EARLIEST <= time < LATEST or time > latest:
            return None
        recorded = None
        if opened.recordedtime is not None:
            recorded = micros(opened.recordedtime)
            if not EARLIEST <= recorded < LATEST or recorded > latest:
                return None

        dataschema = plan.dataschema
        if opened.dataschema is not None and opened.dataschema != dataschema:
            return None
        revision, void = opened.revision, opened.void
        if plan.heartbeat and (revision or void):
            return None

        raw = bytes(opened.data)
        data = plan.read(raw)
        for bound in plan.bounds:
            if not bound.holds(getattr(data, bound.name)):
                return None
        region = data.region
        if region not in self._regions and not self._learn_region(region):
            return None
        if plan.rule is not None and plan.rule(data, subject, self._local_day(time)):
            return None
        text = plan.write(data) if plan.write else b""
        if len(text) != len(raw):
            text = plan.canonical(raw)
        type = plan.type
        return Event(
            _new(Record, (source, id, type, subject)),
            _new(Version, (revision, void, fingerprint(type, subject, time, region, text))),
            time, recorded, region, data, text, dataschema,
        )  # fmt: skip

    def _learn_source(self, source: str) -> bool:
        good = is_uri_reference(source)
        if good and len(self._sources) < _KNOWN:
            self._sources.add(source)
        return good

    def _learn_region(self, region: str) -> bool:
        good = self.terms.regions.fault(region) is None
        if good and len(self._regions) < _KNOWN:
            self._regions.add(region)
        return good


def _plan(kind: EventType) -> _Plan:
    made = twin(kind.model)
    read = msgspec.json.Decoder(made.struct).decode
    write = msgspec.json.Encoder().encode if made.integers else None
    major, minor = kind.version
    known = f"urn:pulse:{kind.type}:{major}.{minor}"
    rule = None if kind.rule is no_rule else kind.rule
    rest = _sorted if made.integers else canonical
    return _Plan(kind.type, read, write, rest, made.bounds, known, kind.heartbeat, rule)


def _sorted(data: bytes) -> bytes:
    """`canonical` for data whose numbers are short integers."""
    return orjson.dumps(orjson.loads(data), None, orjson.OPT_SORT_KEYS)
