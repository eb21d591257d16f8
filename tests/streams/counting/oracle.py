"""A naive batch count by definition: the state at each day's end, with no regard to how it came about.

It shares nothing with the core but the catalogue's words: no facts, no groups, no deltas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cmp_to_key
from typing import Any
from zoneinfo import ZoneInfo

from schemas.catalogue.model import Catalogue, Feed, Measure
from schemas.event import Event, Record

EPOCH = date(1970, 1, 1)
Cells = dict[tuple[str, str, int], int]


def cells(catalogue: Catalogue, events: Iterable[Event], zone: str = "Asia/Shanghai") -> Cells:
    """The non-zero cells of a log, whatever its order."""
    winners: dict[Record, Event] = {}
    for event in events:
        if event.record not in winners or takes_over(event, winners[event.record]):
            winners[event.record] = event
    standing = [event for event in winners.values() if not event.version.void]
    found: Counter[tuple[str, str, int]] = Counter()
    for key, measure in catalogue.counted.items():
        if measure.reducer != "seen":
            for subject in {event.record.subject for event in standing}:
                said = [e for e in standing if e.record.subject == subject]
                for (region, day), value in _subject(measure, said, ZoneInfo(zone)).items():
                    found[key, region, day] += value
    return {cell: value for cell, value in found.items() if value}


def takes_over(event: Event, held: Event) -> bool:
    """Whether an event takes another account's place: a higher version, or the same one, recorded earlier."""
    if event.version != held.version:
        return event.version > held.version
    return event.recorded is not None and (held.recorded is None or event.recorded < held.recorded)


def compared(feeds: dict[str, Feed], one: Event, other: Event) -> int:
    """Below 0 where one comes before the other."""
    if one.time != other.time:
        return one.time - other.time
    if one.recorded is not None and other.recorded is not None and one.recorded != other.recorded:
        return one.recorded - other.recorded
    on = _on(feeds[one.record.type], one), _on(feeds[other.record.type], other)
    if on[0] != on[1]:
        return -1 if on[1] else 1
    if (one.recorded is None) != (other.recorded is None):
        return -1 if on[0] == (other.recorded is None) else 1
    return -1 if one.record < other.record else 1


def _on(feed: Feed, event: Event) -> bool:
    return _value(feed, event) > 0 if feed.value else _meets(feed, event)


def _subject(measure: Measure, said: list[Event], zone: ZoneInfo) -> Counter[tuple[str, int]]:
    def day(event: Event) -> date:
        return datetime.fromtimestamp(event.time // 1_000_000, UTC).astimezone(zone).date()

    feeds = {feed.type: feed for feed in measure.feeds}
    said = [event for event in said if event.record.type in feeds]
    said.sort(key=cmp_to_key(lambda one, other: compared(feeds, one, other)))
    result: Counter[tuple[str, int]] = Counter()
    if measure.reducer == "sum":
        for event in said:
            if _meets(feeds[event.record.type], event):
                result[event.region, _number(day(event))] += _value(feeds[event.record.type], event)
        return result
    if measure.reducer == "distinct":
        first: dict[Any, Event] = {}
        for event in said:
            if _meets(feeds[event.record.type], event):
                first.setdefault(_period(measure.period, day(event)), event)
        return Counter((event.region, _number(day(event))) for event in first.values())
    if measure.cohort:
        home = next(feed for feed in measure.feeds if feed.home)
        latest = {event.record.type: _level(feeds[event.record.type], event) for event in said}
        began = [e for e in said if e.record.type == home.type and _level(home, e)]
        if began and len(latest) == len(feeds) and all(latest.values()):
            result[began[0].region, _number(day(began[0]))] += 1
        return result
    # A level by definition: what stands at the end of each day; its differences are the cells.
    if not said:
        return result
    before: Counter[str] = Counter()
    today, last = min(map(day, said)), max(map(day, said)) + timedelta(367)
    interesting = {day(e) for e in said} | set(_firsts(today, last))
    for today in sorted(interesting):
        stands = _level_at(measure, feeds, [e for e in said if day(e) <= today], today, day)
        for region in before | stands:
            result[region, _number(today)] += stands[region] - before[region]
        before = stands
    return result


def _level_at(
    measure: Measure, feeds: dict[str, Feed], said: list[Event], today: date, day: Any
) -> Counter[str]:
    """Region → level at the end of `today`, for one subject."""
    if measure.reducer == "timeline":
        if not said:
            return Counter()
        return +Counter({said[-1].region: _level(feeds[said[-1].record.type], said[-1])})
    region = ""
    if measure.within:
        home = next(feed for feed in measure.feeds if feed.home)
        began = [e for e in said if e.record.type == home.type and _level(home, e)]
        window = None if measure.within == "ever" else measure.within
        if not began or _period(window, day(began[0])) != _period(window, today):
            return Counter()
    for feed in measure.feeds:
        heard = [e for e in said if e.record.type == feed.type]
        if feed.lapses:
            heard = [e for e in heard if _period(feed.lapses, day(e)) == _period(feed.lapses, today)]
        if not heard or not _level(feed, heard[-1]):
            return Counter()
        if feed.home:
            region = began[0].region if measure.within else heard[-1].region
    return Counter({region: 1})


def _firsts(start: date, end: date) -> Iterable[date]:
    while start <= end:
        if start.day == 1:
            yield start
        start += timedelta(1)


def _meets(feed: Feed, event: Event) -> bool:
    said = all(
        getattr(event.data, field) in (wanted if isinstance(wanted, list) else [wanted])
        for field, wanted in feed.where.items()
    )
    return said and all(getattr(event.data, field) is not None for field in feed.given)


def _value(feed: Feed, event: Event) -> int:
    return int(getattr(event.data, feed.value) * feed.scale) if feed.value else 1


def _level(feed: Feed, event: Event) -> int:
    return _value(feed, event) if _meets(feed, event) else 0


def _period(period: str | None, day: date) -> Any:
    return {
        None: 0,
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month - 1) // 3),
        "year": day.year,
    }[period]


def _number(day: date) -> int:
    return (day - EPOCH).days
