"""Days as numbers since 1970-01-01, periods of them, and the days and hours at which figures are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.instants import LocalDays

_EPOCH = date(1970, 1, 1).toordinal()
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
HOUR = 3600

FOREVER = 2**31 - 1
"""The end day of what has no end."""


def number(day: date) -> int:
    """A date as days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def calendar_date(day: int) -> date:
    """Days since 1970-01-01 as a date."""
    return date.fromordinal(day + _EPOCH)


def local_days(zone: str) -> Callable[[int], int]:
    """From an instant (microseconds UTC) to its day on the city's calendars."""
    local = LocalDays(zone)
    return lambda instant: local(instant).toordinal() - _EPOCH


@lru_cache(maxsize=1 << 16)
def first_of(period: str, day: int) -> int:
    """The first day of the month, quarter or year that holds a day."""
    of = calendar_date(day)
    months = _MONTHS[period]
    return number(of.replace(month=(of.month - 1) // months * months + 1, day=1))


@lru_cache(maxsize=1 << 16)
def first_after(period: str, day: int) -> int:
    """The first day of the next month, quarter or year."""
    start = calendar_date(first_of(period, day))
    months = start.year * 12 + start.month - 1 + _MONTHS[period]
    return number(date(months // 12, months % 12 + 1, 1))


def reading_days(start: date, last: int) -> list[int]:
    """The last day of each month from the plan's start on that is over, and then `last`, the current day."""
    found = []
    end = first_after("month", number(start)) - 1
    while end < last:
        found.append(end)
        end = first_after("month", end + 1) - 1
    return [*found, last]


def reading_hour(day: int, zone: str, until: int) -> int:
    """Start (seconds UTC) of the last hour that is complete at a day's end, or at `until` (microseconds UTC)."""
    midnight = datetime.combine(calendar_date(day) + timedelta(1), time(), ZoneInfo(zone))
    return min(int(midnight.timestamp()), until // 1_000_000) // HOUR * HOUR - HOUR
