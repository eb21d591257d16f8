"""One word for how it stands, by rules in their order, and shown only once it has settled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pulse.lights import pace
from pulse.lights.aim import Aim, Floats
from pulse.lights.pace import Bools, Way
from pulse.lights.statuses import BY_KEY

Ranks = NDArray[np.uint8]

RULES = (
    ("department_silent", "silent"),
    ("county_silent", "silent"),
    ("unallocated", "none"),
    ("never_reported", "no_data"),
    ("no_value", "no_data"),
    ("watched", "monitor"),
    ("due_missed", "overdue"),
    ("period_missed", "overdue"),
    ("short", "lagging"),
    ("behind_pace", "lagging"),
    ("too_many", "at_risk"),
    ("chance_low", "at_risk"),
    ("made_up", "made_up"),
    ("holds", "on_track"),
    ("met", "achieved"),
    ("not_due", "on_track"),
    ("on_pace", "on_track"),
)
"""Each rule with the status it gives. The first one that applies decides."""
HELD = "settling"
"""Instead of a rule where the status shown is not yet the day's own."""
_RANKS = np.array([BY_KEY[status].rank for _, status in RULES], np.uint8)
_OVERDUE = BY_KEY["overdue"].rank


class Closed(NamedTuple):
    """What is known of periods that are over. `last`: the latest one over by the end of each day, -1 before the
    first. `short`: whether a period ended short of its target and is so still, [region, period]; `missed`: whether
    it did, or was short when it was first seen closed."""

    last: NDArray[np.int64]
    short: Bools
    missed: Bools


def closed(aim: Aim, value: Floats, target_met: Bools, remembered: Bools, *, complete: bool) -> Closed:
    """The periods that are over. `complete`: whether the last day is over too. `remembered`: [region, period], whether
    it is known to have been short when it was first seen closed. What had no value at its end is not judged."""
    days = value.shape[1]
    over_by = days if complete else days - 1
    ends = aim.periods.last
    is_over = (ends < over_by) & (aim.due.max(initial=-1) >= 0)
    at = np.minimum(ends, days - 1)
    judged = is_over & ~np.isnan(value[:, at])
    # A due date is met late when the value comes to meet it; a month's figure stays its own.
    short = judged & ~target_met[:, at]
    day = np.arange(days)
    last = np.searchsorted(ends[is_over], day, side="right") - 1
    return Closed(last, short, short | (remembered & is_over))


class Judged(NamedTuple):
    """Statuses by rank, [region, day]: the day's own, and what is shown, since which day, and the rule's number."""

    raw: Ranks
    shown: Ranks
    since: NDArray[np.int64]
    rule: NDArray[np.uint8]


def judge(
    aim: Aim,
    value: Floats,
    way: Way,
    over: Closed,
    chance: Floats,
    department: Bools,
    counties: Bools,
    reported: Bools,
) -> Judged:
    """The status of each region on each day.

    `chance`: of meeting the target, nan where it is not known. `department`: whether the department is silent, of
    each day; `counties`: whether the county is, and `reported`: whether it ever reported, [region, day].
    """
    shape = value.shape
    is_met = pace.met(aim, value)
    untargeted = np.isnan(aim.target)[:, None] & np.ones(shape, np.bool_)
    watched = aim.indicator.kind == "monitor"
    always = aim.indicator.pace.kind == "always"
    any_over = over.last >= 0
    number = np.maximum(over.last, 0)
    once = not aim.anew
    overdue = any_over & (~is_met if once else over.short[:, number])
    missed = np.logical_or.accumulate(over.missed, axis=1)[:, number] & any_over
    nothing = np.zeros(shape, np.bool_)
    conditions = [
        department & ~nothing,
        counties,
        untargeted & (not watched),
        ~reported,
        np.isnan(value),
        ~nothing & watched,
        overdue & once,
        overdue & (not once),
        ~is_met & always,
        ~is_met & ~np.isnan(way.expected) & (way.gap < -way.tolerance - pace.EPSILON),
        pace.too_many(aim, value),
        ~is_met & (chance < aim.chance),
        missed,
        is_met & always,
        is_met,
        np.isnan(way.expected),
        ~nothing,
    ]
    rule = np.select(conditions, range(len(RULES))).astype(np.uint8)
    raw = _RANKS[rule]
    shown, since = settle(raw, aim.settle)
    return Judged(raw, shown, since, rule)


def settle(raw: Ranks, days: int) -> tuple[Ranks, NDArray[np.int64]]:
    """(what is shown, the day since which it has been), [series, day].

    The first day's status is shown at once, and so is overdue; any other only after `days` days in a row.
    """
    shown, since = np.empty_like(raw), np.empty(raw.shape, np.int64)
    now, begun = raw[:, 0].copy(), np.zeros(len(raw), np.int64)
    run = np.zeros(len(raw), np.int64)
    for day in range(raw.shape[1]):
        today = raw[:, day]
        run = np.where(today == raw[:, day - 1], run + 1, 1) if day else run + 1
        turns = (today != now) & ((run >= days) | (today == _OVERDUE))
        now = np.where(turns, today, now)
        begun = np.where(turns, day, begun)
        shown[:, day], since[:, day] = now, begun
    return shown, since


def direction(aim: Aim, numerator: Floats, value: Floats) -> NDArray[np.str_]:
    """improving, steady or worsening, [region, day]; empty for the first 56 days.

    The last 28 days against the 28 before them: what came in, for counts over a window and for what begins anew in
    each period; else the mean of the value.
    """
    by_steps = aim.anew or (aim.flow and aim.factor is None)
    series = pace.increments(aim, numerator) if by_steps else value
    known = ~np.isnan(series)
    sums = np.cumsum(np.where(known, series, 0.0), axis=1)
    counts = np.cumsum(known, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _window(sums, pace.WEEKS) / _window(counts.astype(np.float64), pace.WEEKS)
        before = np.full_like(mean, np.nan)
        before[:, pace.WEEKS :] = mean[:, : -pace.WEEKS]
        before[:, : 2 * pace.WEEKS - 1] = np.nan
        change = 100 * (mean - before) / np.abs(before)
    change = np.where((before == 0) & (mean != 0), np.copysign(np.inf, mean), change)
    change = np.where((before == 0) & (mean == 0), 0.0, change)
    if aim.indicator.better == "down":
        change = -change
    steady = float(aim.indicator.steady)
    return np.select(
        [np.isnan(change), change > steady, change < -steady], ["", "improving", "worsening"], "steady"
    )


def _window(sums: Floats, days: int) -> Floats:
    """Sums of the last `days` days, from running sums; of all there are, at first."""
    found = sums.copy()
    found[:, days:] -= sums[:, :-days]
    return found
