"""The whole year: all stories as messages in order of publication, with corrections, repeats and faults.

What is sent when is kept in arrays, about 100 bytes a message; the messages themselves are rendered in blocks
while they are read. Heartbeats, which make up most messages of a long span, are generated one day at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pulse.simulate.city import Rows, SimulatedCity
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.event_table import EventTable, Story
from pulse.simulate.faults import MALFORMED, MISROUTED
from pulse.simulate.seasons import DAY, HOUR, START, Micros
from pulse.simulate.sheet import LOADING, MINUTE, Sheet, corrected, written
from pulse.simulate.stories import (
    agriculture,
    civil_affairs,
    culture,
    disabled_persons,
    education,
    elders,
    emergency,
    employment,
    health,
    housing,
    justice,
    organization,
    public_security,
    red_cross,
    science,
    smart_community,
    sports,
    women_children,
)
from pulse.simulate.wire import BINARY, render

STORIES = (
    organization, civil_affairs, elders, agriculture, women_children, disabled_persons, employment, health,
    education, culture, sports, science, public_security, justice, red_cross, emergency, housing, smart_community,
)  # fmt: skip

REPEATED = 0.01
"""The share of messages that are sent again unchanged."""

BROKEN = 0.0024
"""The share of messages that are first sent in a broken form; never binary ones or voids."""

FAULTS = MALFORMED + MISROUTED
_SOUND = -1

_BLOCK = 16_384
"""Messages that are rendered together."""


class Sums(NamedTuple):
    """How many messages a year has, by kind. The kinds overlap: a repeat of a correction counts as a repeat too."""

    messages: int
    repeats: int
    corrections: int
    """Versions with a revision above 0 that are not voids."""
    voids: int
    malformed: int
    misrouted: int
    late: int
    """First versions of the year's events that are published more than a day after the event."""

    def plus(self, other: Sums) -> Sums:
        """The sums of both, added."""
        return Sums(*map(sum, zip(self, other, strict=True)))


@dataclass(frozen=True)
class _Postings:
    """Messages to be sent, one a row: when, which row of which sheet, and with which fault."""

    at: Micros
    sheet: NDArray[np.int32]
    row: Rows
    fault: NDArray[np.int8]
    """Index into FAULTS, or _SOUND."""
    repeat: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, rows: slice | Rows) -> _Postings:
        return _Postings(self.at[rows], self.sheet[rows], self.row[rows], self.fault[rows], self.repeat[rows])

    def ordered(self) -> _Postings:
        """Sorted by time; at the same instant, by sheet and row."""
        return self[np.lexsort((self.fault, self.row, self.sheet, self.at))]

    def before(self, instant: int) -> int:
        """How many of these postings, which must be sorted, are sent before an instant."""
        return int(np.searchsorted(self.at, instant))


class SimulatedYear:
    """Everything that departments publish about one city's year. The same city always gives the same messages."""

    def __init__(self, city: SimulatedCity) -> None:
        """Generate the stories, except the heartbeats. Takes half a second for the whole city."""
        self.city = city
        self._sheets = list(_sheets(city))
        postings = [_posted(city, number, sheet) for number, sheet in enumerate(self._sheets)]
        self._postings = _joined(postings).ordered()

    @cached_property
    def sums(self) -> Sums:
        """The year's sums, without rendering messages. Heartbeats are generated for it, a tenth of a second a day."""
        sums = _sums(dict(enumerate(self._sheets)), self._postings)
        for sheet, postings in self._beats():
            sums = sums.plus(_sums({len(self._sheets): sheet}, postings))
        return sums

    def before(self, instant: int) -> int:
        """How many messages are published before an instant (µs). Like `sums`, it generates the heartbeats."""
        beats = sum(int((postings.at < instant).sum()) for _, postings in self._beats())
        return self._postings.before(instant) + beats

    def dispatches(self) -> Iterator[Dispatch]:
        """The messages in order of publication."""
        for sheets, postings in self._spans():
            for first in range(0, len(postings), _BLOCK):
                yield from _rendered(self.city.seed, sheets, postings[first : first + _BLOCK])

    def _beats(self) -> Iterator[tuple[Sheet, _Postings]]:
        """Each day's heartbeats. All their sheets have the same number: the one after the last story's sheet."""
        first = 1
        for events in smart_community.beats(self.city):
            sheet = written(self.city.rng(f"heartbeat/{first}/written"), events, first)
            yield sheet, _posted(self.city, len(self._sheets), sheet)
            first += len(sheet)

    def _spans(self) -> Iterator[tuple[dict[int, Sheet], _Postings]]:
        """Sorted postings, one span of time after another, with the sheets that they refer to."""
        sheets = dict(enumerate(self._sheets))
        number = len(sheets)
        rest, waiting = self._postings, self._postings[:0]
        for sheet, postings in self._beats():
            day = int(sheet.events.time.min()) if len(sheet) else 0
            midnight = day - (day - START) % DAY + DAY
            if len(waiting):
                # Rows left from earlier days, mostly repeats, are kept in front of the new day's heartbeats.
                kept = sheets[number]
                sheet, postings = kept.followed(sheet), replace(postings, row=postings.row + len(kept))
            sheets[number] = sheet
            reached = rest.before(midnight)
            span = _joined([waiting, rest[:reached], postings]).ordered()
            cut = span.before(midnight)
            yield sheets, span[:cut]
            rest = rest[reached:]
            waiting, sheets[number] = _compact(span[cut:], sheet)
        yield sheets, _joined([waiting, rest]).ordered()


