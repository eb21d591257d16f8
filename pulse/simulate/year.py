"""The year put together: all stories, written down, repeated, broken here and there, in order of publication.

A plan holds what is said when in arrays, some 100 bytes a message; the messages themselves are rendered in
blocks while they are read. Heartbeats, most of all messages over many days, are told a day at a time.
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
"""The share of messages that are sent once more, as they are."""

BROKEN = 0.0024
"""The share of messages that were sent in a broken form first; binary ones and voids never are."""

FAULTS = MALFORMED + MISROUTED
_SOUND = -1

_BLOCK = 16_384
"""Messages that are rendered together."""


class Sums(NamedTuple):
    """How many messages a plan has, and of what sort; a repeated correction counts in both."""

    messages: int
    repeats: int
    corrections: int
    """Of a revision above 0 and no void."""
    voids: int
    malformed: int
    misrouted: int
    late: int
    """First versions of the year's events that were published more than a day after what they report."""

    def plus(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(*map(sum, zip(self, other, strict=True)))


@dataclass(frozen=True)
class _Postings:
    """Messages to be sent, one a row: when, which row of which sheet, and how it broke."""

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
        """In order of time; at the same instant in that of sheets and rows."""
        return self[np.lexsort((self.fault, self.row, self.sheet, self.at))]

    def before(self, instant: int) -> int:
        """How many of these, which are in order, go out before an instant."""
        return int(np.searchsorted(self.at, instant))


class SimulatedYear:
    """All that departments publish of one city's year. The same city always gives the same messages."""

    def __init__(self, city: SimulatedCity) -> None:
        """Tells the stories, heartbeats aside: half a second for the whole city."""
        self.city = city
        self._sheets = list(_sheets(city))
        postings = [_posted(city, number, sheet) for number, sheet in enumerate(self._sheets)]
        self._postings = _joined(postings).ordered()

    @cached_property
    def sums(self) -> Sums:
        """Known without a message rendered; heartbeats are told once for it, a tenth of a second a day."""
        sums = _sums(dict(enumerate(self._sheets)), self._postings)
        for sheet, postings in self._beats():
            sums = sums.plus(_sums({len(self._sheets): sheet}, postings))
        return sums

    def before(self, instant: int) -> int:
        """How many messages are published before an instant, in µs; known as `sums` is."""
        beats = sum(int((postings.at < instant).sum()) for _, postings in self._beats())
        return self._postings.before(instant) + beats

    def dispatches(self) -> Iterator[Dispatch]:
        """The messages, in order of their publication."""
        for sheets, postings in self._spans():
            for first in range(0, len(postings), _BLOCK):
                yield from _rendered(self.city.seed, sheets, postings[first : first + _BLOCK])

    def _beats(self) -> Iterator[tuple[Sheet, _Postings]]:
        """Each day's heartbeats; all bear the number after the last sheet's."""
        first = 1
        for events in smart_community.beats(self.city):
            sheet = written(self.city.rng(f"heartbeat/{first}/written"), events, first)
            yield sheet, _posted(self.city, len(self._sheets), sheet)
            first += len(sheet)

    def _spans(self) -> Iterator[tuple[dict[int, Sheet], _Postings]]:
        """Postings in order, a stretch of time after the other, with the sheets that they point into."""
        sheets = dict(enumerate(self._sheets))
        number = len(sheets)
        rest, waiting = self._postings, self._postings[:0]
        for sheet, postings in self._beats():
            day = int(sheet.events.time.min()) if len(sheet) else 0
            midnight = day - (day - START) % DAY + DAY
            if len(waiting):
                # What is left of earlier days, mostly repeats, is kept in front of the new day's beats.
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
    """All messages of a city's year, in order of their publication."""
    return SimulatedYear(city).dispatches()


# --- From stories to postings ---


def _sheets(city: SimulatedCity) -> Iterator[Sheet]:
    """Each event table written down, with its corrections; records are numbered within their type."""
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
    """Every row once, some again later, and some in a broken form before."""
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
    """The sheet's rows that these postings still need, and the postings pointing to them."""
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
    """A block's messages: rendered sheet by sheet, put back in order, then broken where they are to break."""
    grouped = np.argsort(block.sheet, kind="stable")
    bounds = np.flatnonzero(np.diff(block.sheet[grouped])) + 1
    messages: dict[int, Dispatch] = {}
    for rows in np.split(grouped, bounds):
        if len(rows):
            sheet = sheets[int(block.sheet[rows[0]])]
            messages.update(zip(rows.tolist(), render(sheet, block.row[rows], block.at[rows]), strict=True))
    for row in np.flatnonzero(block.fault != _SOUND).tolist():
        sheet = sheets[int(block.sheet[row])]
        # By record, so that it breaks alike however the messages fall into blocks.
        own = np.random.default_rng((seed, crc32(sheet.events.type.encode()), sheet.record[block.row[row]]))
        messages[row] = FAULTS[block.fault[row]](messages[row], own)
    return [messages[row] for row in range(len(block))]
