"""Facts: what an event contributes to each measure that its type feeds."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from schemas.catalogue.model import Catalogue, Feed, Measure
from schemas.event import Event, Record, Version


class Fact(msgspec.Struct, frozen=True, gc=False):
    """What one record contributes to one measure.

    `time` is microseconds UTC, `day` its local day (days since 1970-01-01). A fact that is not `live`
    contributes nothing: its record is void, or does not meet the measure's filter. It is still written, so
    that it takes the count of an earlier version away. `rank` orders the facts of one time.
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
    """The sort key of a group's facts: the order in which things happened. Ties are broken the same way
    everywhere."""
    return (fact.time, fact.rank, fact.record)


UNDATED = 1 << 62
"""The rank, or minus the rank, of a fact whose record has no recorded time. Instants, doubled, are far
below it."""


def rank(recorded: int | None, on: bool) -> int:
    """The place of a fact among those of the same time. What was recorded later comes later. Of what was
    recorded at one moment, what switches off comes before what switches on.

    `recorded` is in microseconds UTC. Without it nothing tells whether the fact came before or after another.
    Then off comes first of all, and on last, so that what is switched off and on at one instant is on.
    """
    if recorded is None:
        return UNDATED if on else -UNDATED
    return 2 * recorded + on


def recorded(fact: Fact) -> int:
    """When the fact's record was recorded, microseconds UTC; UNDATED, later than all others, if that is
    not known."""
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
    """Whether the measure is a level: an event that does not meet the filter then counts as value 0 ("no
    longer in the set"). Elsewhere it does not count."""

    def fact(self, event: Event, day: int) -> Fact:
        """The fact of an event of this rule's type that happened on local day `day`."""
        measure, member, met, extract, level = self
        live, value, on = not event.version[1], 0, False
        if live:
            said = 1 if extract is None else extract(event.data)
            if met is None or met(event.data):
                value, on = said, said > 0
            else:
                # `on` ignores the filter, so that measures that filter differently order the records alike.
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
    """The feed's filter: each field of `where` has its value (or one of them), each field of `given` is
    present.

    None if the feed has no filter.
    """
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
