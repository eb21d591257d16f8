"""What one indicator is judged by: the catalogue's settings as numbers and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from pulse.lights.period import Periods, periods
from pulse.lights.target import Floats, Target
from schemas.catalogue.model import Allocation, Catalogue, Coverage, Indicator
from schemas.regions import Regions

HEARTBEATS_SILENT_AFTER = 2
"""Days without a heartbeat after which an hourly indicator is silent."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numerator:
    """How the numerator adds up. `anew`: whether it begins at zero in each period. `flow`: whether it is
    counted over a window, so that it is zero before the plan. `unit`: of what it counts, its pieces: persons, places."""

    anew: bool
    flow: bool
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pace:
    """What is expected when.

    `share`: for each day, the share of the way to the target that is expected by then; nan where nothing is
    expected. `slope`: for each day, the share of the way that one day is. `due`: for each day, the last day
    of its period; -1 where there is no due date. `starts`: whether the way begins at the value of the plan's
    first day, not at zero.
    """

    share: Floats
    slope: Floats
    due: NDArray[np.int64]
    starts: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """The limits at which a status changes. `slack`: the percent of the target by which a value may be below
    what is expected. `chance`: the chance of meeting the target below which there is a risk. `settle`: the
    days for which a status must hold to be shown."""

    slack: float
    chance: float
    settle: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reporter:
    """The source whose reports the figures depend on. `key`: its key in `Reports`. `silent_after`: the days
    without a report after which it is silent."""

    key: str
    silent_after: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aim:
    """One indicator in `regions`, over some days from the plan's first, `start`.

    `factor`: the value is factor × numerator / denominator; None: the value is the numerator. `target`: of each region.
    """

    indicator: Indicator
    regions: tuple[str, ...]
    start: date
    periods: Periods
    factor: float | None
    target: Target
    numerator: Numerator
    pace: Pace
    limits: Limits
    reporter: Reporter

    def of(self, rows: Sequence[int] | NDArray[np.int64]) -> Aim:
        """The same indicator in some of its regions."""
        few = np.asarray(rows, np.int64)
        return replace(self, regions=tuple(self.regions[row] for row in few), target=self.target.of(few))


def meaningful(catalogue: Catalogue, regions: Regions, indicator: Indicator) -> tuple[str, ...]:
    """The city and the counties to which an indicator applies."""
    if indicator.level == "city":
        return (regions.code,)
    every = indicator.formula.kind == "coverage" and indicator.formula.places == "counties"
    everyone = catalogue.plan.counties == "all" or not every
    return (regions.code, *(each.code for each in regions.counties if everyone or each.kind == "statutory"))


def aim(catalogue: Catalogue, regions: Regions, indicator: Indicator, days: int) -> Aim:
    """An indicator's numbers for the first `days` days of the plan."""
    plan, cadence = catalogue.plan, indicator.cadence
    codes = meaningful(catalogue, regions, indicator)
    kind = cadence if cadence in ("month", "quarter") else "plan"
    spans = periods(plan.start, indicator.due or plan.due, days, kind)
    share, slope = _way(indicator, plan.start, spans, days)
    flow = indicator.window is not None
    due_by_a_day = indicator.target is not None and cadence != "always"
    hourly, department = cadence == "hour", indicator.department
    return Aim(
        indicator=indicator,
        regions=codes,
        start=plan.start,
        periods=spans,
        factor=_factor(indicator),
        target=_target(catalogue, regions, indicator, codes),
        numerator=Numerator(anew=kind != "plan", flow=flow, unit=_pieces(catalogue, indicator)),
        pace=Pace(
            share=share,
            slope=slope,
            due=spans.last[spans.number] if due_by_a_day else np.full(days, -1),
            starts=indicator.pace.base == "start" or (indicator.pace.base is None and not flow),
        ),
        limits=Limits(
            slack=float(plan.slack if indicator.slack is None else indicator.slack),
            chance=float(plan.chance if indicator.chance is None else indicator.chance),
            settle=plan.settle,
        ),
        reporter=Reporter(
            key=heartbeats(department) if hourly else department,
            silent_after=HEARTBEATS_SILENT_AFTER
            if hourly
            else catalogue.departments[department].silent_after,
        ),
    )


def heartbeats(department: str) -> str:
    """The key in `Reports` of a department's heartbeats. Hourly indicators depend on these, and fall silent sooner."""
    return f"{department}/heartbeats"


def allocated(allocation: Allocation | None, total: Decimal, catalogue: Catalogue) -> dict[str, int]:
    """Each county's part of a city's target: whole numbers that add up to it (largest remainders first).

    Counties that the weights do not name have no part.
    """
    if allocation is None:
        return {}
    if allocation.numbers is not None:
        return dict(allocation.numbers)
    weights = catalogue.plan.weights[allocation.by or ""]
    whole = int(total)
    exact = {code: whole * weight / sum(weights.values()) for code, weight in weights.items()}
    parts = {code: int(part) for code, part in exact.items()}
    order = sorted(exact, key=lambda code: (parts[code] - exact[code], code))
    for code in order[: whole - sum(parts.values())]:
        parts[code] += 1
    return parts


def _factor(indicator: Indicator) -> float | None:
    match indicator.formula.kind:
        case "count":
            return None
        case "average" | "per_place":
            return 1.0
        case _:
            return 100.0


def _target(catalogue: Catalogue, regions: Regions, indicator: Indicator, codes: Sequence[str]) -> Target:
    if indicator.target is None:
        return Target(values=np.full(len(codes), np.nan))
    total = indicator.target.value
    values = np.full(len(codes), float(total))
    if indicator.formula.kind == "count":
        parts: dict[str, float] = {regions.code: float(total)}
        parts |= {code: float(part) for code, part in allocated(indicator.allocate, total, catalogue).items()}
        values = np.array([parts.get(code, np.nan) for code in codes])
    return Target(values=values, op=indicator.target.op, tolerance=float(indicator.target.tolerance))


def _way(indicator: Indicator, start: date, spans: Periods, days: int) -> tuple[Floats, Floats]:
    """(share of the way that is expected by the end of each day, share of the way that one day is)."""
    day = np.arange(days)
    first, last = spans.first[spans.number], spans.last[spans.number]
    length = (last - first + 1).astype(np.float64)
    slope = 1 / length
    if indicator.target is None:
        return np.full(days, np.nan), np.full(days, np.nan)
    match indicator.pace.kind:
        case "always":
            return np.ones(days), np.full(days, np.nan)
        case "none":
            return np.where(day >= last, 1.0, np.nan), np.full(days, np.nan)
        case "checkpoints":
            points = [((point.date - start).days, float(point.share)) for point in indicator.pace.checkpoints]
            if points[-1][0] < last[0]:
                points.append((int(last[0]), 1.0))
            at, reached = zip((-1, 0.0), *points, strict=True)
            return np.interp(day, at, reached), slope
        case _:
            return np.minimum(1.0, (day - first + 1) / length), slope


def _pieces(catalogue: Catalogue, indicator: Indicator) -> str:
    """The unit of the numerator: persons, places, pieces."""
    formula = indicator.formula
    if isinstance(formula, Coverage):
        return "个县" if formula.places == "counties" else catalogue.measures[formula.places].unit
    if formula.kind == "count":
        return indicator.unit
    return catalogue.measures[formula.reads[-1] if formula.kind == "per_place" else formula.reads[0]].unit
