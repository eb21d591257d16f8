"""Events as departments record and send them: records, revisions, lateness, corrections."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pulse.simulate.city import Rows
from pulse.simulate.event_table import Delay, EventTable
from pulse.simulate.seasons import DAY, HOUR, SECOND, START, Micros

MINUTE = 60 * SECOND

LATEST = 40 * DAY
"""The longest time from an event of the year to its first publication."""

LOADING = START - 12 * DAY
"""From this instant on, before the year begins, departments load their data of earlier years."""


@dataclass(frozen=True)
class Sheet:
    """An event table with what the feed adds to each row."""

    events: EventTable
    record: NDArray[np.int64]
    """Number of the record within the event type; rows with the same number are versions of one record."""
    revision: NDArray[np.int64]
    void: NDArray[np.bool_]
    recorded: Micros
    published: Micros

    def __len__(self) -> int:
        return len(self.record)

    def take(self, rows: Rows) -> Sheet:
        """These rows only."""
        return Sheet(
            self.events.take(rows),
            self.record[rows],
            self.revision[rows],
            self.void[rows],
            self.recorded[rows],
            self.published[rows],
        )

    def followed(self, *others: Sheet) -> Sheet:
        """This sheet with the rows of other sheets of the same event type appended."""
        parts = (self, *others)
        return Sheet(
            self.events.followed(*(other.events for other in others)),
            np.concatenate([part.record for part in parts]),
            np.concatenate([part.revision for part in parts]),
            np.concatenate([part.void for part in parts]),
            np.concatenate([part.recorded for part in parts]),
            np.concatenate([part.published for part in parts]),
        )


def written(rng: np.random.Generator, events: EventTable, first: int) -> Sheet:
    """A sheet with each event as the first version of its own record, numbered from `first`."""
    count = len(events)
    waited = lateness(rng, count, events.delay)
    published = events.time + waited
    old = events.time < START
    loaded = LOADING + (rng.random(count) * 11 * DAY).astype(np.int64)
    return Sheet(
        events,
        np.arange(first, first + count),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=bool),
        events.time + (waited * rng.uniform(0.2, 0.95, count)).astype(np.int64),
        np.where(old, np.maximum(loaded, published), published),
    )


def lateness(rng: np.random.Generator, count: int, delay: Delay) -> Micros:
    """Microseconds from an event to its publication: mostly hours, for 4 % up to ten days, for 0.6 % up to 39 days."""
    if delay == "machine":
        return (rng.gamma(2.0, 2.0, count).clip(0.2, 60) * SECOND).astype(np.int64)
    hours = rng.lognormal(np.log(3.0 if delay == "office" else 60.0), 1.0, count).clip(0.05, 240)
    kind = rng.random(count)
    hours = np.where(kind < 0.04, rng.uniform(24, 240, count), hours)
    hours = np.where(kind < 0.006, rng.uniform(240, 24 * 39, count), hours)
    waited = (hours * HOUR).astype(np.int64)
    return np.minimum(waited, LATEST)


def corrected(rng: np.random.Generator, sheet: Sheet, share: float = 0.005) -> Sheet:
    """The sheet with corrections and voids added for about `share` of its records, and conflicts for one in 5 000.

    A correction changes the event's place, its time or a field. One in ten is corrected back. One in sixteen
    arrives before the version that it corrects, because that version is published late.
    """
    events = sheet.events
    ways = _ways(events)
    if not (ways or events.voids):
        return sheet
    chance = rng.random(len(sheet))
    changing, voiding = share * 0.7 if ways else 0.0, share * 0.3 if events.voids else 0.0
    chosen = np.flatnonzero(chance < changing)
    changed = _changed(rng, sheet, chosen, ways)
    again = np.flatnonzero(rng.random(len(chosen)) < 0.1)
    restored = _next(rng, sheet.take(chosen[again]), changed.published[again], 2)
    void = sheet.take(np.flatnonzero((chance >= changing) & (chance < changing + voiding)))
    voided = replace(_next(rng, void, void.published, 1), void=np.ones(len(void), dtype=bool))
    rival = sheet.take(np.flatnonzero(chance > 1 - 0.0002))
    other = replace(rival.events, time=rival.events.time - MINUTE)
    conflicting = replace(_next(rng, rival, rival.published, 0), events=other)

    published = sheet.published.copy()
    overtaken = changed.published + (rng.uniform(0.01, 2, len(chosen)) * DAY).astype(np.int64)
    soon = overtaken <= np.maximum(events.time[chosen], START) + LATEST
    early = soon & (rng.random(len(chosen)) < 1 / 16)
    published[chosen[early]] = overtaken[early]
    return replace(sheet, published=published).followed(changed, restored, voided, conflicting)


def _next(rng: np.random.Generator, sheet: Sheet, after: Micros, revision: int) -> Sheet:
    """The next version of these records, published hours to weeks later."""
    count = len(sheet)
    waited = (rng.lognormal(np.log(4.0), 1.0, count).clip(0.05, 30) * DAY).astype(np.int64)
    published = after + waited
    return replace(
        sheet,
        revision=np.full(count, revision),
        recorded=published - (rng.uniform(0.01, 0.2, count) * waited).astype(np.int64),
        published=published,
    )


def _ways(events: EventTable) -> list[str]:
    """What may be wrong in an event; a field is the more likely fault, so it is listed twice."""
    ways = [name for name, can in (("moves", events.moves), ("shifts", events.shifts)) if can]
    return ways + (["fields"] * 2 if events.swaps or events.nudges else [])


def _changed(rng: np.random.Generator, sheet: Sheet, chosen: Rows, ways: list[str]) -> Sheet:
    """Revision 1 of these rows: another region, another time, or another value of a field."""
    one = _next(rng, sheet.take(chosen), sheet.published[chosen], 1)
    if not len(chosen):
        return one
    events, whole = one.events, sheet.events
    way = np.array(ways)[rng.integers(0, len(ways), len(chosen))]
    elsewhere = rng.integers(0, len(whole), len(chosen))

    region = np.where(way == "moves", whole.region[elsewhere], events.region)
    shift = rng.integers(15, 45, len(chosen)) * DAY * np.where(rng.random(len(chosen)) < 0.8, -1, 1)
    # Neither version may report something that had not happened when it was published.
    shifted = np.minimum(events.time + shift, sheet.published[chosen] - MINUTE)
    time = np.where(way == "shifts", shifted, events.time)
    data = dict(events.data)
    for name in whole.swaps:
        column = whole.data[name]
        other = np.logical_not(events.data[name]) if column.dtype == bool else column[elsewhere]
        data[name] = np.where(way == "fields", other, events.data[name])
    for name in whole.nudges:
        factor = np.where(way == "fields", rng.uniform(0.96, 1.04, len(chosen)), 1.0)
        data[name] = np.round(events.data[name].astype(np.float64) * factor, 2)
    return replace(one, events=replace(events, region=region, time=time, data=data))
