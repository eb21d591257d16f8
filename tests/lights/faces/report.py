"""The quarterly report: its pages as a browser shows them, and its workbook as another library opens it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import openpyxl
from clickhouse_connect.driver.client import Client

from dashboards.report.page import render
from dashboards.report.quarter import parse as quarter
from dashboards.report.reading import read
from dashboards.report.workbook import workbook
from pulse.app.city import City
from tests.lights.faces.html import Element, parse
from tests.lights.faces.shown import Shown

COLUMNS = {
    "状态": "status", "现值": "value", "分子": "numerator", "分母": "denominator", "目标": "target", "应有进度": "expected",
    "与进度之差": "gap", "折合天数": "gap_days", "落后数量": "behind", "距目标差": "shortfall", "剩余天数": "days_left",
    "达标概率": "chance", "预计到期值": "p50", "状态起始日": "since", "判断依据": "why_zh",
}  # fmt: skip
"""The workbook's heads → columns of the view."""

_BEHIND = re.compile(r"落后(?: ([^·]+?))?(?: ?· ([\d\s]*\d)\s天)?$")
_AHEAD = re.compile(r"领先 ([\d\s]*\d)\s天$")


class Report:
    """A quarter's report, read from the views once."""

    def __init__(self, city: City, client: Client, name: str) -> None:
        self._report = read(client, quarter(name))
        self.day = self._report.day
        """The day that its figures are of."""
        self._indicators = {one.name.zh: one.id for one in city.catalogue.indicators}
        self._decimals = {one.id: one.decimals for one in city.catalogue.indicators}
        self._codes = [city.regions.code, *(county.code for county in city.regions.counties)]

    def workbook(self) -> Iterator[Shown]:
        """Every cell of every action's sheet: the city and all counties."""
        book = openpyxl.load_workbook(io.BytesIO(workbook(self._report, self._codes)), read_only=True)
        for sheet in book.worksheets:
            if not re.match(r"\d\d ", sheet.title):
                continue
            rows = sheet.iter_rows(min_row=3, values_only=True)
            heads = [str(head) for head in next(rows)]
            for row in rows:
                cells = dict(zip(heads, row, strict=True))
                where = str(cells["指标编号"]), str(cells["区划代码"])
                for head, field in COLUMNS.items():
                    yield Shown(f"report: sheet {sheet.title}", *where, field, cells[head])

    def page(self, region: str) -> Iterator[Shown]:
        """Every figure of a region's page; of the city's also the comparison of its counties."""
        document = parse(render(self._report, region))
        sections = {
            re.sub(r"^[一二三四五六七]、", "", head.text()): section
            for section in document.all("section")
            for head in section.all("h2")
        }
        yield from self._actions(sections["各行动进展"], region)
        for title, section in sections.items():
            if title.startswith("需要推进的事项"):
                yield from self._lagging(section, region)
        if region == self._codes[0]:
            yield from self._compared(sections["县（市、区）逐项比较"])

    def _actions(self, section: Element, region: str) -> Iterator[Shown]:
        for row in section.one("table").all("tr"):
            cells = row.all("td")
            if len(cells) < 2:
                continue
            light, name, value, target, pace, chance, *_ = cells
            indicator = self._indicators[name.text("small")]
            said = f"report: page of {region}"
            yield Shown(said, indicator, region, "status", light.text())
            yield from self._value(said, indicator, region, value)
            yield Shown(said, indicator, region, "target", *self._target(target.text("small"), indicator))
            yield from self._pace(said, indicator, region, pace)
            percent = chance.text("small")
            yield Shown(said, indicator, region, "chance", percent if percent.endswith("%") else None, 0)

    def _lagging(self, section: Element, region: str) -> Iterator[Shown]:
        for row in section.one("table").one("tbody").all("tr"):
            light, name, value, pace, left, _ = row.all("td")
            indicator = self._indicators[name.text("small")]
            said = f"report: what is to be pushed in {region}"
            yield Shown(said, indicator, region, "status", light.text("small"))
            yield Shown(said, indicator, region, "since", light.one("small").text())
            yield Shown(
                said,
                indicator,
                region,
                "target",
                *self._target(name.one("small").text().partition("·")[2], indicator),
            )
            yield from self._value(said, indicator, region, value)
            yield from self._pace(said, indicator, region, pace)
            yield Shown(said, indicator, region, "days_left", left.text(), 0)

    def _compared(self, section: Element) -> Iterator[Shown]:
        for row in section.one("table").all("tr"):
            cells = row.all("td")
            if len(cells) < 3:
                continue
            indicator = self._indicators[cells[0].text()]
            for region, cell in zip(self._codes, cells[2:], strict=True):
                said = "report: comparison of counties"
                yield Shown(said, indicator, region, "value", cell.text("i"), self._decimals[indicator])
                yield Shown(said, indicator, region, "status", cell.one("i").text())

    def _value(self, face: str, indicator: str, region: str, cell: Element) -> Iterator[Shown]:
        yield Shown(face, indicator, region, "value", _first(cell.text("small")), self._decimals[indicator])
        parts = cell.one("small").text().split("/")
        if len(parts) == 2:
            for field, part in zip(("numerator", "denominator"), parts, strict=True):
                yield Shown(face, indicator, region, field, part, 1 if "." in part else 0)

    def _pace(self, face: str, indicator: str, region: str, cell: Element) -> Iterator[Shown]:
        text = cell.text("small")
        if found := _BEHIND.match(text):
            yield Shown(face, indicator, region, "standing", "落后")
            if found[1] and not found[1].startswith("·"):
                yield Shown(face, indicator, region, "behind", _first(found[1]), 0)
            if found[2]:
                yield Shown(face, indicator, region, "gap_days", f"-{found[2]}", 0)
        elif found := _AHEAD.match(text):
            yield Shown(face, indicator, region, "standing", "领先")
            yield Shown(face, indicator, region, "gap_days", found[1], 0)
        else:
            yield Shown(face, indicator, region, "standing", {"–": "", "与进度持平": "持平"}.get(text, text))
        yield Shown(
            face, indicator, region, "shortfall", _first(cell.one("small").text().removeprefix("距目标差")), 0
        )

    def _target(self, text: str, indicator: str) -> tuple[str | None, int]:
        return _first(text), self._decimals[indicator] or 1


def _first(text: str) -> str | None:
    """The figure that begins a text with a unit behind it; a target's sign before it."""
    found = re.match(r"\s*(?:目标 )?[≥≤>=<≈]*\s*([−]?\d[\d\s]*(?:\.\d+)?)", text)
    return found[1] if found else None
