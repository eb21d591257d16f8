"""One indicator's forecast and signal: its aim put into the terms in which `forecast` and `signal` are asked."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from pulse.lights import forecast, signal
from pulse.lights.aim import Aim, Floats

MONDAY = 0


def outlook(aim: Aim, numerator: Floats, denominator: Floats, day: int) -> forecast.Outlook:
    """What was to be expected at the end of `day` [region]; `numerator`, `denominator` as in `assess.Figures`."""
    due = int(aim.due[day])
    return forecast.outlook(
        numerator, denominator if aim.factor else None, day, due if due >= 0 else None, _start(aim, day), ceiling(aim),
        aim.target, op(aim), 100 * aim.reach, seed(aim), factor=aim.factor or 1.0, earlier=earlier(aim, day),
    )  # fmt: skip


def fan(aim: Aim, numerator: Floats, denominator: Floats, day: int) -> forecast.Fan:
    """The way there, [region, day to come]. No days for what is due by no day."""
    due = int(aim.due[day])
    return forecast.fan(
        numerator, denominator if aim.factor else None, day, due if due >= 0 else day, _start(aim, day), ceiling(aim),
        seed(aim), factor=aim.factor or 1.0, earlier=earlier(aim, day),
    )  # fmt: skip


def xmr(aim: Aim, numerator: Floats, denominator: Floats, day: int) -> signal.Xmr:
    """Signal or noise as of the end of `day` [region].

    What begins anew is looked at by its closed periods, each with its value and its target; all else by weeks from
    Monday, with the pieces that a week should have brought if each had brought as much.
    """
    if aim.anew:
        brought = value(aim, numerator, denominator)
        return signal.xmr(
            signal.periodic(brought, aim.periods.last, day), aim.target, op(aim), 100 * aim.reach
        )
    first = (MONDAY - aim.start.weekday()) % 7
    return signal.xmr(
        signal.weekly(numerator, day, first), _a_week(aim, numerator, denominator, day), op(aim)
    )


def ceiling(aim: Aim) -> float | None:
    """What the value cannot pass: all of the places, and all where the plan says all; None where it can."""
    everything = aim.op == "=" and aim.indicator.target is not None and aim.indicator.target.value == 100
    return 100.0 if aim.indicator.formula.kind == "coverage" or (everything and aim.factor == 100.0) else None


def seed(aim: Aim) -> int:
    """Its own for each indicator, the same on every machine and day."""
    return crc32(aim.indicator.id.encode())


def earlier(aim: Aim, day: int) -> list[tuple[int, int]]:
    """First and last day of the periods that are over, where the numerator begins anew with each."""
    if not aim.anew:
        return []
    closed = range(int(aim.periods.number[day]))
    return [(int(aim.periods.first[n]), int(aim.periods.last[n])) for n in closed]


def _start(aim: Aim, day: int) -> int:
    return int(aim.periods.first[aim.periods.number[day]])


def op(aim: Aim) -> forecast.Op:
    """How the target is worded; >= without one."""
    return aim.indicator.target.op if aim.indicator.target else ">="


def value(aim: Aim, numerator: Floats, denominator: Floats) -> Floats:
    """The shown value; nan where the denominator is empty."""
    if aim.factor is None:
        return numerator
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, aim.factor * numerator / denominator, np.nan)


def _a_week(aim: Aim, numerator: Floats, denominator: Floats, day: int) -> Floats | None:
    """Pieces that each week should bring [region], from where the way began; None where nothing is due."""
    if aim.due[day] < 0:
        return None
    scale = np.ones(len(numerator)) if aim.factor is None else denominator[:, day] / aim.factor
    begun = numerator[:, 0] if aim.starts else np.zeros(len(numerator))
    weeks = (int(aim.due[day]) + 1) / 7
    missing: Floats = (aim.target * scale - begun) / weeks
    return missing
