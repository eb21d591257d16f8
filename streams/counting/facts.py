"""Facts: what an event says for each measure that its type feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from schemas.catalogue.model import Catalogue, Feed, Measure
from schemas.event import Event, Record, Version


class Fact(msgspec.Struct, frozen=True, gc=False):
    """What one record says for one measure.

    `time` is microseconds UTC, `day` its local day (days since 1970-01-01). A fact that is not `live` says
    nothing: its record is void, or does not meet the measure's filter. It is written all the same, so that
    it takes the count of an earlier version away.
    """

    measure: str
    member: str
    record: Record
    region: str
    time: int
    day: int
    value: int
    live: bool


def order(fact: Fact) -> tuple[int, Record]:
    """Facts of a group stand in the order of what happened; ties are the same everywhere."""
    return (fact.time, fact.record)


class Statement(NamedTuple):
    """A fact with its event's version and offset: a row of the table `facts`."""

    fact: Fact
    version: Version
    offset: int


Predicate = Callable[[Any], bool]
Extract = Callable[[Any], int]


class Rule(NamedTuple):
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
        live, value = not event.version[1], 0
        if live:
            if met is not None and not met(event.data):
                live = level
            else:
                value = 1 if extract is None else extract(event.data)
        return Fact(measure, member, event.record, event.region, event.time, day, value, live)


def rules(catalogue: Catalogue, topic: str) -> dict[str, list[Rule]]:
    """The rules of each event type of a topic, in the catalogue's order. `seen` measures have none."""
    found: dict[str, list[Rule]] = {}
    for key, measure in catalogue.measures.items():
        if measure.topic == topic and measure.reducer != "seen":
            for feed in measure.feeds:
                found.setdefault(feed.type, []).append(_rule(key, measure, feed))
    return found


def _rule(key: str, measure: Measure, feed: Feed) -> Rule:
    level = measure.reducer == "timeline" or (measure.reducer == "condition" and feed.value is not None)
    return Rule(key, feed.member, predicate(feed.where), _extract(feed), level)


def predicate(where: Mapping[str, object]) -> Predicate | None:
    """All named fields equal their value, or one of their values."""
    if not where:
        return None
    tests = [
        (attrgetter(field), frozenset(wanted) if isinstance(wanted, list) else frozenset((wanted,)))
        for field, wanted in where.items()
    ]
    if len(tests) == 1:
        ((get, allowed),) = tests
        return lambda data: get(data) in allowed
    return lambda data: all(get(data) in allowed for get, allowed in tests)


def _extract(feed: Feed) -> Extract | None:
    if feed.value is None:
        return None
    get, scale = attrgetter(feed.value), feed.scale
    return lambda data: int(get(data) * scale)
