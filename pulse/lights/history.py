"""Forecasts and signals as of each day, from what was known on it and no more. Days whose figures are
unchanged are not computed again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pulse.lights import forecast, outlook
from pulse.lights.aim import Aim
from pulse.lights.target import Floats

Texts = NDArray[np.str_]


class Figures(NamedTuple):
    """One indicator's figures, [region, day] in the order of `Aim.regions` and the days of the plan; nan: none."""

    numerator: Floats
    denominator: Floats
    value: Floats
    cohort: Floats | None = None
    """For a cohort: the value of the same cases as known by now. It is shown beside the value and judged nowhere."""


class Outlooks(NamedTuple):
    """The forecast for the due date as of each day, [region, day]; `no_forecast`: why there is no chance."""

    p10: Floats
    p50: Floats
    p85: Floats
    p90: Floats
    chance: Floats
    no_forecast: Texts

    @classmethod
    def none(cls, regions: int, days: int) -> Outlooks:
        """No forecast on any day, as without a target by a date."""
        p10, p50, p85, p90, chance = (np.full((regions, days), np.nan) for _ in range(5))
        return cls(p10, p50, p85, p90, chance, np.full((regions, days), "not_a_target", "U12"))


class Signals(NamedTuple):
    """Signal and assurance of each day, [region, day]; see `lights.signal`."""

    signal: Texts
    assurance: Texts

    @classmethod
    def none(cls, regions: int, days: int) -> Signals:
        """No signal on any day."""
        return cls(np.full((regions, days), "", "U6"), np.full((regions, days), "", "U6"))


class RegionFan(NamedTuple):
    """The fan of some regions: `rows` are their places in `Aim.regions`, `fan` is what is forecast for each."""

    rows: NDArray[np.int64]
    fan: forecast.Fan


def first_changed(before: Figures | None, now: Figures) -> int:
    """The first day on which a figure differs from before; where none does, the number of days that both have."""
    days = now.value.shape[1]
    if before is None or before.value.shape[0] != now.value.shape[0]:
        return 0
    shared = min(before.value.shape[1], days)
    same = np.ones(shared, np.bool_)
    for old, new in ((before.numerator, now.numerator), (before.denominator, now.denominator)):
        a, b = old[:, :shared], new[:, :shared]
        same &= ((a == b) | (np.isnan(a) & np.isnan(b))).all(axis=0)
    return int(np.argmin(same)) if not same.all() else shared


def outlooks(aim: Aim, figures: Figures, known: Outlooks | None, first: int) -> Outlooks:
    """The outlook as of each day; those before `first` are taken from `known`. Regions without a target have none."""
    count, days = figures.value.shape
    found = Outlooks.none(count, days)
    if known is not None and first:
        for old, new in zip(known, found, strict=True):
            new[:, :first] = old[:, :first]
    rows = np.flatnonzero(~np.isnan(aim.target.values))
    if not len(rows):
        return found
    few, numerator, denominator = _only(aim, figures, rows)
    for day in range(first if known is not None else 0, days):
        if aim.pace.due[day] < 0:
            continue
        at = outlook.outlook(few, numerator, denominator, day)
        for new, each in zip(found, (at.p10, at.p50, at.p85, at.p90, at.chance, at.reason), strict=True):
            new[rows, day] = each
    return found


def signals(aim: Aim, figures: Figures, known: Signals | None, first: int) -> Signals:
    """Signal and assurance as of each day. They change only when a week, or a period, is over."""
    count, days = figures.value.shape
    found = Signals.none(count, days)
    begin = 0
    if known is not None and first:
        begin = first
        for old, new in zip(known, found, strict=True):
            new[:, :begin] = old[:, :begin]
    for day in range(begin, days):
        if day and not _over(aim, day):
            for new in found:
                new[:, day] = new[:, day - 1]
            continue
        at = outlook.xmr(aim, figures.numerator, figures.denominator, day)
        found.signal[:, day], found.assurance[:, day] = at.signal, at.assurance
    return found


def fan(aim: Aim, figures: Figures) -> RegionFan | None:
    """The forecast of the days to come, as of the last day; None where nothing is due."""
    rows = np.flatnonzero(~np.isnan(aim.target.values))
    day = figures.value.shape[1] - 1
    if not len(rows) or aim.pace.due[day] <= day:
        return None
    few, numerator, denominator = _only(aim, figures, rows)
    return RegionFan(rows, outlook.fan(few, numerator, denominator, day))


def _over(aim: Aim, day: int) -> bool:
    """Whether a period, or else a week from Monday, is over at the end of a day: a period where the numerator
    begins anew in each."""
    if aim.numerator.anew:
        return bool(np.isin(day, aim.periods.last))
    return (
        aim.start.toordinal() + day
    ) % 7 == 0  # 0001-01-01 was a Monday: a Sunday's ordinal is a multiple of 7


def _only(aim: Aim, figures: Figures, rows: NDArray[np.int64]) -> tuple[Aim, Floats, Floats]:
    return aim.of(rows), figures.numerator[rows], figures.denominator[rows]
