"""Pace: what is expected on each day, how far a value is from it, and at which rate it moves and must move."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pulse.lights.aim import Aim
from pulse.lights.target import Bools, Floats

WEEKS = 28
"""The days over which the rate is taken that is compared with the one still required."""
EPSILON = 1e-9
"""Rounding error of floats that is ignored: a value exactly at the limit is within it."""


class Way(NamedTuple):
    """Arrays of [region, day]; nan where there is no value. Named as the columns of the table `lights`.

    `expected`, `tolerance`, `gap` are in the value's unit, `gap_days` in days of the pace (of the period's
    mean pace, where the pace is not a straight line); `behind` and `shortfall` in whole pieces of the
    numerator; `rate28` (over the last 28 days) and `required_rate` (until due) in pieces a day.
    """

    expected: Floats
    tolerance: Floats
    gap: Floats
    gap_days: Floats
    behind: Floats
    shortfall: Floats
    rate28: Floats
    required_rate: Floats


def way(aim: Aim, numerator: Floats, denominator: Floats, value: Floats) -> Way:
    """How far each region is on its way, at the end of each day. All arrays are [region, day]."""
    target = aim.target.values[:, None]
    base = _base(aim, value, target)
    expected = base + (target - base) * aim.pace.share
    gap = value - expected
    slope = (target - base) * aim.pace.slope
    with np.errstate(divide="ignore", invalid="ignore"):
        gap_days = np.where(np.abs(slope) > EPSILON, gap / slope, np.nan)
    # With a tolerance of 10 %, a target of about 30 is met from 27 on.
    least = (1 - aim.target.reach) * target if aim.target.op == "~" else target
    shortfall = _pieces(aim, least, numerator, denominator, strict=aim.target.op == ">")
    left = np.where(aim.pace.due >= 0, aim.pace.due - np.arange(len(aim.pace.due)), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        required = np.where(shortfall == 0, 0.0, np.where(left > 0, shortfall / left, np.nan))
    return Way(
        expected=expected,
        tolerance=_tolerance(aim, denominator, target),
        gap=gap,
        gap_days=gap_days,
        behind=_pieces(aim, expected, numerator, denominator, strict=False),
        shortfall=shortfall,
        rate28=rate(aim, numerator),
        required_rate=np.where(aim.pace.due >= 0, required, np.nan),
    )


def rate(aim: Aim, numerator: Floats) -> Floats:
    """Pieces a day over the last 28 days, or over those since the period began where they are fewer. [region, day]."""
    days = numerator.shape[1]
    at = np.arange(days)
    first = aim.periods.first[aim.periods.number] if aim.numerator.anew else np.zeros(days, np.int64)
    before = np.maximum(at - WEEKS, first - 1)
    # A count from zero had nothing before its first day; a level's first day includes all that came before it.
    zero = aim.numerator.anew or aim.numerator.flow
    if not zero:
        before = np.maximum(before, 0)
    earlier = np.where(before < first if zero else False, 0.0, numerator[:, np.maximum(before, 0)])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(at > before, (numerator - earlier) / (at - before), np.nan)


def increments(aim: Aim, numerator: Floats) -> Floats:
    """What each day added, [region, day]. A numerator that begins anew adds its whole first day."""
    steps = np.diff(numerator, axis=1, prepend=0.0)
    if aim.numerator.anew:
        firsts = aim.periods.first[aim.periods.first < numerator.shape[1]]
        steps[:, firsts] = numerator[:, firsts]
    elif not aim.numerator.flow:
        steps[:, 0] = 0.0
    return steps


def met(aim: Aim, value: Floats) -> Bools:
    """Whether the target is met as the plan words it, [region, day]; false without a value or a target."""
    return aim.target.by_day().met(value)


def too_many(aim: Aim, value: Floats) -> Bools:
    """Whether a value is above the range that meets a target of about so many (~), [region, day]."""
    if aim.target.op != "~":
        return np.zeros(value.shape, np.bool_)
    return value > (1 + aim.target.reach) * aim.target.values[:, None] + EPSILON


def _base(aim: Aim, value: Floats, target: Floats) -> Floats:
    """Where the way begins, [region, 1]: zero, or the first value there is; never beyond the target."""
    if not aim.pace.starts or aim.numerator.anew or aim.indicator.pace.kind not in ("linear", "checkpoints"):
        return np.zeros_like(target)
    known = ~np.isnan(value)
    first = np.argmax(known, axis=1)
    found = np.where(known.any(axis=1), value[np.arange(len(value)), first], 0.0)
    return np.fmin(found[:, None], target)


def _tolerance(aim: Aim, denominator: Floats, target: Floats) -> Floats:
    """How far behind is allowed, in the value's unit: the catalogue's percent of the target, but at least one
    whole piece, as nobody can be a third of a canteen behind.

    Nothing is allowed where the target must hold at all times, or where no pace is set.
    """
    if aim.indicator.pace.kind in ("always", "none"):
        return np.where(np.isnan(target), np.nan, np.zeros_like(denominator))
    with np.errstate(divide="ignore", invalid="ignore"):
        piece = 1.0 if aim.factor is None else np.where(denominator > 0, aim.factor / denominator, 0.0)
    return np.maximum(aim.limits.slack / 100 * np.abs(target), piece + np.zeros_like(denominator))


def _pieces(aim: Aim, level: Floats, numerator: Floats, denominator: Floats, *, strict: bool) -> Floats:
    """The whole pieces of the numerator that are missing for the value to reach a level, or with `strict` to
    exceed it; never below 0."""
    needed = level if aim.factor is None else level * denominator / aim.factor
    missing = needed - numerator
    whole = np.floor(missing + EPSILON) + 1 if strict else np.ceil(missing - 1e-6)
    return np.asarray(np.maximum(whole, 0.0) + 0.0)  # no -0.0
