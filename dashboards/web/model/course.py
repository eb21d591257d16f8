"""An indicator's way through the year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct


class Day(Struct, frozen=True, kw_only=True):
    """One day of one indicator in one region: a row of `light_days`."""

    day: date
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    target: float | None
    expected: float | None
    status: str
    why_zh: str
    why_en: str
    cohort: float | None = None
    """Of a cohort: the value that the cases begun by this day have by now."""


class ForecastDay(Struct, frozen=True):
    """One day to come: a row of `fan`, quantiles of the value."""

    day: date
    p10: float | None
    p50: float | None
    p85: float | None
    p90: float | None


class Course(NamedTuple):
    """An indicator's way through the year in one region, and the forecast's fan."""

    indicator: str
    region: str
    days: Sequence[Day]
    ahead: Sequence[ForecastDay]

    @property
    def of_cohort(self) -> bool:
        """Whether what has become of each day's cases by now is known beside what stood on the day."""
        return any(day.cohort is not None for day in self.days)
