"""Writes the reason of a light: all that the judgement is based on, in plain words, Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from pulse.lights.aim import Aim
from pulse.lights.statuses import BY_RANK
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions

NO_FORECAST = {
    "too_little": ("历史太短", "too little history"),
    "shifted": ("近期走势突变", "the process has shifted"),
    "no_data": ("长期没有新数据", "no data for weeks"),
    "over": ("已到期", "due is past"),
    "not_a_target": ("没有到期目标", "no target by a date"),
}
"""Why there is no forecast."""
DIRECTIONS = {
    "": ("历史不足56天，暂无走势", "no direction before 56 days"),
    "improving": ("近28天比前28天改善", "improving: the last 28 days against the 28 before"),
    "steady": ("近28天与前28天持平", "steady: the last 28 days against the 28 before"),
    "worsening": ("近28天比前28天变差", "worsening: the last 28 days against the 28 before"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReasonInputs:
    """What one light's reason is made of; None where there is no value. Days are counted from the plan's first.

    Numbers have the names and units of the columns of the table `lights`. `rule`: the rule that decided this
    day by itself; `raw` and `shown`: ranks.
    """

    region: str
    day: int
    value: float | None
    numerator: float | None
    denominator: float | None
    cohort: float | None
    target: float | None
    due: int
    expected: float | None
    tolerance: float | None
    gap: float | None
    gap_days: float | None
    behind: float | None
    shortfall: float | None
    rate28: float | None
    required_rate: float | None
    chance: float | None
    p10: float | None
    p50: float | None
    p85: float | None
    p90: float | None
    no_forecast: str
    direction: str
    last_report: int | None
    rule: str
    raw: int
    shown: int
    earlier: tuple[tuple[str, float], ...]
    """Periods that ended short, or were short when first seen closed, with their present values. For the rule
    `period_missed`, only the latest closed period."""


class ReasonWriter:
    """Writes the reasons of one indicator's lights."""

    def __init__(self, aim: Aim, catalogue: Catalogue, regions: Regions) -> None:
        indicator = aim.indicator
        self._aim, self._unit = aim, indicator.unit
        self._department = catalogue.departments[indicator.department].name
        self._regions = {county.code: (county.zh, county.en) for county in regions.counties}
        self._digits = indicator.decimals
        self._target = indicator.target
        self._percent = indicator.unit == "%"
        self._unit_en = catalogue.units.get(indicator.unit)

    def zh(self, row: ReasonInputs) -> str:
        """Chinese, for leaders."""
        unit, piece = _unit(self._unit), _unit(self._aim.numerator.unit)
        parts = [f"截至{self._zh_day(row.day)}{self._value(row.value)}{unit}{self._share(row, '（', '）')}"]
        if row.expected is not None and row.value is not None:
            parts.append(f"按进度应有{self._value(row.expected)}{unit}")
            parts.append(self._zh_gap(row, unit, piece))
            if row.tolerance:
                parts.append(f"允许落后{self._value(row.tolerance)}{unit}")
        text = "，".join(parts)
        if self._target is not None and row.target is not None:
            text += f"；目标{self._aimed(row.target)}{unit}"
            text += f"，尚差{_whole(row.shortfall)}{piece}" if row.shortfall else ""
            if row.due >= 0:
                text += f"，{self._zh_day(row.due)}到期，还有{max(0, row.due - row.day)}天"
        if row.rate28 is not None:
            text += f"；近28天日均{_rate(row.rate28)}{piece}"
            text += f"，尚需日均{_rate(row.required_rate)}{piece}" if row.required_rate else ""
        if row.target is not None:
            text += self._zh_forecast(row, unit)
        text += f"。{_ZH[row.rule](self, row, unit, piece)}"
        if row.raw != row.shown:
            raw, shown = BY_RANK[row.raw].zh, BY_RANK[row.shown].zh
            text += f"；当日判为“{raw}”，连续{self._aim.limits.settle}天才改灯，现仍为“{shown}”"
        return text + "。"

    def en(self, row: ReasonInputs) -> str:
        """English, for engineers."""
        percent = " %" if self._percent else ""
        value = f"{self._value(row.value)}{percent or self._en_unit(row.value)}"
        parts = [f"By {self._day(row.day)}: {value}{self._share(row, ' (', ')')}"]
        if row.expected is not None and row.value is not None:
            parts.append(f"{self._value(row.expected)}{percent} expected by the pace")
            gap = row.gap or 0.0
            days = "" if row.gap_days is None else f" (about {abs(row.gap_days):.1f} days)"
            if gap < 0:
                parts.append(f"{_whole(row.behind)} behind{days}")
            else:
                parts.append(f"{self._value(gap)}{percent} ahead{days}")
            if row.tolerance:
                parts.append(f"up to {self._value(row.tolerance)}{percent} behind is tolerated")
        text = ", ".join(parts)
        if self._target is not None and row.target is not None:
            text += f"; target {self._aimed(row.target)}{percent}"
            text += f", {_whole(row.shortfall)} short" if row.shortfall else ""
            if row.due >= 0:
                text += f", due {self._day(row.due)}, {max(0, row.due - row.day)} days left"
        if row.rate28 is not None:
            text += f"; {_rate(row.rate28)} a day over the last 28 days"
            text += f", {_rate(row.required_rate)} a day required" if row.required_rate else ""
        if row.chance is not None:
            text += f"; chance {_percent(row.chance)}"
            if row.p50 is not None:
                text += (
                    f", when due about {self._value(row.p50)}{percent} "
                    f"({self._value(row.p10)} to {self._value(row.p90)})"
                )
        elif row.target is not None and row.no_forecast:
            text += f"; no forecast: {NO_FORECAST[row.no_forecast][1]}"
        text += f". {_EN[row.rule](self, row)}"
        if row.raw != row.shown:
            raw, shown = BY_RANK[row.raw].en, BY_RANK[row.shown].en
            text += f"; this day by itself: {raw}, shown after {self._aim.limits.settle} days in a row, until then {shown}"
        return text + "."

    # --- Pieces ---

    def _zh_gap(self, row: ReasonInputs, unit: str, piece: str) -> str:
        gap = row.gap or 0.0
        days = "" if row.gap_days is None else f"（约{abs(row.gap_days):.1f}天）"
        if gap < 0:
            if not row.behind:
                return f"差不足1{piece}{days}"
            return f"落后{_whole(row.behind)}{piece}{days}"
        return f"超前{self._value(gap)}{unit}{days}"

    def _zh_forecast(self, row: ReasonInputs, unit: str) -> str:
        if row.chance is None:
            return f"；无法预测：{NO_FORECAST[row.no_forecast][0]}" if row.no_forecast else ""
        text = f"；达标概率{_percent(row.chance)}"
        if row.p50 is not None:
            text += (
                f"，预计到期{self._value(row.p50)}{unit}（{self._value(row.p10)}至{self._value(row.p90)}）"
            )
        return text

    def _en_unit(self, value: float | None) -> str:
        if self._unit_en is None:
            return ""
        return f" {self._unit_en.one if value == 1 else self._unit_en.many}".rstrip()

    def _share(self, row: ReasonInputs, before: str, after: str) -> str:
        if self._aim.factor is None or row.denominator is None or row.numerator is None:
            return ""
        return f"{before}{_whole(row.numerator)}/{_whole(row.denominator)}{after}"

    def _aimed(self, target: float) -> str:
        op = self._aim.target.op
        return {">=": "≥", "~": "≈"}.get(op, op) + _number(target, 0 if target == int(target) else 1)

    def _value(self, value: float | None) -> str:
        return "—" if value is None else _number(value, self._digits or (0 if value == int(value) else 1))

    def _zh_day(self, day: int) -> str:
        return _zh_date(self._aim.start, day)

    def _day(self, day: int) -> str:
        return _date(self._aim.start, day)

    def _county(self, code: str) -> tuple[str, str]:
        return self._regions.get(code, (code, code))

    def _zh_silent(self, who: str, row: ReasonInputs) -> str:
        if row.last_report is None:
            return f"{who}还没有报送过"
        return f"{who}自{self._zh_day(row.last_report)}起未报送，已{row.day - row.last_report}天"

    def _en_silent(self, who: str, row: ReasonInputs) -> str:
        if row.last_report is None:
            return f"{who} has never reported"
        return f"{who} has not reported since {self._day(row.last_report)}, {row.day - row.last_report} days"

    def _zh_missed(self, row: ReasonInputs) -> str:
        periods = "、".join(f"{_zh_period(name)}" for name, _ in row.earlier[-3:])
        return f"{periods}{'等期' if len(row.earlier) > 3 else ''}未按期达到目标，其后补上，不记为正常"

    def _zh_short(self, row: ReasonInputs, unit: str) -> str:
        name, value = row.earlier[-1]
        return f"{_zh_period(name)}未达到目标（{self._value(value)}{unit}），至今未补上；以上为本期进度"


