"""Alerts about the plan itself: an indicator is overdue, lagging, at risk, or about to end its month or quarter short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from pulse.alerts.annotations import AlertCity, day_of, figure, gauge, target
from pulse.alerts.rule import AlertGroup, AlertRule, Severity
from pulse.alerts.tempo import DAY, HOUR, MINUTE, Tempo
from pulse.lights.statuses import BY_KEY
from schemas.catalogue.model import PERCENT, Catalogue, Indicator, PerPlace, Ratio, Reference

HOLD = DAY + 2 * HOUR
"""Seconds that a status must last before its alert fires. It is more than a day, so that a dip of one day
raises no alert, and data sent the morning after a due date is still in time."""

KEEP = 2 * HOUR
"""Seconds for which an alert keeps firing after the status is gone."""

CLOSING: dict[str, int] = {"month": 5, "quarter": 14}
"""Cadence → how many days before its end a period can be reported as about to end short."""


PERIODS = {"month": "月", "quarter": "季度"}
_ONE = {"月": "一个月", "季度": "一个季度"}


class LightAlert(NamedTuple):
    """A status that raises an alert. `first` is the first thing to do about it; the runbook has the rest."""

    status: str
    alert: str
    severity: Severity
    first: str

    @property
    def rank(self) -> int:
        """The gauge's value for the status."""
        return BY_KEY[self.status].rank

    @property
    def zh(self) -> str:
        """The status in Chinese."""
        return BY_KEY[self.status].zh


LIGHT_ALERTS = (
    LightAlert(
        "overdue", "PulseOverdue", "critical", "核对是否只是迟报；确未完成的，请责任单位说明原因和补做日期"
    ),
    LightAlert("lagging", "PulseLagging", "warning", "对比近28天日均与到期前尚需日均，不够的要有追赶计划"),
    LightAlert("at_risk", "PulseAtRisk", "info", "不必当天处理，例会上提出"),
)


def groups(catalogue: Catalogue, city: AlertCity, tempo: Tempo) -> Iterator[tuple[str, AlertGroup]]:
    """Department → the rules of its indicators that have a target, in the catalogue's order."""
    for department in catalogue.departments:
        rules = [
            rule
            for indicator in catalogue.indicators
            if indicator.department == department and indicator.target is not None
            for rule in _rules(catalogue, indicator, city, tempo)
        ]
        if rules:
            yield department, AlertGroup(f"pulse-{department}", tempo.interval(MINUTE), tuple(rules))


def _rules(catalogue: Catalogue, indicator: Indicator, city: AlertCity, tempo: Tempo) -> Iterator[AlertRule]:
    about = _About(catalogue, indicator, city)
    latest = partial(_latest, indicator, city)
    labels = {
        "indicator": indicator.id,
        "department": indicator.department,
        "action": str(indicator.action),
    }
    for light in LIGHT_ALERTS:
        yield AlertRule(
            light.alert,
            f"{latest('status')} == {light.rank}",
            tempo.slow(HOLD),
            tempo.slow(KEEP),
            light.severity,
            "slow",
            light.status.replace("_", "-"),
            about.summary(light),
            about.description(light.first),
            labels,
        )
    if days := CLOSING.get(indicator.cadence):
        yield AlertRule(
            "PulseClosingShort",
            _short(catalogue, indicator, days, latest),
            tempo.slow(HOLD),
            tempo.slow(KEEP),
            "warning",
            "slow",
            "closing-short",
            about.closing(),
            about.description("列出未完成的名单，到期前补齐"),
            labels,
        )


def _latest(indicator: Indicator, city: AlertCity, name: str) -> str:
    """A gauge by indicator and county, whichever worker exposes it."""
    series = f'pulse_indicator_{name}{{indicator="{indicator.id}"}}'
    return f"max by (indicator, county) ({city.lately(series)})"


def _short(catalogue: Catalogue, indicator: Indicator, days: int, latest: Callable[[str], str]) -> str:
    """Expression: at most `days` are left, the target is not met, and it will not be by the forecast (or else the pace).

    The last day of a period belongs to it; after that the period is either overdue or met.
    """
    least = catalogue.plan.chance if indicator.chance is None else indicator.chance
    slack = catalogue.plan.slack if indicator.slack is None else indicator.slack
    return (
        f"{latest('days_left')} <= {days}\n"
        f"and {latest('shortfall')} > 0\n"
        f"and (\n"
        f"  {latest('chance')} < {least}\n"
        f"  or ({latest('value')} < {latest('expected')} - {slack} / 100 * {latest('target')}\n"
        f"    unless {latest('chance')} >= 0)\n"
        f")"
    )


