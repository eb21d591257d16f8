"""Forecasts an indicator for its due date, as a chance: draws its own past weeks again, and allows for what
is known about deadlines.

All arrays are [series, day] or [series]: the series are one indicator's regions, day 0 is the plan's first
day. Pure and seeded: the same figures give the same answer. The same random numbers serve every day, target
and series, so that a chance changes only when the figures do. docs/FORECAST.md has the method and how well it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pulse.lights.target import Floats, Target

PATHS = 500
"""How many futures are drawn."""
FADING = 0.2
"""The share of futures in which the rest below a ceiling shrinks by the shares of its own past weeks; the
others add the increments of those weeks."""
HALF_LIFE = 8.0
"""The age, in weeks, at which one of its own past weeks is drawn half as often."""
LEAST_WEEKS = 8
"""Whole weeks of history, and weeks since a shift, below which nothing is forecast."""
FARTHEST = 1.0
"""How far the due date may lie ahead, in lengths of the history."""
LEAST_MOVES = 3
"""Days on which a figure must have moved, or its rate is not known."""
LEAST_PERIODS = 3
"""How many earlier months (quarters) are needed to forecast the present one."""
DRIFT = 0.3
"""How far a rate wanders in half a year: standard deviation of its logarithm."""
RUSH, RUSH_SPREAD, RUSH_DAYS = 0.9, 0.4, 35.0
"""The rush before a due date: on the last day the rate is e^RUSH times as high, with RUSH_SPREAD as the
exponent's standard deviation. The exponent is smaller by a factor e for each RUSH_DAYS before."""
SHIFT, SHIFT_FOLD = 4.5, 1.5
"""A plain shift: the means of the weeks before and after differ by more than SHIFT standard errors, and by
more than a factor SHIFT_FOLD."""
SILENT_DAYS, SILENT_MOVES = 28, 6.0
"""No data: no move in the last SILENT_DAYS days, although by its own past at least SILENT_MOVES of so many
days have one."""


class Outlook(NamedTuple):
    """As of one day: the value when due, and the chance that the target is met. Arrays of [series].

    `p10`…`p90` are in the value's unit. All fields are nan where `reason` is `too_little` (history),
    `shifted` (of late), `no_data` (now or for weeks) or `over` (due passed). `not_a_target`: no due date or
    no target, so there is no chance; with a due date the values are there all the same. Otherwise `reason` is empty.
    """

    p10: Floats
    p50: Floats
    p85: Floats
    p90: Floats
    chance: Floats
    reason: NDArray[np.str_]


class Fan(NamedTuple):
    """The forecast for `days` to come, [series, day]; nan where the outlook has a reason for no forecast."""

    days: NDArray[np.int64]
    p10: Floats
    p50: Floats
    p85: Floats
    p90: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """What is known of one indicator by the end of `day`; later days are ignored.

    `numerator`, `denominator`: [series, day], as the view `indicator_days` gives them; nan is no figure. The value
    is the numerator, or with a denominator `factor` × numerator / denominator (100 for percent, 1 for an average).
    `period_start`: the first day of the period that is judged (0 for a plan's year). `earlier`: first and last day
    of the closed periods before it, for indicators that begin anew each month or quarter: the forecast's course is
    taken from theirs. `ceiling`: the highest possible value (100 for a coverage), None without one. `seed`: of the
    random numbers.

    Raises ValueError where shapes do not fit or `day` lies outside the figures.
    """

    numerator: Floats
    denominator: Floats | None
    day: int
    seed: int
    factor: float = 100.0
    ceiling: float | None = None
    period_start: int = 0
    earlier: Sequence[tuple[int, int]] = ()

    def __post_init__(self) -> None:
        numerator, denominator = self.numerator, self.denominator
        if numerator.ndim != 2 or (denominator is not None and denominator.shape != numerator.shape):
            raise ValueError(
                f"numerator {numerator.shape}, denominator {getattr(denominator, 'shape', None)}: "
                "expected two arrays of one shape [series, day]"
            )
        if not 0 <= self.day < numerator.shape[1]:
            raise ValueError(
                f"day {self.day}: expected 0 to {numerator.shape[1] - 1}, the days that there are figures of"
            )
        if not 0 <= self.period_start <= self.day:
            raise ValueError(f"period_start {self.period_start}: expected 0 to the day, {self.day}")


