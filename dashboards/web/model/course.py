"""An indicator's course through the year."""

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
    """For a cohort: the present value for the cases that had begun by this day."""


class ForecastDay(Struct, frozen=True):
    """One future day: a row of `fan`, with quantiles of the value."""

    day: date
    p10: float | None
    p50: float | None
    p85: float | None
    p90: float | None


class Course(NamedTuple):
    """An indicator's course through the year in one region, and the forecast fan."""

    indicator: str
    region: str
    days: Sequence[Day]
    ahead: Sequence[ForecastDay]

    @property
    def of_cohort(self) -> bool:
        """Whether the days also have the present value for their cases."""
        return any(day.cohort is not None for day in self.days)