class _About:
    """The sentences about an indicator."""

    def __init__(self, catalogue: Catalogue, indicator: Indicator, city: AlertCity) -> None:
        self._catalogue, self._indicator, self._city = catalogue, indicator, city
        self._decimals = max(indicator.decimals, 1 if indicator.formula.kind in PERCENT else 0)

    def summary(self, light: LightAlert) -> str:
        """One line: status, place, indicator, how far behind, since when.

        An overdue month or quarter stays missed whatever happens in the running one, so the line gives what the
        running one still lacks.
        """
        since = self._city.day(gauge(self._indicator, "status_since_timestamp_seconds"), "自", "起")
        head = f"【{light.zh}】{self._city.region()} {self._indicator.name.zh}："
        if light.status == "overdue" and (period := PERIODS.get(self._indicator.cadence)):
            missing = self._figure("shortfall", "%.0f", f"；本{period}还差", self._counted(), "max({}) > 0")
            return f"{head}最近结束的{_ONE[period]}未达标，{since}{missing}"
        return (
            head
            + self._figure("behind", "%.0f", "比进度差", f"{self._counted()}，", "max({}) > 0")
            + self._figure("gap_days", "%.0f", "约落后", "天，", "-max({}) >= 1")
            + since
        )

    def closing(self) -> str:
        """One line for a period that is about to end short: place, indicator, days left, how much is missing."""
        period = f"本{PERIODS[self._indicator.cadence]}"
        return (
            f"【{period}可能完不成】{self._city.region()} {self._indicator.name.zh}："
            + self._figure("days_left", "%.0f", f"{period}还剩", "天，")
            + self._figure("shortfall", "%.0f", "还差", self._counted())
        )

    def description(self, first: str) -> str:
        """Date of the figures, value, expected value, target, chance, responsible department, what to do first."""
        indicator, unit = self._indicator, self._indicator.unit
        # The expected value always has a decimal: 2 may be missing (rounded up) of 1.4, but not of "1".
        action = next(one for one in self._catalogue.actions if one.no == indicator.action)
        return (
            self._city.day("pulse_as_of_timestamp_seconds", "截至", "，")
            + self._figure("value", f"%.{self._decimals}f", "完成", f"{unit}，")
            + self._figure("expected", f"%.{max(1, self._decimals)}f", "按进度应为", f"{unit}，")
            + self._figure("target", "%.0f" if self._decimals == 0 else "%.4g", "目标", unit)
            + self._figure("chance", "%.0f", "，达标概率", "%", "100 * max({})")
            + f"。全市目标：{self._target()}。责任单位：{self._catalogue.departments[indicator.department].name.zh}。"
            f"所属：第{action.no}项，{action.name.zh}。先做：{first}。"
        )

    def _figure(self, name: str, form: str, before: str, after: str, query: str = "max({})") -> str:
        asked = query.replace("{}", self._city.lately(gauge(self._indicator, name)))
        return figure(asked, form, before, after)

    def _target(self) -> str:
        """The plan's own target with its date. Called only for indicators that have a target."""
        aim, due = self._indicator.target, self._indicator.due
        assert aim is not None
        when = {"month": "每月", "quarter": "每季度", "hour": "每小时", "always": "任何时候"}
        by = f"{day_of(due)}前" if due else when.get(self._indicator.cadence, "")
        return f"{target(aim, self._indicator.unit)}（{by}）"

    def _counted(self) -> str:
        """The unit that is counted (persons, places, pieces, yuan), also when the value itself is a ratio."""
        formula, measures = self._indicator.formula, self._catalogue.measures
        if isinstance(formula, Ratio):
            return measures[formula.numerator].unit or "个"
        if isinstance(formula, PerPlace):
            return measures[formula.measure].unit or "个"
        if isinstance(formula, Reference):
            return measures[formula.total].unit
        return "个" if formula.kind in PERCENT else self._indicator.unit
