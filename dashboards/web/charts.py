"""Builds ECharts options from data. Pure. Colours come from the theme; dates are ISO text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboards.web.address import View
from dashboards.web.model.course import Course
from dashboards.web.model.frame import PlanInfo
from dashboards.web.model.light import Light
from dashboards.web.parts import Options
from dashboards.web.texts import say
from dashboards.web.theme import FONTS, Palette

Points = list[list[Any]]

NARROW = 520
"""Width in pixels below which the legend needs two lines."""

_ONE_LINE, _TWO_LINES = 44, 72
"""Pixels above the grid for the legend, on one or two lines."""

_GROUPED = "value => value == null ? '–' : value.toLocaleString('en-US').replaceAll(',', '\u00a0')"
"""JavaScript that ECharts uses to format numbers: with digits grouped as everywhere on the board."""


def course(course: Course, light: Light, plan: PlanInfo, view: View, palette: Palette) -> Options:
    """The value over the year with its pace and target, and from today on the forecast fan.

    An indicator judged by month or quarter starts again with each period, so its lines are interrupted there.
    For a cohort, a second line shows the present value for the same cases.
    """
    lang = view.lang
    by_now = _broken(course, "cohort") if course.of_cohort else []
    series = [
        _line(say(lang, "value"), _broken(course, "value"), palette.accent, width=2.5, z=5),
        *(
            [_line(say(lang, "cohort"), by_now, palette.accent, width=1.5, dashes=[2, 3], z=4)]
            if by_now
            else []
        ),
        _line(say(lang, "pace"), _broken(course, "expected"), palette.muted, width=1.5, dashes=[5, 4], z=3),
        _line(say(lang, "target"), _target(course, light, plan), palette.ink, width=1, dashes=[2, 3], z=2),
        *_fan(course, view, palette),
    ]
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONTS, "color": palette.muted, "fontSize": 14},
        "grid": {"left": 8, "right": 24, "top": _ONE_LINE, "bottom": 8, "containLabel": True},
        "legend": {
            "top": 0,
            "left": 0,
            "itemWidth": 22,
            "textStyle": {"color": palette.ink, "fontSize": 14},
            "data": [_key(each) for each in series if not each["name"].startswith("_") and each["data"]],
        },
        "tooltip": {
            "trigger": "axis",
            ":valueFormatter": _GROUPED,
            "backgroundColor": palette.surface,
            "borderColor": palette.line,
            "textStyle": {"color": palette.ink},
        },
        "xAxis": {
            "type": "time",
            "min": plan.start.isoformat(),
            "max": plan.due.isoformat(),
            "splitNumber": 12,
            "maxInterval": 31 * 24 * 3600 * 1000,
            "axisLabel": {
                "formatter": "{M}月" if lang == "zh" else "{MMM}",
                "color": palette.muted,
                "hideOverlap": True,
            },
            "axisLine": {"lineStyle": {"color": palette.line}},
            "axisTick": {"show": False},
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "min": 0,
            "minInterval": 0 if light.about.decimals else 1,
            "axisLabel": {"color": palette.muted, ":formatter": _GROUPED},
            "splitLine": {"lineStyle": {"color": palette.line}},
        },
        "series": series,
        # Without the last option, a chart first drawn before it has its width would keep the grid for narrow charts.
        "media": [
            {"query": {"maxWidth": NARROW}, "option": {"grid": {"top": _TWO_LINES}}},
            {"option": {"grid": {"top": _ONE_LINE}}},
        ],
    }


def _line(
    name: str, data: Points, color: str, *, width: float, dashes: Sequence[int] | None = None, z: int
) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "data": data,
        "symbol": "none",
        "connectNulls": False,
        "z": z,
        "lineStyle": {"width": width, "color": color, "type": list(dashes) if dashes else "solid"},
        "itemStyle": {"color": color},
        "emphasis": {"disabled": True},
    }


def _key(series: dict[str, Any]) -> dict[str, Any]:
    """A legend entry: a line without a point marker, or a filled rectangle for the band."""
    look = (
        {"icon": "rect", "itemStyle": {"opacity": 0.25}}
        if "areaStyle" in series
        else {"itemStyle": {"opacity": 0}}
    )
    return {"name": series["name"], **look}


def _broken(course: Course, field: str) -> Points:
    """(day, figure) points with a gap wherever a new period begins."""
    points: Points = []
    for n, day in enumerate(course.days):
        if n and day.period != course.days[n - 1].period:
            points.append([course.days[n - 1].day.isoformat() + "T23:59:59", None])
        points.append([day.day.isoformat(), _rounded(getattr(day, field))])
    return points


def _target(course: Course, light: Light, plan: PlanInfo) -> Points:
    if light.goal.target is None:
        return []
    return [[plan.start.isoformat(), light.goal.target], [plan.due.isoformat(), light.goal.target]]


def _fan(course: Course, view: View, palette: Palette) -> list[dict[str, Any]]:
    """Series for the band between P10 and P90 (an invisible line with another stacked on it), and the median."""
    known = [each for each in course.ahead if each.p10 is not None and each.p90 is not None]
    begin: list[tuple[date, float, float, float]] = []
    if known and course.days and (last := course.days[-1]).value is not None:
        begin = [(last.day, last.value, last.value, last.value)]
    points = begin + [
        (each.day, each.p10 or 0.0, each.p50 if each.p50 is not None else each.p10 or 0.0, each.p90 or 0.0)
        for each in known
    ]
    floor = [[day.isoformat(), _rounded(low)] for day, low, _, _ in points]
    band = [[day.isoformat(), _rounded(high - low)] for day, low, _, high in points]
    middle = [[day.isoformat(), _rounded(median)] for day, _, median, _ in points]
    none = {"width": 0, "opacity": 0}
    return [
        {
            **_line("_floor", floor, palette.accent, width=0, z=1),
            "stack": "fan",
            "lineStyle": none,
            "tooltip": {"show": False},
        },
        {
            **_line(say(view.lang, "fan80"), band, palette.accent, width=0, z=1),
            "stack": "fan",
            "lineStyle": none,
            "areaStyle": {"color": palette.accent, "opacity": 0.18},
            "tooltip": {"show": False},
        },
        _line(say(view.lang, "median"), middle, palette.accent, width=1.5, dashes=[6, 4], z=4),
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
