"""Signal or noise: Shewhart's chart of individual values (XmR), on what each period brought.

It is never used on a cumulative count: neighbouring values hardly differ, so that everything would be a
signal. Source of the limits and of both rules: D. J. Wheeler, Understanding Variation (1993); of the
assurance mark: NHS England, Making Data Count. Pure; arrays are [series, period], the oldest period first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pulse.lights.target import Floats, Target

LEAST = 13
"""The fewest periods that give meaningful limits."""
MOST = 52
"""The most periods that limits are computed from: the latest ones."""
RUN = 8
"""A shift: this many periods in a row on one side of the median, which happens by chance once in 128."""
NATURAL = 2.66
"""Three standard deviations, in units of the mean moving range: 3 / 1.128."""


class Xmr(NamedTuple):
    """Arrays of [series]. Below LEAST periods, and for counts that are too rare, both words are '' and the
    limits nan.

    `signal`: what the latest period shows, '' (only noise), 'up' or 'down'. `assurance`: '' without a target;
    'always' where even the lower limit meets it, 'never' where the upper one does not, else 'chance'.
    `lower`, `mean`, `upper`: the natural process limits, in the increments' unit.
    """

    signal: NDArray[np.str_]
    assurance: NDArray[np.str_]
    lower: Floats
    mean: Floats
    upper: Floats


def xmr(increments: Floats, target: Target) -> Xmr:
    """Limits of each series' own variation, and where its latest period and its target stand against them.

    `increments`: [series, period], what each closed period brought; nan (at the front too) is a period without a
    figure and is passed over. `target`: what a period should bring.

    Rules for a signal: the latest period lies outside the limits; or the latest RUN all lie on one side of the
    median (Wheeler takes the mean, but of skewed counts eight in a row below it mean nothing). His third rule,
    three of four near a limit, is left out: weeks with holidays would trigger it for nothing. Counts of less
    than one a period on average give no signal and no limits: too coarse for this chart (Wheeler, too).
    """
    recent = increments[:, -MOST:]
    count = len(recent)
    known = (~np.isnan(recent)).sum(axis=1)
    enough = known >= LEAST
    centre, spread, latest, side = (np.full(count, np.nan) for _ in range(4))
    for row in np.flatnonzero(enough):
        values = recent[row][~np.isnan(recent[row])]
        if np.all(values == np.round(values)) and np.abs(values).mean() < 1:
            continue
        centre[row] = values.mean()
        spread[row] = NATURAL * np.abs(np.diff(values)).mean()
        latest[row] = values[-1]
        sides = np.sign(values[-RUN:] - np.median(values))
        side[row] = sides[0] if np.all(sides == sides[0]) else 0.0
    lower, upper = centre - spread, centre + spread
    # Increments that were never negative have no lower limit below 0.
    lower = np.where(np.nanmin(recent, axis=1, initial=np.inf) >= 0, np.maximum(lower, 0.0), lower)
    with np.errstate(invalid="ignore"):
        up, down = (latest > upper) | (side > 0), (latest < lower) | (side < 0)
        # Outside the limits weighs more than a run on the other side.
        signal = np.select([latest > upper, latest < lower, up, down], ["up", "down", "up", "down"], "")
    return Xmr(signal, _assurance(lower, upper, target), lower, centre, upper)


def _assurance(lower: Floats, upper: Floats, target: Target) -> NDArray[np.str_]:
    wanted = target.values
    with np.errstate(invalid="ignore"):
        if target.op == "~":
            slack = target.reach * wanted
            always = (lower >= wanted - slack) & (upper <= wanted + slack)
            never = (upper < wanted - slack) | (lower > wanted + slack)
        elif target.op == ">":
            always, never = lower > wanted, upper <= wanted
        else:
            always, never = lower >= wanted, upper < wanted
    unknown = np.isnan(lower) | np.isnan(wanted)
    return np.select([unknown, always, never], ["", "always", "never"], "chance")


def weekly(numerator: Floats, day: int, first: int = 0) -> Floats:
    """What each whole week brought [series, week], up to the last week that is over by the end of `day`.

    `numerator`: [series, day], cumulative, up to `day` or beyond; a missing figure brings nothing.
    `first`: index of the day on which the first whole week begins (a Monday), so that weeks stay where they are
    from one day to the next.
    """
    weeks = max((day + 1 - first) // 7, 0)
    ends = first - 1 + 7 * np.arange(weeks + 1)
    before = np.nan_to_num(numerator[:, np.maximum(ends, 0)])
    return np.diff(before, axis=1)


def periodic(numerator: Floats, ends: NDArray[np.int64] | list[int], day: int) -> Floats:
    """What each closed period brought [series, period] of a count that begins anew with each.

    `ends`: last days of the periods, ascending; those after `day` are left out.
    """
    closed = np.asarray([end for end in ends if end <= day], dtype=np.int64)
    return numerator[:, closed]
