"""Facts: what an event says for each measure that its type feeds."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from schemas.catalogue.model import Catalogue, Feed, Measure
from schemas.event import Event, Record, Version


class Fact(msgspec.Struct, frozen=True, gc=False):
    """What one record says for one measure.

    `time` is microseconds UTC, `day` its local day (days since 1970-01-01). A fact that is not `live` says
    nothing: its record is void, or does not meet the measure's filter. It is written all the same, so that
    it takes the count of an earlier version away. `rank` is its place among the facts of the same time.
    """

    measure: str
    member: str
    record: Record
    region: str
    time: int
    day: int
    rank: int
    value: int
    live: bool


def order(fact: Fact) -> tuple[int, int, Record]:
    """Facts of a group stand in the order of what happened; ties are the same everywhere."""
    return (fact.time, fact.rank, fact.record)


UNDATED = 1 << 62
"""The rank of what says not when it was recorded; instants, doubled, are far below."""


def rank(recorded: int | None, on: bool) -> int:
    """The place of a fact among those of the same time: what was recorded later comes later; of what was recorded at one
    moment, what switches off comes before what switches on.

    Where a record does not say when it was recorded (microseconds UTC), nothing tells whether it came before or after
    another: off comes first of all then, and on last, so that what is switched off and on at one instant stands.
    """
    if recorded is None:
        return UNDATED if on else -UNDATED
    return 2 * recorded + on


def recorded(fact: Fact) -> int:
    """When its record was recorded, microseconds UTC; where that is not said, later than all others."""
    return UNDATED if abs(fact.rank) == UNDATED else fact.rank >> 1


class Statement(NamedTuple):
    """A fact with its event's version and offset: a row of the table `facts`."""

    fact: Fact
    version: Version
    offset: int


Predicate = Callable[[Any], bool]
Extract = Callable[[Any], int]


class FeedRule(NamedTuple):
    """How one feed turns an event into a fact."""

    measure: str
    member: str
    met: Predicate | None
    """The filter; None where there is none."""
    value: Extract | None
    """Reads the counted integer from the data; None counts 1."""
    level: bool
    """A level's unmet filter means "no longer in the set" (value 0), not "never said"."""

    def fact(self, event: Event, day: int) -> Fact:
        """The fact of an event of this rule's type that happened on local day `day`."""
        measure, member, met, extract, level = self
        live, value, on = not event.version[1], 0, False
        if live:
            said = 1 if extract is None else extract(event.data)
            if met is None or met(event.data):
                value, on = said, said > 0
            else:
                # Of another kind now is no switching off: so all kinds agree on which record came last.
                live, on = level, extract is not None and said > 0
        return Fact(
            measure,
            member,
            event.record,
            event.region,
            event.time,
            day,
            rank(event.recorded, on),
            value,
            live,
        )


def rules(catalogue: Catalogue, topic: str) -> dict[str, list[FeedRule]]:
    """The rules of each event type of a topic, in the catalogue's order. `seen` measures have none."""
    found: dict[str, list[FeedRule]] = {}
    for key, measure in catalogue.counted.items():
        if measure.topic == topic and measure.reducer != "seen":
            for feed in measure.feeds:
                found.setdefault(feed.type, []).append(_rule(key, measure, feed))
    return found


def _rule(key: str, measure: Measure, feed: Feed) -> FeedRule:
    level = measure.reducer == "timeline" or (measure.reducer == "condition" and feed.value is not None)
    return FeedRule(key, feed.member, predicate(feed), _extract(feed), level)


def predicate(feed: Feed) -> Predicate | None:
    """The feed's filter: each field of `where` has (one of) its values, each of `given` is there."""
    tests: list[Predicate] = [_equals(field, wanted) for field, wanted in feed.where.items()]
    tests += [_is_given(field) for field in feed.given]
    if len(tests) <= 1:
        return tests[0] if tests else None
    return lambda data: all(test(data) for test in tests)


def _equals(field: str, wanted: str | bool | list[str]) -> Predicate:
    get = attrgetter(field)
    allowed = frozenset(wanted) if isinstance(wanted, list) else frozenset((wanted,))
    return lambda data: get(data) in allowed


def _is_given(field: str) -> Predicate:
    get = attrgetter(field)
    return lambda data: get(data) is not None


def _extract(feed: Feed) -> Extract | None:
    if feed.value is None:
        return None
    get, scale = attrgetter(feed.value), feed.scale
    return lambda data: int(get(data) * scale)
