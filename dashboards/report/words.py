"""Numbers, dates and judgements in the words of a Chinese report. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from dashboards.report.model import Figure, Filing, Indicator, Report, Verdict
from pulse.lights.reasons import NO_FORECAST

NBSP = "\u00a0"
"""A space without a line break, between thousands and between a number and its unit."""

_SIGNS = {">=": "≥", "~": "≈"}

CODES = {
    "method": "口径变化",
    "late": "迟报",
    "correction": "更正",
    "void": "作废",
}
"""Names of the reasons why a filed figure differs today: see `attribution.CODES`."""

CODE_NOTES = {
    "method": "备案后统计口径或指标目录改变，同样的记录按新口径重算所得的差",
    "late": "所述事项发生在报告期末以前，首次报来却在备案之后",
    "correction": "备案时已有的记录，之后以新版本更正（含恢复已作废的记录）",
    "void": "备案时已有的记录，之后作废",
}


def amount(number: float | None, decimals: int = 0) -> str:
    """A number with spaces between thousands; – if there is none."""
    if number is None:
        return "–"
    text = f"{number:,.{decimals}f}".replace(",", NBSP)
    return text.replace("-", "−") if float(f"{number:.{decimals}f}") else text.replace("-", "")


def whole(number: float | None) -> str:
    """A numerator or denominator: without decimals if it is whole, else with one."""
    return amount(number, 0 if number is None or number == int(number) else 1)


def unit(text: str) -> str:
    """A unit to append to a number; empty if there is none."""
    return NBSP + text if text else ""


def pieces(number: float, indicator: Indicator) -> str:
    """A number with the unit that the indicator counts; 个 if the catalogue names none."""
    return amount(number) + unit(indicator.pieces or "个")


def value(indicator: Indicator, number: float | None) -> str:
    """A value with its unit."""
    return amount(number, indicator.decimals) + (unit(indicator.unit) if number is not None else "")


def parts(figure: Figure) -> str:
    """Numerator / denominator; empty if one of them is missing."""
    if figure.numerator is None or figure.denominator is None:
        return ""
    return f"{whole(figure.numerator)} / {whole(figure.denominator)}"


def target(indicator: Indicator, figure: Figure) -> str:
    """The target with its operator; without one, 监测 for a monitored indicator, else 不分解 (not divided by region)."""
    if figure.target is None:
        return "监测" if indicator.kind == "monitor" else "不分解"
    digits = 0 if figure.target == int(figure.target) else indicator.decimals or 1
    sign = _SIGNS.get(indicator.target_op, indicator.target_op)
    return f"{sign}{NBSP}{amount(figure.target, digits)}{unit(indicator.unit)}"


def lag(indicator: Indicator, figure: Figure) -> str:
    """How far behind or ahead of the pace: "落后 312 人 · 9 天"."""
    if figure.gap is None:
        return ""
    if figure.gap >= 0:
        days = f" {amount(figure.gap_days)}{NBSP}天" if figure.gap_days else ""
        return "领先" + days if figure.gap_days and figure.gap_days >= 1 else "与进度持平"
    by = f" {pieces(figure.behind, indicator)}" if figure.behind else ""
    days = f" · {amount(-figure.gap_days)}{NBSP}天" if figure.gap_days and figure.gap_days <= -1 else ""
    return f"落后{by}{days}" if by or days else "与进度持平"


def missing(indicator: Indicator, figure: Figure) -> str:
    """How much is missing to the target; empty if it is met or there is none."""
    if not figure.shortfall:
        return ""
    return f"距目标差 {pieces(figure.shortfall, indicator)}"


def chance(figure: Figure) -> str:
    """The chance of meeting the target by its date, or why there is no forecast."""
    if figure.chance is None:
        return (
            ""
            if figure.no_forecast in ("", "not_a_target")
            else NO_FORECAST.get(figure.no_forecast, ("无法预测",))[0]
        )
    percent = 100 * figure.chance
    if percent < 1 or percent > 99:
        return f"<{NBSP}1{NBSP}%" if percent < 1 else f">{NBSP}99{NBSP}%"
    return f"{percent:.0f}{NBSP}%"


def hours(number: float) -> str:
    """A delay: in hours below 48 hours, else in days."""
    return f"{number:.1f}{NBSP}小时" if number < 48 else f"{number / 24:.1f}{NBSP}天"


def day(of: date | None) -> str:
    """A date."""
    return f"{of.year}年{of.month}月{of.day}日" if of else "–"


def short_day(of: date | None) -> str:
    """A date in a table."""
    return f"{of.month}月{of.day}日" if of else "–"


def as_of(instant: datetime, zone: str) -> str:
    """The end of the data in local time; midnight is written as 24:00 of the day before."""
    local = instant.astimezone(ZoneInfo(zone))
    if local.time() == time():
        return f"{day((local - timedelta(1)).date())} 24:00"
    return f"{day(local.date())} {local:%H:%M}"


def moment(instant: datetime, zone: str) -> str:
    """An instant in local time; one without a time zone is UTC."""
    local = instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(ZoneInfo(zone))
    return f"{day(local.date())} {local:%H:%M}"


def verdict(found: Verdict | None, zone: str) -> str:
    """The result of `pulse verify` in words."""
    if found is None:
        return "尚未核验（运行 pulse verify）"
    if found.differences:
        return (
            f"核验发现 {amount(found.differences)}{NBSP}处不符，数字不可直接使用（{moment(found.at, zone)}）"
        )
    return f"核验通过：{amount(found.figures)}{NBSP}项数字另法重算，0{NBSP}处不符（{moment(found.at, zone)}）"


def state(report: Report, filing: Filing | None) -> str:
    """Whether and under which number the report is filed."""
    if filing is not None:
        return f"{filing.number}（{moment(filing.filed_at, report.zone)}备案，校验码 {filing.digest}）"
    return "未备案（季度未结束，数字截至当日）" if report.running else "未备案"


def exact(number: Fraction) -> str:
    """A numerator or denominator of a filed figure: without decimals if it is whole, else with three."""
    return amount(float(number), 0 if number.denominator == 1 else 3)


def signed(number: Fraction) -> str:
    """A difference with its sign."""
    return ("+" if number > 0 else "") + exact(number) if number else "0"