def outlook(history: History, due: int | None, target: Target) -> Outlook:
    """The forecast of each series for the due date, as of the history's last day.

    `due`: index of the last day, which may lie beyond the arrays; None where there is no due date.
    """
    count = len(history.numerator)
    if due is None:
        return _silence(np.full(count, "not_a_target"))
    if history.day > due:
        return _silence(np.full(count, "over"))
    rest = due - history.day
    values, reason = _futures(history, np.array([rest]), rest)
    found = _quantiles(values[0], reason)
    hits = np.count_nonzero(target.met(values[0]), axis=0)
    aimed = ~np.isnan(target.values)
    chance = np.where((reason == "") & aimed, (hits + 0.5) / (len(values[0]) + 1), np.nan)
    return Outlook(*found, chance, np.where((reason == "") & ~aimed, "not_a_target", reason))


def fan(history: History, due: int) -> Fan:
    """The same futures on the days until due: every seventh day after the history's last, and the due date,
    which has the values of `outlook`."""
    rest = due - history.day
    ahead = np.append(np.arange(7, max(rest, 0), 7), [rest] if rest > 0 else []).astype(np.int64)
    if not len(ahead):
        empty = np.empty((len(history.numerator), 0))
        return Fan(ahead, empty, empty, empty, empty)
    values, reason = _futures(history, ahead, rest)
    quantiles = [_quantiles(of_day, reason) for of_day in values]
    return Fan(history.day + ahead, *(np.stack(line, axis=1) for line in zip(*quantiles, strict=True)))


class _Series:
    """A history's figures up to its day, and values derived from them."""

    def __init__(self, history: History) -> None:
        upto = history.day + 1
        self.factor, self.ceiling, self.start = history.factor, history.ceiling, history.period_start
        self.seed, self.earlier = history.seed, history.earlier
        self.numerator = np.asarray(history.numerator[:, :upto], dtype=np.float64)
        self.denominator = (
            None
            if history.denominator is None
            else np.asarray(history.denominator[:, :upto], dtype=np.float64)
        )

    def value(self, numerator: Floats, denominator: Floats | None) -> Floats:
        """The shown value; nan where the denominator is empty."""
        if denominator is None:
            return numerator
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(denominator > 0, self.factor * numerator / denominator, np.nan)

    def most(self, denominator: Floats | None) -> Floats | float:
        """The largest numerator that the ceiling allows."""
        if self.ceiling is None:
            return np.inf
        return self.ceiling if denominator is None else self.ceiling * denominator / self.factor


def _futures(history: History, ahead: NDArray[np.int64], rest: int) -> tuple[list[Floats], NDArray[np.str_]]:
    """Values [path, series] on each of the days `ahead` (counted from now, ascending), and why there are none, by series.

    `rest`: days until due.
    """
    series = _Series(history)
    now = series.value(
        series.numerator[:, -1], None if series.denominator is None else series.denominator[:, -1]
    )
    with np.errstate(all="ignore"):
        values, reason = (_by_periods if series.earlier else _by_weeks)(series, ahead, rest)
    return values, np.where(np.isnan(now), "no_data", reason)


# --- By weeks: for indicators that run through the year ---


