"""A report as one HTML page that prints on A4: pure. No script, no network; charts are SVG in the page."""

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
"""What a reader must act on, worst first."""

_UNJUDGED = Status("", 0, "未评", "—", charts.QUIET)


class Changed(NamedTuple):
    """A filed figure beside today's."""

    indicator: Indicator
    region: Region
    filed: Part
    today: Part
    by: Mapping[str, Part]
    """Code → what it added; they add up to `today` less `filed`."""


class Since(NamedTuple):
    """What came after a filing."""

    until: str
    """Up to when the ledger was read, in words."""
    records: Mapping[str, int]
    """Code → records that came or changed."""
    changed: Sequence[Changed]


class IndicatorRow(NamedTuple):
    """An indicator in the region of the page."""

    indicator: Indicator
    figure: Figure
    status: Status
    course: Markup
    counties: Markup


class Overview(NamedTuple):
    """An action at a glance: its worst light, and how many lights of each kind."""

    action: Action
    worst: Status
    counts: Sequence[tuple[Status, int]]
    rows: Sequence[IndicatorRow]


class Cell(NamedTuple):
    """One indicator in one county."""

    text: str
    status: Status


class View:
    """What the template asks of a report, for one region."""

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
        """How many of each status, worst first; what has no light is not counted."""
        found = Counter(row.status for row in rows if row.status.rank)
        return sorted(found.items(), key=lambda pair: -pair[0].rank)

    def status(self, figure: Figure) -> Status:
        """A figure's light."""
        return self.report.status_of.get(figure.status, _UNJUDGED)

    def cell(self, indicator: Indicator, county: Region) -> Cell:
        """For the comparison of counties."""
        figure = self.report.figure_of[indicator.id, county.code]
        return Cell(words.amount(figure.value, indicator.decimals), self.status(figure))

    @property
    def ranking(self) -> list[tuple[Region, list[tuple[Status, int]], int]]:
        """The counties with their lights, the most that want action first."""
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
        """Actions with the indicators that counties have."""
        found = [
            (action, [one for one in self.report.of_action(action.no) if one.finest != "city"])
            for action in self.report.actions
        ]
        return [(action, indicators) for action, indicators in found if indicators]

    @property
    def arrivals(self) -> list[Arrival]:
        """How records came in from the region, in the order of the departments."""
        order = {department.key: n for n, department in enumerate(self.report.departments)}
        found = [
            one for one in self.report.arrivals if one.region == self.region.code and one.department in order
        ]
        return sorted(found, key=lambda one: order[one.department])

    @property
    def departments(self) -> dict[str, str]:
        """Names by key."""
        return {department.key: department.zh for department in self.report.departments}

    @property
    def refusals(self) -> dict[str, Refusals]:
        """By department; of the whole city."""
        return {one.department: one for one in self.report.refusals}

    @property
    def headline(self) -> str:
        """One sentence: how it stands."""
        judged = sum(n for _, n in self.counts)
        if not judged:
            return "各项指标尚未评定，仅列数值。"
        parts = [f"{status.zh} {n}{words.NBSP}项" for status, n in self.counts]
        text = f"列入评定的指标 {judged}{words.NBSP}项，其中{'、'.join(parts)}。"
        missing = sum(region == self.region.code for _, region in self.report.unlit)
        return text + (f"这不是全部：另有 {missing}{words.NBSP}项没有评估，仅列数值。" if missing else "")


def render(report: Report, code: str, *, filing: Filing | None = None, since: Since | None = None) -> str:
    """The page of a region. Raises KeyError for a region that the report has not."""
    view = View(report, report.region(code), filing, since)
    return _environment().get_template("report.html").render(v=view, r=report, w=words, codes=CODES)


def _of_region(since: Since, report: Report, region: Region) -> Since:
    """The city's page shows its own figures and each county's, a county's its own."""
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
    """A text in which no line breaks within a word of two characters, nor between it and the figure right before it."""
    shown, at = Markup(""), 0
    for found in _TOGETHER.finditer(text):
        shown += escape(text[at : found.start()]) + Markup('<span class="nobr">%s</span>') % found[0]
        at = found.end()
    return shown + escape(text[at:])
