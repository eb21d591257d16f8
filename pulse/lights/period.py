"""Periods: what is judged on each day. A plan's year, or each of its months or quarters."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Kind = Literal["plan", "month", "quarter"]


class Periods(NamedTuple):
    """Days are counted from the plan's first, 0. `names`, `first` and `last` have one element for each
    period, in order; the plan's start or due date may cut a period short. `number` has one for each day: the
    index of its period."""

    names: tuple[str, ...]
    first: Ints
    last: Ints
    number: Ints


def periods(start: date, due: date, days: int, kind: Kind) -> Periods:
    """The periods of the first `days` days of a plan.

    `plan`: one period to `due`, to which later days belong as well. `month`, `quarter`: calendar periods to `due`.
    """
    length = (due - start).days + 1
    if kind == "plan":
        name = str(start.year) if start.year == due.year else f"{start.year}-{due.year}"
        return Periods((name,), np.array([0]), np.array([length - 1]), np.zeros(days, np.int64))
    names: list[str] = []
    first: list[int] = []
    day = start
    while day <= due:
        names.append(_name(day, kind))
        first.append((day - start).days)
        day = _next(day, kind)
    firsts = np.array(first)
    lasts = np.append(firsts[1:] - 1, length - 1)
    number = np.searchsorted(firsts, np.arange(days), side="right") - 1
    return Periods(tuple(names), firsts, lasts, number)


def _name(day: date, kind: Kind) -> str:
    return f"{day:%Y-%m}" if kind == "month" else f"{day.year}Q{(day.month + 2) // 3}"


def _next(day: date, kind: Kind) -> date:
    """The first day of the next month or quarter."""
    months = 1 if kind == "month" else 3 - (day.month - 1) % 3
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, 1)


def day_of(start: date, index: int) -> date:
    """The date of a day counted from the plan's first."""
    return start + timedelta(index)