def _by_weeks(series: _Series, ahead: NDArray[np.int64], rest: int) -> tuple[list[Floats], NDArray[np.str_]]:
    moves = _moves(series)
    weeks = moves.shape[1] // 7
    weekly = moves[:, moves.shape[1] - 7 * weeks :].reshape(len(moves), weeks, 7).sum(axis=2)[:, ::-1]
    since = _since_shift(weekly)
    reason = _reason(series, moves, weeks, since, rest)
    draw = _draw(series.seed, -(-rest // 7))
    values = [np.full((PATHS, len(moves)), np.nan) for _ in ahead]
    for span in np.unique(since[reason == ""]):
        rows = np.flatnonzero((since == span) & (reason == ""))
        for number, days in enumerate(ahead.tolist()):
            values[number][:, rows] = _ahead(series, moves, rows, int(span), days, rest, draw)
    return values, reason


def _moves(series: _Series) -> Floats:
    """The numerator's increments [series, day ≥ 1]; a gap in the figures counts as no move."""
    return np.nan_to_num(np.diff(series.numerator, axis=1))


def _since_shift(weekly: Floats) -> NDArray[np.int64]:
    """Weeks since each series' plainest shift, or all weeks where there is none. `weekly`: newest first.

    Square roots make counts of any size vary alike. The noise is estimated from neighbouring weeks, which a
    single shift hardly affects.
    """
    count = weekly.shape[1]
    whole = np.full(len(weekly), count)
    if count < 2 * _SIDE:
        return whole
    after = np.arange(_SIDE, count - _SIDE + 1)

    def means(values: Floats) -> tuple[Floats, Floats]:
        sums = np.cumsum(values, axis=1)[:, after - 1]
        return sums / after, (values.sum(axis=1, keepdims=True) - sums) / (count - after)

    root = np.sign(weekly) * np.sqrt(np.abs(weekly))
    # Square roots of counts of single events vary by a half, however calm their neighbours look.
    noise = np.maximum(np.abs(np.diff(root, axis=1)).mean(axis=1) / 1.128, 0.5)
    error = noise[:, None] * np.sqrt(1 / after + 1 / (count - after))
    (late, early), (more, less) = means(root), means(np.abs(weekly))
    large = np.maximum(more, less) > SHIFT_FOLD * np.minimum(more, less)
    plain = np.where(large, np.abs(late - early) / error, 0.0)
    best = plain.argmax(axis=1)
    shifted = plain[np.arange(len(weekly)), best] > SHIFT
    return np.where(shifted, after[best], whole)


_SIDE = 4
"""Weeks that a shift needs on either side to be seen."""


def _reason(
    series: _Series, moves: Floats, weeks: int, since: NDArray[np.int64], rest: int
) -> NDArray[np.str_]:
    """Why a series cannot be forecast by its weeks, or ''."""
    moved = moves != 0
    latest, before = moved[:, -SILENT_DAYS:].sum(axis=1), moved[:, :-SILENT_DAYS]
    usual = before.mean(axis=1) * SILENT_DAYS if before.shape[1] else np.zeros(len(moves))
    short = (weeks < LEAST_WEEKS) | (rest > FARTHEST * moves.shape[1]) | (moved.sum(axis=1) < LEAST_MOVES)
    return np.select(
        [short, (latest == 0) & (usual >= SILENT_MOVES), since < LEAST_WEEKS],
        ["too_little", "no_data", "shifted"],
        "",
    )


class _Draw(NamedTuple):
    """Random numbers, the same for every series and day."""

    which: Floats
    """[path, week]: uniform, which past week is drawn."""
    level: Floats
    """[path]: normal, how wrong the rate's estimate is."""
    drift: Floats
    """[path]: normal, how the rate drifts."""
    rush: Floats
    """[path]: normal, the logarithm of the rush's factor on the due date."""
    rounding: Floats
    """[path]: uniform."""
    stray: Floats
    """[path]: uniform, for moves of a kind not seen yet."""


@lru_cache(maxsize=256)
def _draw(seed: int, weeks: int) -> _Draw:
    rng = np.random.default_rng(seed)
    level, drift, rush = rng.standard_normal((3, PATHS))
    rounding, stray = rng.random((2, PATHS))
    which = rng.random((_LONGEST, PATHS))[:weeks].T
    return _Draw(which, level, drift, RUSH + RUSH_SPREAD * rush, rounding, stray)


_LONGEST = 160
"""Weeks ahead for which numbers are drawn: FARTHEST lengths of a history of a year and a half."""


def _ahead(
    series: _Series, moves: Floats, rows: NDArray[np.int64], span: int, days: int, rest: int, draw: _Draw
) -> Floats:
    """Values [path, row] after `days` more days of the `rest` until due, drawn from the last `span` weeks of
    these rows."""
    denominator = None if series.denominator is None else series.denominator[rows]
    numerator = series.numerator[rows]
    weights, plain = _weights(span, days, rest, draw)
    moves = moves[rows][:, moves.shape[1] - 7 * span :]
    last = days % 7

    now = None if denominator is None else denominator[:, -1]
    then = now
    if denominator is not None and now is not None:
        grown = _drawn(np.nan_to_num(np.diff(denominator, axis=1))[:, -7 * span :], plain, last)
        then = np.maximum(now + grown, np.minimum(now, 1.0))
    ratio = np.exp(draw.level[:, None] * _uncertainty(moves, span))
    whole = np.all(numerator == np.round(numerator), axis=1)

    gained = _drawn(moves, weights, last) * ratio
    stray = 0.5 * days / moves.shape[1]
    gained = gained + np.where(draw.stray < stray / 2, 1.0, 0.0)[:, None]
    most = series.most(then)
    if series.ceiling is not None:
        before = np.maximum(np.asarray(series.most(denominator)) - numerator, 0.0)[:, -7 * span - 1 :]
        faded = np.log((before[:, :-1] + 0.5) / (before[:, 1:] + 0.5))
        left = (before[:, -1] + 0.5) * np.exp(-_drawn(faded, weights, last) * ratio) - 0.5
        fading = slice(0, round(FADING * PATHS))
        shrunk = np.broadcast_to(most, gained.shape)[fading] - np.maximum(left[fading], 0.0)
        gained[fading] = shrunk - numerator[:, -1]
    reached = numerator[:, -1] + gained
    reached = np.where(whole, np.floor(reached + draw.rounding[:, None]), reached)
    reached = np.minimum(np.maximum(reached, np.minimum(numerator[:, -1], 0.0)), np.maximum(most, 0.0))
    return series.value(reached, then)


def _weights(
    span: int, days: int, rest: int, draw: _Draw
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """How much of each past week each path takes, [path, week, newest last]: a pair, for whole weeks and for
    the last, broken one.

    The first pair is with the rate's drift and the rush before the due date, the second without.
    """
    fading = 0.5 ** (1 / HALF_LIFE)
    count = -(-days // 7)
    # The inverse of a geometric distribution that is cut at `span`: 0 is the newest week.
    age = np.floor(np.log1p(-draw.which[:, :count] * (1 - fading**span)) / np.log(fading)).astype(np.int64)
    place = span - 1 - np.minimum(age, span - 1) + np.arange(PATHS)[:, None] * span
    middle = 7.0 * np.arange(count) + 3.5
    wander = DRIFT * np.sqrt(middle / 182)
    rate = np.exp(
        draw.drift[:, None] * wander
        - wander**2 / 2
        + draw.rush[:, None] * np.exp(-np.maximum(rest - middle, 0) / RUSH_DAYS)
    )

    def taken(rate: Floats, weeks: slice) -> Floats:
        counted = np.bincount(place[:, weeks].ravel(), rate[:, weeks].ravel(), PATHS * span)
        return counted.astype(np.float64).reshape(PATHS, span)

    unbroken = days // 7
    whole, broken, plain = slice(0, unbroken), slice(unbroken, count), np.ones_like(rate)
    return (taken(rate, whole), taken(rate, broken)), (taken(plain, whole), taken(plain, broken))


def _drawn(moves: Floats, weights: tuple[Floats, Floats], last: int) -> Floats:
    """What each path gains [path, row]: the whole weeks that it draws, and the first `last` days of one more."""
    weeks = moves.reshape(len(moves), -1, 7)
    whole, broken = weights
    gained: Floats = whole @ weeks.sum(axis=2).T + broken @ weeks[:, :, :last].sum(axis=2).T
    return gained


def _uncertainty(moves: Floats, span: int) -> Floats:
    """The standard error of the rate's logarithm [row], by the effective number of moves; recent moves count more."""
    weight = np.repeat(0.5 ** (np.arange(span)[::-1] / HALF_LIFE), 7)
    size = np.abs(moves) * weight
    square = (size**2).sum(axis=1)
    effective = np.where(square > 0, size.sum(axis=1) ** 2 / square, 0.0)
    return np.sqrt(np.log1p(1 / (effective + 0.5)))


# --- By periods: what begins anew each month goes on as earlier months did from the same day ---


def _by_periods(
    series: _Series, ahead: NDArray[np.int64], rest: int
) -> tuple[list[Floats], NDArray[np.str_]]:
    """The shortfall from the ceiling (without one, the numerator itself) changes by the same factors as in
    earlier periods."""
    count = len(series.numerator)
    used = series.earlier[-12:]
    if len(used) < LEAST_PERIODS:
        return [np.full((PATHS, count), np.nan) for _ in ahead], np.full(count, "too_little")
    gone = series.numerator.shape[1] - 1 - series.start
    length = gone + rest
    draw, wide = _draw(series.seed, 1), _students(series.seed, len(used) - 1)
    values, reason = [], np.full(count, "", dtype="<U12")
    for days in ahead.tolist():
        ratios = np.stack([_course(series, first, last, gone, gone + days, length) for first, last in used])
        known = (~np.isnan(ratios)).sum(axis=0)
        reason = np.where(known < LEAST_PERIODS, "too_little", reason)
        mean, spread = np.nanmean(ratios, axis=0), np.nanstd(ratios, axis=0, ddof=1)
        log = mean + wide[:, None] * spread * np.sqrt(1 + 1 / known)
        values.append(_on_course(series, log, draw))
    return values, reason


@lru_cache(maxsize=256)
def _students(seed: int, freedom: int) -> Floats:
    """How far off a mean of so few periods is [path], in standard errors."""
    return np.random.default_rng([seed, 1]).standard_t(freedom, PATHS)


def _course(series: _Series, first: int, last: int, gone: int, then: int, length: int) -> Floats:
    """How an earlier period went on [series]: the logarithm of `_left` on day `then` over `_left` on day `gone`.

    Days count from the period's first. The last day of the earlier period stands for that of the present one,
    whatever their lengths.
    """
    at = min(first + gone, last)
    to = last if then >= length else min(first + then, last)
    here, there = _left(series, at), _left(series, to)
    return np.log((there + 0.5) / (here + 0.5))


def _left(series: _Series, day: int) -> Floats:
    """The shortfall from the ceiling on a day [series], in the numerator's unit; without a ceiling, the
    numerator itself."""
    denominator = None if series.denominator is None else series.denominator[:, day]
    if series.ceiling is None:
        return series.numerator[:, day]
    return np.maximum(series.most(denominator) - series.numerator[:, day], 0.0)


def _on_course(series: _Series, log: Floats, draw: _Draw) -> Floats:
    day = series.numerator.shape[1] - 1
    denominator = None if series.denominator is None else series.denominator[:, day]
    left = np.maximum((_left(series, day) + 0.5) * np.exp(log) - 0.5, 0.0)
    if np.all(series.numerator[:, day] == np.round(series.numerator[:, day])):
        left = np.floor(left + draw.rounding[:, None])
    reached = left if series.ceiling is None else np.maximum(np.asarray(series.most(denominator)) - left, 0.0)
    return series.value(reached, denominator)


# --- Results ---


def _quantiles(values: Floats, reason: NDArray[np.str_]) -> tuple[Floats, Floats, Floats, Floats]:
    ordered = np.sort(values, axis=0)
    places = [round(share * (len(values) - 1)) for share in (0.10, 0.50, 0.85, 0.90)]
    p10, p50, p85, p90 = (np.where(reason == "", ordered[place], np.nan) for place in places)
    return p10, p50, p85, p90


def _silence(reason: NDArray[np.str_]) -> Outlook:
    nothing = np.full(len(reason), np.nan)
    return Outlook(nothing, nothing, nothing, nothing, nothing, reason)