def year(city: SimulatedCity) -> Iterator[Dispatch]:
    """All messages of a city's year in order of publication."""
    return SimulatedYear(city).dispatches()


# --- From stories to postings ---


def _sheets(city: SimulatedCity) -> Iterator[Sheet]:
    """The sheet of each event table, with its corrections; records are numbered within their type."""
    numbered: dict[str, int] = {}
    for events in _event_tables(city):
        first = numbered.get(events.type, 1)
        numbered[events.type] = first + len(events)
        rng = city.rng(f"{events.type}/{first}/written")
        yield corrected(rng, written(rng, events, first))


def _event_tables(city: SimulatedCity) -> Story:
    for story in STORIES:
        yield from _nonempty(story.tell(city))


def _nonempty(story: Iterator[EventTable]) -> Story:
    return (events for events in story if len(events))


def _posted(city: SimulatedCity, number: int, sheet: Sheet) -> _Postings:
    """The postings of a sheet: every row once, some again later, and some before in a broken form."""
    rng = (
        city.rng(f"{sheet.events.type}/{sheet.record[0]}/posted") if len(sheet) else np.random.default_rng(0)
    )
    count = len(sheet)
    again = np.flatnonzero(rng.random(count) < REPEATED)
    waited = rng.lognormal(np.log(2.0), 1.8, len(again)) * HOUR
    repeated = sheet.published[again] + waited.clip(MINUTE, 6 * DAY).astype(np.int64)

    breakable = (sheet.record % 10 != BINARY) & ~sheet.void
    broken = np.flatnonzero(breakable & (rng.random(count) < BROKEN))
    happened = np.maximum(np.maximum(sheet.events.time, sheet.recorded), LOADING)[broken]
    room = np.clip(sheet.published[broken] - happened, 0, 2 * HOUR)
    failed = sheet.published[broken] - (rng.random(len(broken)) * room).astype(np.int64)

    row = np.concatenate([np.arange(count), again, broken])
    fault = np.full(len(row), _SOUND, dtype=np.int8)
    fault[count + len(again) :] = rng.integers(0, len(FAULTS), len(broken))
    repeat = np.zeros(len(row), dtype=bool)
    repeat[count : count + len(again)] = True
    at = np.concatenate([sheet.published, repeated, failed])
    # Kafka's timestamps are whole milliseconds.
    return _Postings(at - at % 1000, np.full(len(row), number, dtype=np.int32), row, fault, repeat)


def _joined(parts: list[_Postings]) -> _Postings:
    return _Postings(
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.sheet for part in parts]),
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.fault for part in parts]),
        np.concatenate([part.repeat for part in parts]),
    )


def _compact(postings: _Postings, sheet: Sheet) -> tuple[_Postings, Sheet]:
    """The postings, and the sheet reduced to the rows that they refer to."""
    kept, row = np.unique(postings.row, return_inverse=True)
    return replace(postings, row=row.astype(np.int64)), sheet.take(kept)


def _sums(sheets: dict[int, Sheet], postings: _Postings) -> Sums:
    repeats = int(postings.repeat.sum())
    malformed = int(((postings.fault != _SOUND) & (postings.fault < len(MALFORMED))).sum())
    misrouted = int((postings.fault >= len(MALFORMED)).sum())
    sums = Sums(len(postings), repeats, 0, 0, malformed, misrouted, 0)
    for sheet in sheets.values():
        lateness = sheet.published - sheet.events.time
        first = (sheet.revision == 0) & ~sheet.void
        late = int((first & (sheet.events.time >= START) & (lateness > DAY)).sum())
        voids = int(sheet.void.sum())
        sums = sums.plus(Sums(0, 0, int((sheet.revision > 0).sum()) - voids, voids, 0, 0, late))
    return sums


# --- From postings to messages ---


def _rendered(seed: int, sheets: dict[int, Sheet], block: _Postings) -> list[Dispatch]:
    """A block's messages: rendered sheet by sheet, put back in order, then broken as their faults say."""
    grouped = np.argsort(block.sheet, kind="stable")
    bounds = np.flatnonzero(np.diff(block.sheet[grouped])) + 1
    messages: dict[int, Dispatch] = {}
    for rows in np.split(grouped, bounds):
        if len(rows):
            sheet = sheets[int(block.sheet[rows[0]])]
            messages.update(zip(rows.tolist(), render(sheet, block.row[rows], block.at[rows]), strict=True))
    for row in np.flatnonzero(block.fault != _SOUND).tolist():
        sheet = sheets[int(block.sheet[row])]
        # Seeded by the record, so that the result does not depend on how messages fall into blocks.
        own = np.random.default_rng((seed, crc32(sheet.events.type.encode()), sheet.record[block.row[row]]))
        messages[row] = FAULTS[block.fault[row]](messages[row], own)
    return [messages[row] for row in range(len(block))]
