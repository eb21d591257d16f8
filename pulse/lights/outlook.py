"""One indicator's forecast and signal: turns its aim into the arguments of `forecast` and `signal`."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from pulse.lights import forecast, signal
from pulse.lights.aim import Aim
from pulse.lights.target import Floats, Target

MONDAY = 0


def outlook(aim: Aim, numerator: Floats, denominator: Floats, day: int) -> forecast.Outlook:
    """The forecast for the due date as of the end of `day` [region]; `numerator`, `denominator` as in
    `history.Figures`."""
    due = int(aim.pace.due[day])
    return forecast.outlook(_history(aim, numerator, denominator, day), due if due >= 0 else None, aim.target)


def fan(aim: Aim, numerator: Floats, denominator: Floats, day: int) -> forecast.Fan:
    """The forecast for the days until due, [region, day to come]; no days where there is no due date."""
    due = int(aim.pace.due[day])
    return forecast.fan(_history(aim, numerator, denominator, day), due if due >= 0 else day)


def _history(aim: Aim, numerator: Floats, denominator: Floats, day: int) -> forecast.History:
    return forecast.History(
        numerator=numerator,
        denominator=denominator if aim.factor else None,
        day=day,
        seed=seed(aim),
        factor=aim.factor or 1.0,
        ceiling=ceiling(aim),
        period_start=int(aim.periods.first[aim.periods.number[day]]),
        earlier=earlier(aim, day),
    )


def xmr(aim: Aim, numerator: Floats, denominator: Floats, day: int) -> signal.Xmr:
    """Signal or noise as of the end of `day` [region].

    A numerator that begins anew in each period is charted by its closed periods: each one's value, against
    the target. All others are charted by weeks from Monday: the pieces that each week brought, against those
    that every week must bring to reach the target in equal steps.
    """
    if aim.numerator.anew:
        brought = value(aim, numerator, denominator)
        return signal.xmr(signal.periodic(brought, aim.periods.last, day), aim.target)
    first = (MONDAY - aim.start.weekday()) % 7
    weekly = _a_week(aim, numerator, denominator, day)
    return signal.xmr(signal.weekly(numerator, day, first), Target(values=weekly, op=aim.target.op))


def ceiling(aim: Aim) -> float | None:
    """The highest possible value: 100 for a coverage, and for a percentage whose target is = 100; else None."""
    everything = (
        aim.target.op == "=" and aim.indicator.target is not None and aim.indicator.target.value == 100
    )
    return 100.0 if aim.indicator.formula.kind == "coverage" or (everything and aim.factor == 100.0) else None


def seed(aim: Aim) -> int:
    """The indicator's own seed, the same on every machine and day."""
    return crc32(aim.indicator.id.encode())


def earlier(aim: Aim, day: int) -> list[tuple[int, int]]:
    """First and last day of each period that is over, if the numerator begins anew in each; else none."""
    if not aim.numerator.anew:
        return []
    closed = range(int(aim.periods.number[day]))
    return [(int(aim.periods.first[n]), int(aim.periods.last[n])) for n in closed]


def value(aim: Aim, numerator: Floats, denominator: Floats) -> Floats:
    """The shown value; nan where the denominator is empty."""
    if aim.factor is None:
        return numerator
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, aim.factor * numerator / denominator, np.nan)


def _a_week(aim: Aim, numerator: Floats, denominator: Floats, day: int) -> Floats:
    """Pieces that each week should bring [region], from where the way began; nan where nothing is due."""
    if aim.pace.due[day] < 0:
        return np.full(len(numerator), np.nan)
    scale = np.ones(len(numerator)) if aim.factor is None else denominator[:, day] / aim.factor
    begun = numerator[:, 0] if aim.pace.starts else np.zeros(len(numerator))
    weeks = (int(aim.pace.due[day]) + 1) / 7
    missing: Floats = (aim.target.values * scale - begun) / weeks
    return missing
