"""Renders a report as one HTML page for printing on A4. Pure. The page has no script and loads nothing; charts are SVG."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from dashboards.report import charts, words
from dashboards.report.attribution import CODES, Part
from dashboards.report.model import (
    Action,
    Arrival,
    Figure,
    Filing,
    Indicator,
    Refusals,
    Region,
    Report,
    Status,
)

LAGGING = ("overdue", "lagging", "at_risk", "silent", "no_data")
"""Statuses that require action, worst first."""

_UNJUDGED = Status("", 0, "未评", "—", charts.QUIET)


class Changed(NamedTuple):
    """A filed figure and today's."""

    indicator: Indicator
    region: Region
    filed: Part
    today: Part
    by: Mapping[str, Part]
    """Code → what that class added; the sum is `today` minus `filed`."""


class Since(NamedTuple):
    """What has come since a filing."""

    until: str
    """The time up to which the ledger was read, in words."""
    records: Mapping[str, int]
    """Code → number of records that came or changed."""
    changed: Sequence[Changed]


class IndicatorRow(NamedTuple):
    """An indicator in the page's region."""

    indicator: Indicator
    figure: Figure
    status: Status
    course: Markup
    counties: Markup


class Overview(NamedTuple):
    """Summary of an action: its worst status, and the number of lights of each status."""

    action: Action
    worst: Status
    counts: Sequence[tuple[Status, int]]
    rows: Sequence[IndicatorRow]


class Cell(NamedTuple):
    """One indicator in one county."""

    text: str
    status: Status


