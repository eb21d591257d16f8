"""Describes a light in plain words."""

from __future__ import annotations

from dashboards.web import names, quantities
from dashboards.web.address import Language
from dashboards.web.model.course import Day
from dashboards.web.model.frame import Frame
from dashboards.web.model.light import Light
from dashboards.web.numerals import NBSP, amount, month, share
from dashboards.web.texts import known, say

OVERDUE = "overdue"
"""Key of the status "overdue"."""


def comma(lang: Language) -> str:
    """The separator between the parts of a line."""
    return "，" if lang == "zh" else ", "


def lagging(light: Light, frame: Frame, lang: Language) -> str:
    """One line of the lagging list: 泗水县 月探访率 78 %，差 312 人，还剩 9 天，责任单位 民政局."""
    return comma(lang).join([headline(light, frame, lang), *particulars(light, frame, lang)])


def headline(light: Light, frame: Frame, lang: Language) -> str:
    """Region, indicator and value: 泗水县 月探访率 78 %."""
    return f"{placed(light, lang)} {quantities.value(light, frame, lang)}"


def placed(light: Light, lang: Language) -> str:
    """Region and indicator: 泗水县 月探访率, Sishui: Elders visited."""
    region, indicator = names.name(light.region_name, lang), names.name(light.about, lang)
    return f"{region} {indicator}" if lang == "zh" else f"{region}: {indicator}"


def particulars(light: Light, frame: Frame, lang: Language) -> list[str]:
    """How much is missing, how much time is left, which department is responsible."""
    department = names.department(light.about.department, frame, lang)
    parts = (
        short_of(light, frame, lang),
        time_left(light, lang),
        f"责任单位 {department}" if lang == "zh" else department,
    )
    return [part for part in parts if part]


def time_left(light: Light, lang: Language) -> str:
    """How much time is left, or by how much the date is past.

    An indicator that is overdue for a past month or quarter still has the time of the running one.
    """
    zh, left = lang == "zh", light.goal.days_left
    if left is None:
        return ""
    n, late = f"{abs(left)}{NBSP}", light.status == OVERDUE
    days = "day" if abs(left) == 1 else "days"
    if left < 0:
        return f"超期 {n}天" if zh else f"{n}{days} past due"
    if late and light.about.cadence in ("month", "quarter"):
        if left == 0:
            return "本期今天结束" if zh else "this period ends today"
        return f"本期还剩 {n}天" if zh else f"{n}{days} left in this period"
    if left == 0:
        return ("已到期" if late else "今天到期") if zh else ("past due" if late else "due today")
    return f"还剩 {n}天" if zh else f"{n}{days} left"


def short_of(light: Light, frame: Frame, lang: Language) -> str:
    """How many persons, places or pieces are missing: to the target for a ratio, else to the pace. Empty if none are."""
    ratio = light.about.formula != "count"
    missing = light.goal.shortfall if ratio and light.goal.shortfall is not None else light.pace.behind
    if not missing:
        return ""
    pieces = quantities.pieces(missing, light, frame, lang)
    return f"差 {pieces}" if lang == "zh" else f"{pieces} short"


def tempo(light: Light, lang: Language) -> str:
    """Days ahead of or behind the pace. Empty without a pace."""
    gap = light.pace.gap_days
    if gap is None:
        return ""
    days = amount(abs(gap), 0 if abs(gap) >= 10 else 1)
    if days in ("0", "0.0"):
        return "与进度持平" if lang == "zh" else "on pace"
    if lang == "zh":
        return f"{'超前' if gap > 0 else '落后'} {days}{NBSP}天"
    return f"{days}{NBSP}days {'ahead' if gap > 0 else 'behind'}"


def outlook(light: Light, lang: Language) -> str:
    """The chance, or why there is no forecast."""
    forecast = light.forecast
    if forecast.chance is not None:
        return share(forecast.chance)
    none, reason = say(lang, "no_forecast"), known(lang, forecast.no_forecast) or forecast.no_forecast
    if not reason:
        return none
    return f"{none}（{reason}）" if lang == "zh" else f"{none} ({reason})"


def because(day: Day, lang: Language) -> str:
    """The reason for that day's light, with every input, in words."""
    return day.why_zh if lang == "zh" else day.why_en


def period(light: Light, lang: Language) -> str:
    """The name of the judged period."""
    return month(light.goal.period, lang) if light.goal.period else ""
