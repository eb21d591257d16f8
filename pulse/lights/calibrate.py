"""Scores forecasts: issued on many days of past years, and compared with how each year ended.

Pure: figures as they were known on each day in, scores out. `pulse/demo/backtest.py` makes the years.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pulse.lights import outlook
from pulse.lights.aim import Aim
from pulse.lights.target import Bools, Floats

_SLACK = 1e-9


class KnownFigures(NamedTuple):
    """All figures as they were known when day `day` (0: the plan's first) was over.

    `numerator` and `denominator`: [indicator, region, day], nan where there is none.
    """

    day: int
    numerator: Floats
    denominator: Floats


class Year(NamedTuple):
    """One city's year: the figures as known on some days, and the final ones, with every late report."""

    indicators: list[str]
    regions: list[str]
    known: list[KnownFigures]
    final: KnownFigures


class Forecasts(NamedTuple):
    """Forecasts and their outcomes, one a row. Values are in the indicator's unit.

    `left`: days until due. `reason`: why there is no forecast, or ''; with a reason the quantiles are nan.
    `chance`, `hit` (the target was met when due) and `line` (the straight line meets it) mean something only
    where `aimed`; `open`: the target was not met on the day of the forecast.
    """

    indicator: NDArray[np.str_]
    region: NDArray[np.str_]
    city: Bools
    day: NDArray[np.int64]
    left: NDArray[np.int64]
    reason: NDArray[np.str_]
    p10: Floats
    p50: Floats
    p90: Floats
    chance: Floats
    outcome: Floats
    aimed: Bools
    open: Bools
    hit: Bools
    line: Bools

    def take(self, rows: Bools) -> Forecasts:
        """These rows only."""
        columns: list[Any] = [column[rows] for column in self]
        return Forecasts(*columns)


class Score(NamedTuple):
    """The score of some forecasts. Shares are 0 to 1, nan where nothing was scored; a Brier score of 0 is perfect."""

    cases: int
    forecasts: int
    """Cases that were not refused."""
    coverage: float
    """The share of outcomes within p10 to p90, both included: 0.8 is perfect."""
    below: float
    above: float
    judged: int
    """Forecasts with a target."""
    met: float
    """The share of them that met it."""
    brier: float
    line: float
    """The straight line's Brier score: chance 1 where it meets the target, else 0."""


def issued(aims: Sequence[Aim], year: Year) -> Forecasts:
    """Every indicator with a target and a due date, in every region, on each day of `year.known`.

    On the due date itself nothing is forecast; a region without a figure when due is left out. Each forecast
    sees only what was known on its day; the outcome is the final figure of the due date. Raises ValueError
    where there are no forecasts.
    """
    parts = [
        _issued(aim, year, known)
        for aim in aims
        for known in year.known
        if aim.indicator.target is not None and known.day < aim.pace.due[known.day]
    ]
    return joined(parts)


def joined(parts: Sequence[Forecasts]) -> Forecasts:
    """All parts in one. Raises ValueError where there are none."""
    if not parts:
        raise ValueError("no forecasts: expected an indicator with a target, and a day before its due date")
    return Forecasts(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _issued(aim: Aim, year: Year, known: KnownFigures) -> Forecasts:
    at, rows = year.indicators.index(aim.indicator.id), [year.regions.index(code) for code in aim.regions]
    numerator, denominator = known.numerator[at, rows], known.denominator[at, rows]
    day, due = known.day, int(aim.pace.due[known.day])
    given = outlook.outlook(aim, numerator, denominator, day)
    value = outlook.value(aim, numerator, denominator)
    outcome = outlook.value(aim, year.final.numerator[at, rows], year.final.denominator[at, rows])[:, due]
    count = len(rows)
    return Forecasts(
        indicator=np.full(count, aim.indicator.id),
        region=np.array(aim.regions),
        city=np.arange(count) == 0,
        day=np.full(count, day),
        left=np.full(count, due - day),
        reason=np.where(given.reason == "not_a_target", "", given.reason),
        p10=given.p10,
        p50=given.p50,
        p90=given.p90,
        chance=given.chance,
        outcome=outcome,
        aimed=~np.isnan(aim.target.values),
        open=~aim.target.met(value[:, day]),
        hit=aim.target.met(outcome),
        line=aim.target.met(straight(aim, value, day)),
    ).take(~np.isnan(outcome))


def straight(aim: Aim, value: Floats, day: int) -> Floats:
    """The value when due [region] on the straight line through the period's beginning and `day`."""
    first, due = int(aim.periods.first[aim.periods.number[day]]), int(aim.pace.due[day])
    begun = np.nan_to_num(value[:, 0]) if aim.pace.starts and not aim.numerator.anew else np.zeros(len(value))
    line = begun + (value[:, day] - begun) * (due - first + 1) / (day - first + 1)
    ceiling = outlook.ceiling(aim)
    return line if ceiling is None else np.minimum(line, ceiling)


def score(forecasts: Forecasts) -> Score:
    """Coverage of the 80 % band, and Brier scores of the chance and of the straight line."""
    given = forecasts.take(forecasts.reason == "")
    below, above = given.outcome < given.p10 - _SLACK, given.outcome > given.p90 + _SLACK
    judged = given.take(given.aimed)
    return Score(
        len(forecasts.day), len(given.day), _mean(~(below | above)), _mean(below), _mean(above), len(judged.day),
        _mean(judged.hit), _mean((judged.chance - judged.hit) ** 2), _mean(judged.line != judged.hit),
    )  # fmt: skip


def _mean(values: Floats | Bools) -> float:
    return float(values.mean()) if len(values) else float("nan")


def scores(forecasts: Forecasts) -> dict[str, Score]:
    """Scores of all forecasts and of those that were open; both again for the city and for the counties; and
    those of the city's open ones by days left."""
    city, counties = forecasts.take(forecasts.city), forecasts.take(~forecasts.city)
    found = {
        "all": forecasts,
        "open": forecasts.take(forecasts.open),
        "city": city,
        "city, open": city.take(city.open),
        "counties": counties,
        "counties, open": counties.take(counties.open),
    }
    for least, most in _SPANS:
        found[f"city, open, {least}–{most} days left"] = city.take(
            city.open & (city.left >= least) & (city.left <= most)
        )
    return {name: score(part) for name, part in found.items()}


_SPANS = ((1, 14), (15, 30), (31, 60), (61, 120), (121, 365))


def by_indicator(forecasts: Forecasts) -> dict[str, Score]:
    """The score of each indicator's open forecasts of the city."""
    shown = forecasts.take(forecasts.city & forecasts.open)
    return {name: score(shown.take(shown.indicator == name)) for name in np.unique(shown.indicator).tolist()}


def refusals(forecasts: Forecasts) -> dict[str, int]:
    """How many cases were refused, by reason."""
    reasons, counts = np.unique(forecasts.reason[forecasts.reason != ""], return_counts=True)
    return dict(zip(reasons.tolist(), counts.tolist(), strict=True))
