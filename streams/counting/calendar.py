"""Converts instants to local days and periods. The only place in `streams.counting` that knows the city's
time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_QUARTER_HOUR = 900_000_000
_EPOCH = date(1970, 1, 1)
_EPOCH_ORDINAL = _EPOCH.toordinal()

Period = str
"""How often a count starts anew: "" (never), "month", "quarter" or "year"."""


class Calendar:
    """Local days of a zone, as days since 1970-01-01, for instants in microseconds UTC.

    Offsets from UTC change only on quarter hours, so each quarter hour is looked up once.
    """

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self._days: dict[int, int] = {}
        self._starts: dict[tuple[Period, int], int] = {}
        self._ends: dict[tuple[Period, int], int] = {}

    def day(self, instant: int) -> int:
        """The local day of an instant (microseconds UTC)."""
        quarter = instant // _QUARTER_HOUR
        day = self._days.get(quarter)
        if day is None:
            local = datetime.fromtimestamp(quarter * 900, self.zone)
            day = self._days[quarter] = local.toordinal() - _EPOCH_ORDINAL
        return day

    def start(self, period: Period, day: int) -> int:
        """First day of the period that holds `day`; 0 where counts never start anew."""
        if not period:
            return 0
        known = self._starts.get((period, day))
        if known is None:
            known = self._starts[period, day] = to_day(_first(period, to_date(day)))
        return known

    def end(self, period: Period, start: int) -> int:
        """First day after the period that starts on day `start`."""
        known = self._ends.get((period, start))
        if known is None:
            first = to_date(start)
            known = self._ends[period, start] = to_day(_first(period, first + timedelta(_LONGEST[period])))
        return known


_LONGEST = {"month": 31, "quarter": 92, "year": 366}


def _first(period: Period, day: date) -> date:
    if period == "month":
        return day.replace(day=1)
    if period == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if period == "year":
        return day.replace(month=1, day=1)
    raise ValueError(f"period {period!r}: expected month, quarter or year")


def to_day(day: date) -> int:
    """A date as days since 1970-01-01."""
    return day.toordinal() - _EPOCH_ORDINAL


def to_date(day: int) -> date:
    """Days since 1970-01-01 as a date."""
    return date.fromordinal(day + _EPOCH_ORDINAL)