@lru_cache(1 << 12)
def _zh_date(start: date, day: int) -> str:
    at = start + timedelta(day)
    return f"{at.month}月{at.day}日"


@lru_cache(1 << 12)
def _date(start: date, day: int) -> str:
    return (start + timedelta(day)).isoformat()


def _unit(unit: str) -> str:
    return f" {unit}" if unit == "%" else unit


@lru_cache(1 << 16)  # the rows of a year repeat the same numbers
def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace(",", " ")


def _whole(value: float | None) -> str:
    if value is None:
        return "—"
    return _number(value, 0 if value == int(value) else 1)


def _rate(value: float | None) -> str:
    return "—" if value is None else _number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2)


def _percent(chance: float) -> str:
    """A chance in percent; never 0 % or 100 % while it is only close to that."""
    percent = 100 * chance
    if 0 < percent < 1:
        return "<1%"
    return ">99%" if 99 < percent < 100 else f"{percent:.0f}%"


def _zh_period(name: str) -> str:
    year, _, part = name.partition("-")
    if part and part.isdigit() and len(part) == 2:
        return f"{int(part)}月"
    if "Q" in name:
        return f"{name[:4]}年{name[-1]}季度"
    return f"{year}年"


_ZH: Mapping[str, Callable[[ReasonWriter, ReasonInputs, str, str], str]] = {
    "department_silent": lambda w, row, unit, piece: w._zh_silent(w._department.zh, row),
    "county_silent": lambda w, row, unit, piece: w._zh_silent(w._county(row.region)[0], row),
    "unallocated": lambda w, row, unit, piece: "全市目标未分到本县（市、区），只列数值",
    "never_reported": lambda w, row, unit, piece: "还没有报送过",
    "no_value": lambda w, row, unit, piece: "没有分母，算不出数值",
    "watched": lambda w, row, unit, piece: f"监测指标，不设目标；{DIRECTIONS[row.direction][0]}",
    "due_missed": lambda w, row, unit, piece: f"到期未达到目标，尚差{_whole(row.shortfall)}{piece}",
    "period_missed": lambda w, row, unit, piece: w._zh_short(row, unit),
    "short": lambda w, row, unit, piece: "任何时候都应达到，现未达到",
    "behind_pace": lambda w, row, unit, piece: "落后超过允许范围",
    "too_many": lambda w, row, unit, piece: "超过“左右”的上限，多了也不算达到",
    "chance_low": lambda w, row, unit, piece: f"达标概率低于{_percent(w._aim.limits.chance)}",
    "recovered": lambda w, row, unit, piece: w._zh_missed(row),
    "holds": lambda w, row, unit, piece: "现达到目标",
    "met": lambda w, row, unit, piece: "已达到目标",
    "not_due": lambda w, row, unit, piece: "到期前不设进度",
    "on_pace": lambda w, row, unit, piece: "在允许范围内",
}
_EN: Mapping[str, Callable[[ReasonWriter, ReasonInputs], str]] = {
    "department_silent": lambda w, row: w._en_silent(w._department.en, row),
    "county_silent": lambda w, row: w._en_silent(w._county(row.region)[1], row),
    "unallocated": lambda w, row: "The city's target is not divided among counties: the value alone",
    "never_reported": lambda w, row: "Nothing has been reported yet",
    "no_value": lambda w, row: "No denominator, so no value",
    "watched": lambda w, row: f"Watched, no target; {DIRECTIONS[row.direction][1]}",
    "due_missed": lambda w, row: f"Due and not met, {_whole(row.shortfall)} short",
    "period_missed": lambda w, row: (
        f"{row.earlier[-1][0]} ended short ({w._value(row.earlier[-1][1])}) and has not recovered; above: the running period"
    ),
    "short": lambda w, row: "Must hold at all times and does not",
    "behind_pace": lambda w, row: "Behind by more than is tolerated",
    "too_many": lambda w, row: "More than about so many",
    "chance_low": lambda w, row: f"The chance is below {_percent(w._aim.limits.chance)}",
    "recovered": lambda w, row: (
        f"Not met in time ({', '.join(name for name, _ in row.earlier[-3:])}), recovered since: never plain green"
    ),
    "holds": lambda w, row: "Holds now",
    "met": lambda w, row: "The target is met",
    "not_due": lambda w, row: "Nothing is expected before the due date",
    "on_pace": lambda w, row: "Within what is tolerated",
}