class View:
    """What the template needs of a report, for one region."""

    def __init__(self, report: Report, region: Region, filing: Filing | None, since: Since | None) -> None:
        self.report, self.region, self.filing = report, region, filing
        self.since = _of_region(since, report, region) if since else None
        self.whole_city = region == report.city
        self._span = charts.Span(report.start, report.due, report.quarter.first, report.day)
        self.overviews = [self._overview(action) for action in report.actions]
        self.rows = [row for overview in self.overviews for row in overview.rows]
        self.lagging = sorted(
            (row for row in self.rows if row.status.status in LAGGING), key=lambda row: -row.status.rank
        )
        self.counts = self._counts(self.rows)
        self.bar = charts.shares([charts.Bar(s.zh, n, s.color) for s, n in self.counts])
        self.counties = report.regions[1:]

    def _overview(self, action: Action) -> Overview:
        rows = [
            self._row(indicator)
            for indicator in self.report.of_action(action.no)
            if self.whole_city or indicator.finest != "city"
        ]
        worst = max((row.status for row in rows), key=lambda status: status.rank, default=_UNJUDGED)
        return Overview(action, worst, self._counts(rows), rows)

    def _row(self, indicator: Indicator) -> IndicatorRow:
        figure = self.report.figure_of[indicator.id, self.region.code]
        status = self.status(figure)
        return IndicatorRow(
            indicator, figure, status, self._course(indicator, figure, status), self._bars(indicator)
        )

    def _course(self, indicator: Indicator, figure: Figure, status: Status) -> Markup:
        text = f"{indicator.zh}：{words.value(indicator, figure.value)}，{status.zh}"
        if indicator.cadence in ("month", "quarter"):
            return charts.periods(figure.course, self._span, target=figure.target, label=text)
        return charts.course(figure.course, self._span, target=figure.target, color=status.color, label=text)

    def _bars(self, indicator: Indicator) -> Markup:
        if not self.whole_city or indicator.finest == "city":
            return Markup("")
        bars, texts = [], []
        for county in self.report.regions[1:]:
            figure = self.report.figure_of[indicator.id, county.code]
            bars.append(charts.Bar(county.zh, figure.value, self.status(figure).color))
            texts.append(f"{county.zh} {words.value(indicator, figure.value)}")
        rate = indicator.formula != "count"
        target = self.report.figure_of[indicator.id, self.region.code].target if rate else None
        return charts.counties(bars, target=target, label="，".join(texts))

    def _counts(self, rows: Sequence[IndicatorRow]) -> list[tuple[Status, int]]:
        """The number of rows of each status, worst first; rows without a light are not counted."""
        found = Counter(row.status for row in rows if row.status.rank)
        return sorted(found.items(), key=lambda pair: -pair[0].rank)

    def status(self, figure: Figure) -> Status:
        """A figure's status, or "未评" if it was not judged."""
        return self.report.status_of.get(figure.status, _UNJUDGED)

    def cell(self, indicator: Indicator, county: Region) -> Cell:
        """A cell of the table that compares counties."""
        figure = self.report.figure_of[indicator.id, county.code]
        return Cell(words.amount(figure.value, indicator.decimals), self.status(figure))

    @property
    def ranking(self) -> list[tuple[Region, list[tuple[Status, int]], int]]:
        """(county, number of lights of each status, number that require action), most action first."""
        found = []
        for county in self.counties:
            statuses = Counter(
                status
                for indicator in self.report.indicators
                if (status := self.status(self.report.figure_of[indicator.id, county.code])).rank
            )
            counts = sorted(statuses.items(), key=lambda pair: -pair[0].rank)
            found.append((county, counts, sum(n for status, n in counts if status.status in LAGGING)))
        return sorted(found, key=lambda one: (-one[2], one[0].code))

    @property
    def compared(self) -> list[tuple[Action, list[Indicator]]]:
        """Actions with their indicators that have values for counties; actions without any are left out."""
        found = [
            (action, [one for one in self.report.of_action(action.no) if one.finest != "city"])
            for action in self.report.actions
        ]
        return [(action, indicators) for action, indicators in found if indicators]

    @property
    def arrivals(self) -> list[Arrival]:
        """Arrivals from the region, in the order of the departments."""
        order = {department.key: n for n, department in enumerate(self.report.departments)}
        found = [
            one for one in self.report.arrivals if one.region == self.region.code and one.department in order
        ]
        return sorted(found, key=lambda one: order[one.department])

    @property
    def departments(self) -> dict[str, str]:
        """Names of the departments by key."""
        return {department.key: department.zh for department in self.report.departments}

    @property
    def refusals(self) -> dict[str, Refusals]:
        """Refusals by department, for the whole city."""
        return {one.department: one for one in self.report.refusals}

    @property
    def headline(self) -> str:
        """The overall state in a sentence or two."""
        judged = sum(n for _, n in self.counts)
        if not judged:
            return "各项指标尚未评定，仅列数值。"
        parts = [f"{status.zh} {n}{words.NBSP}项" for status, n in self.counts]
        text = f"列入评定的指标 {judged}{words.NBSP}项，其中{'、'.join(parts)}。"
        missing = sum(region == self.region.code for _, region in self.report.unlit)
        return text + (f"这不是全部：另有 {missing}{words.NBSP}项没有评估，仅列数值。" if missing else "")


def render(report: Report, code: str, *, filing: Filing | None = None, since: Since | None = None) -> str:
    """The HTML page of a region. Raises KeyError if the report does not have the region."""
    view = View(report, report.region(code), filing, since)
    return _environment().get_template("report.html").render(v=view, r=report, w=words, codes=CODES)


def _of_region(since: Since, report: Report, region: Region) -> Since:
    """The changes that a page shows: all of them on the city's page, only its own on a county's."""
    if region == report.city:
        return since
    return since._replace(changed=[one for one in since.changed if one.region == region])


@cache
def _environment() -> Environment:
    folder = files("dashboards.report").joinpath("templates")
    made = Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["kept"] = kept
    return made


_TOGETHER = re.compile(r"(?<![\u4e00-\u9fff])(?:\d[\d.]*)?[\u4e00-\u9fff]{2}(?![\u4e00-\u9fff])")


def kept(text: str) -> Markup:
    """Markup of a text without line breaks inside two-character words, or between such a word and a number before it."""
    shown, at = Markup(""), 0
    for found in _TOGETHER.finditer(text):
        shown += escape(text[at : found.start()]) + Markup('<span class="nobr">%s</span>') % found[0]
        at = found.end()
    return shown + escape(text[at:])
