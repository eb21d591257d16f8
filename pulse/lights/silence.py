"""Who has stopped reporting: a department by its configured limit, a county also by its own habit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = -1_000_000
"""Stands for the last day of a source that has never reported."""
NOTHING: Ints = np.empty(0, np.int64)
USED_TO = 5
"""The number of days with events from which on a county is known to report."""
HABIT, QUANTILE = 3.0, 0.95
"""A county is silent after a gap of HABIT times this quantile of its own gaps."""


class Reports(NamedTuple):
    """The days on which something came in (append time, the city's days), counted from the plan's first; each sorted.

    `departments`: by source, which is a department's key or the key of its heartbeats (`aim.heartbeats`).
    `counties`: by source and county.
    """

    departments: Mapping[str, Ints]
    counties: Mapping[tuple[str, str], Ints]

    def of(self, source: str, county: str | None = None) -> Ints:
        """The days of a source: from one county, or from any."""
        known = self.departments.get(source) if county is None else self.counties.get((source, county))
        return NOTHING if known is None else known


def last_report(reported: Ints, days: int) -> Ints:
    """The last day with a report at or before each day; NEVER before the first."""
    at = np.searchsorted(reported, np.arange(days), side="right") - 1
    return np.where(at >= 0, reported[np.maximum(at, 0)], NEVER) if len(reported) else np.full(days, NEVER)


def department_silent(reported: Ints, days: int, after: int) -> Bools:
    """For each day, whether more than `after` days have passed since the last report, or since the plan began."""
    return np.arange(days) - np.maximum(last_report(reported, days), -1) > after


def county_silent(reported: Ints, days: int, after: int) -> Bools:
    """For each day, by what was known on it, whether a county that used to report has stopped.

    It is known to report from its fifth day with events on. It has stopped when its gap exceeds both `after`
    and three times the 95 % quantile of its own gaps: a county that reports by the quarter is not silent in between.
    """
    silent = np.zeros(days, np.bool_)
    ends = np.append(reported[1:], days)
    for n in np.flatnonzero(ends - reported > after):  # only the few reports that a long gap follows
        if n + 1 < USED_TO:
            continue
        habit = HABIT * float(np.quantile(np.diff(reported[: n + 1]), QUANTILE))
        patience = max(float(after), round(habit, 6))  # rounded, so that three weeks are not a tiny bit more
        first = int(np.floor(reported[n] + patience)) + 1
        silent[max(0, first) : max(0, ends[n])] = True
    return silent
