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
from pulse.lights.silence import Reports
from pulse.lights.status import HELD, RULES, Closed, Judged
from pulse.lights.target import Bools, Floats
from pulse.lights.words import Inputs


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
    def rule(self) -> Texts:
        """The rule that decided what is shown."""
        names = np.array([rule.key for rule in RULES])[self.judged.rule]
        return np.where(self.judged.raw == self.judged.shown, names, HELD)

    def inputs(self, cells: Sequence[tuple[int, int]]) -> Iterator[Inputs]:
        """What the words of some cells (region, day) are made of."""
        rows, days = np.array([cell[0] for cell in cells]), np.array([cell[1] for cell in cells])
        way, outlooks, judged = self.way, self.outlooks, self.judged
        numbers = zip(
            *(
                _optional(array[rows, days])
                for array in (
                    self.figures.value, self.figures.numerator, self.figures.denominator, way.expected, way.tolerance,
                    way.gap, way.gap_days, way.behind, way.shortfall, way.rate, way.required, outlooks.chance,
                    outlooks.p10, outlooks.p50, outlooks.p90,
                )
            ),
            strict=True,
        )  # fmt: skip
        targets = _optional(self.aim.target.values)
        texts = zip(
            outlooks.reason[rows, days].tolist(),
            self.direction[rows, days].tolist(),
            judged.rule[rows, days].tolist(),
            judged.raw[rows, days].tolist(),
            judged.shown[rows, days].tolist(),
            self.last_report[rows, days].tolist(),
            strict=True,
        )
        due = self.aim.pace.due.tolist()
        for (row, day), number, text in zip(cells, numbers, texts, strict=True):
            (
                value,
                num,
                den,
                expected,
                tolerance,
                gap,
                gap_days,
                behind,
                short,
                rate,
                required,
                chance,
                p10,
                p50,
                p90,
            ) = number
            reason, direction, rule, raw, shown, last = text
            name = RULES[rule].key
            earlier = self._earlier(row, day, name) if RULES[rule].names_periods else ()
            yield Inputs(
                self.aim.regions[row], day, value, num, den, targets[row], due[day], expected, tolerance, gap, gap_days,
                behind, short, rate, required, chance, p10, p50, p90, reason, direction,
                None if last == silence.NEVER else last, name, raw, shown, earlier,
            )  # fmt: skip

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
