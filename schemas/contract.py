"""The contract on the wire: a Kafka message becomes an event, or a refusal that a department understands.

There are two paths. The fast one reads plain valid events with msgspec. On any doubt the slow one,
`schemas.judge`, decides and words the refusal. What the fast path accepts, the judge accepts with an equal
event; a property test shows this for every event type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import orjson

from schemas.canonical import dumps, exact, fingerprint, once
from schemas.envelope import is_uri_reference
from schemas.event import Event, Message, PassedOver, Record, Refusal, Version
from schemas.event_type import Check, EventType, no_rule
from schemas.fast import Bound, twin
from schemas.instants import EARLIEST, LATEST, instant
from schemas.judge import Criteria, judge
from schemas.look_alikes import plain
from schemas.opening import Opener
from schemas.passing import NOTHING, Passing
from schemas.refusals import platform_fault
from schemas.regions import Regions
from schemas.sender import sender

CONTRACT = 2
"""Version of the contract: part of the generation. Raise it when a change makes the same message read
differently."""

_KNOWN = 100_000
"""How many valid sources are remembered, and how many valid regions."""
_Raw, _UNSET = msgspec.Raw, msgspec.UNSET
_MARKS = 26
"""Quotation marks of six attributes that are text (four each), and of the key `data` (two)."""
_new = tuple.__new__  # half the time of a named tuple's own constructor


class _Plan(NamedTuple):
    """How events of one type are read."""

    type: str
    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes] | None
    """Writes canonical JSON without fields at their default. It is the original text's content if it is as
    long as that.

    No spelling is shorter than the canonical one, so equal lengths leave no room for a space, an escape, a
    repeated key or a default that was written out. None if msgspec does not write the type's numbers
    canonically.
    """
    canonical: Callable[[bytes], bytes]
    bounds: tuple[Bound, ...]
    dataschema: str
    heartbeat: bool
    rule: Check | None


class Contract:
    """Decodes the messages of all topics of a city. Its only state is caches of what was valid before."""

    def __init__(
        self,
        types: Mapping[str, EventType],
        regions: Regions,
        *,
        kept: bool = False,
        passes: Passing = NOTHING,
        **limits: int,
    ) -> None:
        """`kept`, `passes`, and the keywords `limit` and `ahead`: see `Criteria`.

        Raises Untranslatable if a model has no fast twin (`schemas.fast`).
        """
        self.terms = Criteria(types, regions, kept=kept, passes=passes, **limits)
        self._plans: dict[str, dict[str, _Plan]] = {}
        for kind in types.values():
            self._plans.setdefault(kind.topic, {})[kind.type] = _plan(kind)
        self._open = Opener().open
        self._local_day, self._limit, self._ahead = self.terms.local_day, self.terms.limit, self.terms.ahead
        self._sources: set[str] = set()
        self._regions: set[str] = set()

    def decode(self, topic: str, message: Message) -> Event | Refusal | PassedOver:
        """The event that a message holds, or its refusal, or PassedOver if it is another plan's. Never
        raises.

        `topic` is the bare system name.
        """
        try:
            event = self.fast(topic, message)
        except Exception:  # GIVEN_UP, or an unforeseen error
            event = None
        if event is not None:
            return event
        try:
            return judge(self.terms, topic, message)
        except Exception as error:  # a fault of ours: it is reported and must not end the worker
            return platform_fault(error, sender(message, self.terms.limit))

    def fast(self, topic: str, message: Message) -> Event | None:
        """The event of a plain valid message. On any doubt it returns None or raises one of GIVEN_UP."""
        value = message.value
        if value is None or len(value) > self._limit:
            return None
        opened = self._open(message.headers, value)
        if opened is None:
            return None
        type, read, write, rest, bounds, dataschema, heartbeat, rule = self._plans[topic][opened.type]
        id, source, subject = opened.id, opened.source, opened.subject
        text = id + subject
        if not text.isprintable():
            return None
        if (" " in text or not text.isascii()) and not (plain(id) and plain(subject)):
            return None
        if source not in self._sources and not self._learn_source(source):
            return None

        latest = (message.timestamp + self._ahead) * 1000
        if latest >= LATEST:
            return None
        time = instant(opened.time)
        if not EARLIEST <= time <= latest:
            return None
        marks = _MARKS
        recorded = None
        if opened.recordedtime is not None:
            marks += 4
            recorded = instant(opened.recordedtime)
            if not EARLIEST <= recorded <= latest:
                return None

        if opened.dataschema is not None:
            marks += 4
            if opened.dataschema != dataschema:
                return None
        revision, void = opened.revision, opened.void
        if revision is _UNSET:
            revision = 0
        else:
            marks += 2
        if void is _UNSET:
            void = False
        else:
            marks += 2
        if heartbeat and (revision or void):
            return None

        raw: bytes = opened.data
        if isinstance(raw, _Raw):  # a part of a structured message
            raw = bytes(raw)
            if opened.datacontenttype is not None:
                marks += 4
            if value.count(b'"') != marks + raw.count(
                b'"'
            ):  # an attribute occurs twice, or a mark is escaped
                return None
        data = read(raw)
        for bound in bounds:
            if not bound.holds(getattr(data, bound.name)):
                return None
        region = data.region
        if region not in self._regions and not self._learn_region(region):
            return None
        if rule is not None and rule(data, subject, self._local_day(time)):
            return None
        said = write(data) if write is not None else b""
        if len(said) != len(raw):
            said = rest(raw)
        return Event(
            _new(Record, (source, id, type, subject)),
            _new(Version, (revision, void, fingerprint(type, subject, time, region, said))),
            time, recorded, region, data, said, dataschema,
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
    rest = _sorted if made.integers else _exact(frozenset(bound.name for bound in made.bounds))
    return _Plan(kind.type, read, write, rest, made.bounds, known, kind.heartbeat, rule)


def _sorted(data: bytes) -> bytes:
    """`canonical` for data whose numbers are short integers. Raises ValueError if a key may occur twice in
    it."""
    return orjson.dumps(once(data), None, orjson.OPT_SORT_KEYS)


def _exact(decimals: frozenset[str]) -> Callable[[bytes], bytes]:
    """`canonical` for data with these decimal fields. It raises ValueError if a key may occur twice or one
    of them is text."""

    def rest(data: bytes) -> bytes:
        parsed = once(data)
        for name in decimals:
            if type(parsed.get(name)) is str:
                raise ValueError(f"{name} is text")
        return dumps(exact(data))

    return rest
