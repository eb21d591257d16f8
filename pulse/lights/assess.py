"""One indicator's lights: figures, reports and forecasts in, one judged row for each region and day out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pulse.lights import pace, silence, status
from pulse.lights.aim import Aim
from pulse.lights.history import Figures, Outlooks, Signals, Texts
from pulse.lights.pace import Way
from pulse.lights.reasons import ReasonInputs
from pulse.lights.silence import Reports
from pulse.lights.status import HELD, RULES, Closed, Judged
from pulse.lights.target import Bools, Floats


class Lights(NamedTuple):
    """All lights of one indicator, [region, day]."""

    aim: Aim
    figures: Figures
    way: Way
    closed: Closed
    outlooks: Outlooks
    signals: Signals
    direction: Texts
    last_report: NDArray[np.int64]
    judged: Judged

    @property
    def numbers(self) -> dict[str, Floats]:
        """All numbers by the names of their columns, [region, day]; nan: none."""
        shape = self.figures.value.shape
        figures = {
            name: np.full(shape, np.nan) if figure is None else figure
            for name, figure in self.figures._asdict().items()
        }
        outlooks = {name: of for name, of in self.outlooks._asdict().items() if name != "no_forecast"}
        target = np.broadcast_to(self.aim.target.values[:, None], shape)
        return {**figures, "target": target, **self.way._asdict(), **outlooks}

    @property
    def texts(self) -> dict[str, Texts]:
        """The text columns of forecasts and signals, by the names of their columns, [region, day]."""
        return {
            "no_forecast": self.outlooks.no_forecast,
            "direction": self.direction,
            **self.signals._asdict(),
        }

    @property
    def rule(self) -> Texts:
        """The rule that decided what is shown; `HELD` where the status shown is not the day's own."""
        names = np.array([rule.key for rule in RULES])[self.judged.rule]
        return np.where(self.judged.raw == self.judged.shown, names, HELD)

    def reason_inputs(self, cells: Sequence[tuple[int, int]]) -> Iterator[ReasonInputs]:
        """The inputs of the reasons of some cells (region, day)."""
        rows, days = np.array([cell[0] for cell in cells]), np.array([cell[1] for cell in cells])
        judged, due = self.judged, self.aim.pace.due.tolist()
        numbers = {name: _optional(of[rows, days]) for name, of in self.numbers.items()}
        rules, raw, shown, last = (
            of[rows, days].tolist() for of in (judged.rule, judged.raw, judged.shown, self.last_report)
        )
        no_forecast, direction = (
            of[rows, days].tolist() for of in (self.outlooks.no_forecast, self.direction)
        )
        for n, (row, day) in enumerate(cells):
            rule = RULES[rules[n]]
            yield ReasonInputs(
                region=self.aim.regions[row],
                day=day,
                due=due[day],
                no_forecast=no_forecast[n],
                direction=direction[n],
                last_report=None if last[n] == silence.NEVER else last[n],
                rule=rule.key,
                raw=raw[n],
                shown=shown[n],
                earlier=self._earlier(row, day, rule.key) if rule.names_periods else (),
                **{name: of[n] for name, of in numbers.items()},
            )

    def _earlier(self, row: int, day: int, rule: str) -> tuple[tuple[str, float], ...]:
        periods, over = self.aim.periods, int(self.closed.last[day])
        found = (
            [over]
            if rule == "period_missed"
            else np.flatnonzero(self.closed.missed[row, : over + 1]).tolist()
        )
        last_day = self.figures.value.shape[1] - 1
        return tuple(
            (periods.names[n], float(self.figures.value[row, min(int(periods.last[n]), last_day)]))
            for n in found
        )


def assess(
    aim: Aim,
    figures: Figures,
    reports: Reports,
    remembered: Bools,
    outlooks: Outlooks,
    signals: Signals,
    *,
    complete: bool,
) -> Lights:
    """Judge one indicator on every day. `remembered` and `complete` as in `status.closed`."""
    days = figures.value.shape[1]
    city, counties = aim.regions[0], aim.regions[1:]
    reported_days = [
        reports.of(aim.reporter.key),
        *(reports.of(aim.reporter.key, county) for county in counties),
    ]
    last = np.array([silence.last_report(each, days) for each in reported_days])
    department = silence.department_silent(reported_days[0], days, aim.reporter.silent_after)
    away = np.array(
        [
            silence.county_silent(each, days, aim.reporter.silent_after)
            if code != city
            else np.zeros(days, np.bool_)
            for code, each in zip(aim.regions, reported_days, strict=True)
        ]
    )
    way = pace.way(aim, figures.numerator, figures.denominator, figures.value)
    over = status.closed(aim, figures.value, pace.met(aim, figures.value), remembered, complete=complete)
    judged = status.judge(
        aim, figures.value, way, over, outlooks.chance, department, away, last != silence.NEVER
    )
    direction = status.direction(aim, figures.numerator, figures.value)
    return Lights(aim, figures, way, over, outlooks, signals, direction, last, judged)


def _optional(array: Floats) -> list[float | None]:
    """nan as None."""
    return [None if value != value else value for value in array.tolist()]
