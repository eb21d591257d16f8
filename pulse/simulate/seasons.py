"""When things happen: weekdays, holidays and campaigns of 2023, and office hours.

A rhythm is a weight for each day of the year. The holidays, and the weekends that were working days instead,
follow the State Council's notice 国办发明电〔2022〕16号. Jining has used +08:00 without summer time since 1992.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Micros = NDArray[np.int64]
Weights = NDArray[np.float64]

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
OFFSET = 8 * HOUR

YEAR = 2023
_FIRST = date(YEAR, 1, 1)
_EPOCH = date(1970, 1, 1)

_HOLIDAYS = (
    (date(2022, 12, 31), date(2023, 1, 2)),
    (date(2023, 1, 21), date(2023, 1, 27)),
    (date(2023, 4, 5), date(2023, 4, 5)),
    (date(2023, 4, 29), date(2023, 5, 3)),
    (date(2023, 6, 22), date(2023, 6, 24)),
    (date(2023, 9, 29), date(2023, 10, 6)),
)
_WORKED = {
    date(2023, 1, 28), date(2023, 1, 29), date(2023, 4, 23), date(2023, 5, 6),
    date(2023, 6, 25), date(2023, 10, 7), date(2023, 10, 8),
}  # fmt: skip


def midnight(day: date) -> int:
    """The first instant of a local day, microseconds UTC."""
    return (day - _EPOCH).days * DAY - OFFSET


START = midnight(_FIRST)
END = midnight(date(YEAR + 1, 1, 1))
DAYS = [_FIRST + timedelta(days=n) for n in range(365)]
MONTHS = [midnight(date(YEAR, month, 1)) for month in range(1, 13)] + [END]
QUARTERS = MONTHS[::3]


def _free(day: date) -> bool:
    holiday = any(first <= day <= last for first, last in _HOLIDAYS)
    return holiday or (day.weekday() >= 5 and day not in _WORKED)


_OPEN: Weights = np.array([0.0 if _free(day) else 1.0 for day in DAYS])
_NUMBER = np.arange(365)


def _bump(centre: date, width: float, height: float) -> Weights:
    weights: Weights = height * np.exp(-0.5 * ((_NUMBER - (centre - _FIRST).days) / width) ** 2)
    return weights


def _rhythms() -> dict[str, Weights]:
    office = _OPEN * 0.985 + 0.015
    festival = 1.0 - _bump(date(2023, 1, 24), 6, 0.85)
    harvest = 1.0 - _bump(date(2023, 6, 12), 6, 0.45) - _bump(date(2023, 10, 4), 8, 0.45)
    quarter_end = sum(_bump(date(2023, month, 28), 4, 0.8) for month in (3, 6, 9))
    year_end = _bump(date(2023, 12, 18), 12, 2.2)
    # The plan's notice was issued on 10 May: little was done for the plan before that.
    issued = 0.35 + 0.65 / (1 + np.exp(-(_NUMBER - (date(2023, 5, 25) - _FIRST).days) / 9))
    return {
        "office": office * festival,
        "plan": office * festival * issued * (1 + quarter_end + year_end),
        "rural": (0.45 + 0.55 * _OPEN) * festival * harvest * issued * (1 + year_end),
        "jobs": office * festival * (1 + _bump(date(2023, 2, 20), 14, 2.0) + _bump(date(2023, 9, 20), 20, 0.8)),
        "home": (0.5 + 0.5 * _OPEN) * (1 - _bump(date(2023, 1, 23), 3, 0.6)) * harvest,
        "dispute": (0.35 + 0.65 * _OPEN)
        * (1 + _bump(date(2023, 1, 12), 6, 0.7) + _bump(date(2023, 7, 25), 25, 0.5))
        * (1 - _bump(date(2023, 1, 24), 3, 0.7)),
        "sport": (1.0 + 2.0 * (1 - _OPEN))
        * (0.08 + _bump(date(2023, 5, 10), 22, 1.0) + _bump(date(2023, 8, 8), 12, 1.3) + _bump(date(2023, 10, 2), 20, 1.1)),
        "even": np.ones(365),
    }  # fmt: skip


RHYTHMS = _rhythms()


def instants(
    rng: np.random.Generator, count: int, rhythm: str, first: int = START, last: int = END
) -> Micros:
    """`count` instants in [first, last), unordered, in whole seconds, distributed by `rhythm`, mostly in office hours."""
    begin, end = (first - START) // DAY, -(-(last - START) // DAY)
    weights = RHYTHMS[rhythm][begin:end]
    days = begin + rng.choice(len(weights), size=count, p=weights / weights.sum())
    morning = rng.random(count) < 0.55
    hour = np.where(morning, rng.normal(9.9, 0.8, count), rng.normal(15.4, 1.0, count)).clip(7.5, 20.0)
    times = START + days * DAY + (hour * 3600).astype(np.int64) * SECOND
    clipped: Micros = np.clip(times, first, last - SECOND)
    return clipped


def before(rng: np.random.Generator, count: int, years: float = 4.0) -> Micros:
    """`count` instants in the years before the plan's year: history that some indicators need."""
    ago = 1 + (rng.beta(1.2, 1.6, count) * years * 365).astype(np.int64)
    hour = rng.normal(13.0, 2.2, count).clip(8.0, 18.0)
    return START - ago * DAY + (hour * 3600).astype(np.int64) * SECOND
