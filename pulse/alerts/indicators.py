"""Alerts of the plan itself: an indicator that is overdue, lags, is at risk, or closes its month short."""

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
"""A status must stand for more than a day before it rings: a dip of one day rings nothing, and what departments send
the morning after a due date is still in time."""

KEEP = 2 * HOUR
"""It rings on for so long when the status is no longer there."""

CLOSING: dict[str, int] = {"month": 5, "quarter": 14}
"""From how many days before the end a period is called about to close short."""


PERIODS = {"month": "月", "quarter": "季度"}
_ONE = {"月": "一个月", "季度": "一个季度"}


class LightAlert(NamedTuple):
    """A status that rings. `first`: what to do about it before all else; more stands in the runbook."""

    status: str
    alert: str
    severity: Severity
    first: str

    @property
    def rank(self) -> int:
        """What the gauge shows for it."""
        return BY_KEY[self.status].rank

    @property
    def zh(self) -> str:
        """Its word."""
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
    """A gauge by indicator and county, whichever worker shows it."""
    series = f'pulse_indicator_{name}{{indicator="{indicator.id}"}}'
    return f"max by (indicator, county) ({city.lately(series)})"


def _short(catalogue: Catalogue, indicator: Indicator, days: int, latest: Callable[[str], str]) -> str:
    """A few days are left, something is missing, and by the forecast (else by the pace) it will still be missing.

    The last day of the period itself belongs to it; afterwards it is overdue or made good.
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
        """Status, where, what, how far behind, since when: one line.

        A month that is over stays missed, whatever the one that runs now has: its own figures say what is to do.
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
        """The same for a period that ends."""
        period = f"本{PERIODS[self._indicator.cadence]}"
        return (
            f"【{period}可能完不成】{self._city.region()} {self._indicator.name.zh}："
            + self._figure("days_left", "%.0f", f"{period}还剩", "天，")
            + self._figure("shortfall", "%.0f", "还差", self._counted())
        )

    def description(self, first: str) -> str:
        """As of when, value, expected, target, chance, whose job it is, what to do first."""
        indicator, unit = self._indicator, self._indicator.unit
        # Expected with a digit more: whoever is 2 short of 1.4 is not short of "1".
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
        """The plan's own target with its date; only indicators with a target come here."""
        aim, due = self._indicator.target, self._indicator.due
        assert aim is not None
        when = {"month": "每月", "quarter": "每季度", "hour": "每小时", "always": "任何时候"}
        by = f"{day_of(due)}前" if due else when.get(self._indicator.cadence, "")
        return f"{target(aim, self._indicator.unit)}（{by}）"

    def _counted(self) -> str:
        """What is counted where the value itself is a ratio: persons, places, pieces, yuan."""
        formula, measures = self._indicator.formula, self._catalogue.measures
        if isinstance(formula, Ratio):
            return measures[formula.numerator].unit or "个"
        if isinstance(formula, PerPlace):
            return measures[formula.measure].unit or "个"
        if isinstance(formula, Reference):
            return measures[formula.total].unit
        return "个" if formula.kind in PERCENT else self._indicator.unit
