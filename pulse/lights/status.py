"""Judges each light's status, by rules in their order; a change of status is shown only once it has settled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pulse.lights import pace
from pulse.lights.aim import Aim
from pulse.lights.pace import Way
from pulse.lights.statuses import BY_KEY
from pulse.lights.target import Bools, Floats

Ranks = NDArray[np.uint8]


class Rule(NamedTuple):
    """One rule: its key, the status that it gives, and whether its reason names earlier periods."""

    key: str
    status: str
    names_periods: bool = False


RULES = (
    Rule("department_silent", "silent"),
    Rule("county_silent", "silent"),
    Rule("unallocated", "none"),
    Rule("never_reported", "no_data"),
    Rule("no_value", "no_data"),
    Rule("watched", "monitor"),
    Rule("due_missed", "overdue"),
    Rule("period_missed", "overdue", names_periods=True),
    Rule("short", "lagging"),
    Rule("behind_pace", "lagging"),
    Rule("too_many", "at_risk"),
    Rule("chance_low", "at_risk"),
    Rule("recovered", "recovered", names_periods=True),
    Rule("holds", "on_track"),
    Rule("met", "achieved"),
    Rule("not_due", "on_track"),
    Rule("on_pace", "on_track"),
)
"""The first rule that applies decides. Arrays hold a rule as its place in this list."""
HELD = "settling"
"""Stands in place of a rule's key where the status shown is not yet the day's own."""
NAMES_PERIODS = np.array([rule.names_periods for rule in RULES])
"""Whether each rule's reason names earlier periods, by its place in `RULES`."""
_RANKS = np.array([BY_KEY[rule.status].rank for rule in RULES], np.uint8)
_OVERDUE = BY_KEY["overdue"].rank


class Closed(NamedTuple):
    """What is known of periods that are over. `last`: for each day, the latest period that is over at its
    end, -1 before the first. `short`: whether a period was short of its target at its end, by the figures of
    now, [region, period]. `missed`: whether it is `short`, or was short when it was first seen closed."""

    last: NDArray[np.int64]
    short: Bools
    missed: Bools


def closed(aim: Aim, value: Floats, target_met: Bools, remembered: Bools, *, complete: bool) -> Closed:
    """The periods that are over. `complete`: whether the last day is over too. `remembered`: [region,
    period], whether a period is known to have been short when it was first seen closed. A period without a
    value at its end is not judged."""
    days = value.shape[1]
    over_by = days if complete else days - 1
    ends = aim.periods.last
    is_over = (ends < over_by) & (aim.pace.due.max(initial=-1) >= 0)
    at = np.minimum(ends, days - 1)
    judged = is_over & ~np.isnan(value[:, at])
    # The figure of the period's own last day decides. A due date may be met later, by another day's: see `judge`.
    short = judged & ~target_met[:, at]
    day = np.arange(days)
    last = np.searchsorted(ends[is_over], day, side="right") - 1
    return Closed(last, short, short | (remembered & is_over))


class Judged(NamedTuple):
    """Statuses by rank, [region, day]: `raw`, the day's own; `shown`, and `since` which day; and the place in
    `RULES` of the rule that gave `raw`."""

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
    untargeted = np.isnan(aim.target.values)[:, None] & np.ones(shape, np.bool_)
    watched = aim.indicator.kind == "monitor"
    always = aim.indicator.pace.kind == "always"
    any_over = over.last >= 0
    number = np.maximum(over.last, 0)
    once = not aim.numerator.anew
    overdue = any_over & (~is_met if once else over.short[:, number])
    missed = np.logical_or.accumulate(over.missed, axis=1)[:, number] & any_over
    nothing = np.zeros(shape, np.bool_)
    applies = {
        "department_silent": department & ~nothing,
        "county_silent": counties,
        "unallocated": untargeted & (not watched),
        "never_reported": ~reported,
        "no_value": np.isnan(value),
        "watched": ~nothing & watched,
        "due_missed": overdue & once,
        "period_missed": overdue & (not once),
        "short": ~is_met & always,
        "behind_pace": ~is_met & ~np.isnan(way.expected) & (way.gap < -way.tolerance - pace.EPSILON),
        "too_many": pace.too_many(aim, value),
        "chance_low": ~is_met & (chance < aim.limits.chance),
        "recovered": missed,
        "holds": is_met & always,
        "met": is_met,
        "not_due": np.isnan(way.expected),
        "on_pace": ~nothing,
    }
    rule = np.select([applies[each.key] for each in RULES], range(len(RULES))).astype(np.uint8)
    raw = _RANKS[rule]
    shown, since = settle(raw, aim.limits.settle)
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

    Compares the last 28 days with the 28 before them: by what came in, for counts over a window and where the
    numerator begins anew in each period; else by the mean of the value.
    """
    by_steps = aim.numerator.anew or (aim.numerator.flow and aim.factor is None)
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
    """Sums of the last `days` days, from running sums; at first, of all days so far."""
    found = sums.copy()
    found[:, days:] -= sums[:, :-days]
    return found
