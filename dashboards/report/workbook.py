"""Writes a report as an Excel workbook: numbers with formats, one sheet for each action, frozen headings. Pure."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date
from typing import Any, NamedTuple

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from dashboards.report import words
from dashboards.report.attribution import CODES
from dashboards.report.model import Figure, Filing, Indicator, Region, Report
from dashboards.report.page import Since, View
from schemas.visible import visible

Cell = float | int | str | date | None

_FONT = "Microsoft YaHei"
_ACCENT, _QUIET = "#17486b", "#5d6b7a"
_DAYS, _WHOLE, _PERCENT, _DATE, _MIXED = "#,##0.0", "#,##0", "0%", "yyyy-mm-dd", "#,##0.###"


class Column(NamedTuple):
    """A column of an action's sheet. `form`: number format; empty for text, "value" for the indicator's own format."""

    head: str
    width: int
    form: str
    of: Callable[[Indicator, Region, Figure, str], Cell]


COLUMNS = (
    Column("指标编号", 24, "", lambda i, r, f, s: i.id),
    Column("指标", 28, "", lambda i, r, f, s: i.zh),
    Column("地区", 14, "", lambda i, r, f, s: r.zh),
    Column("区划代码", 10, "", lambda i, r, f, s: r.code),
    Column("状态", 10, "", lambda i, r, f, s: s),
    Column("现值", 12, "value", lambda i, r, f, s: f.value),
    Column("单位", 7, "", lambda i, r, f, s: i.unit),
    Column("分子", 12, _MIXED, lambda i, r, f, s: f.numerator),
    Column("分母", 12, _MIXED, lambda i, r, f, s: f.denominator),
    Column("目标", 11, _MIXED, lambda i, r, f, s: f.target),
    Column("应有进度", 11, _DAYS, lambda i, r, f, s: f.expected),
    Column("与进度之差", 11, _DAYS, lambda i, r, f, s: f.gap),
    Column("折合天数", 10, _DAYS, lambda i, r, f, s: f.gap_days),
    Column("落后数量", 10, _WHOLE, lambda i, r, f, s: f.behind),
    Column("距目标差", 10, _WHOLE, lambda i, r, f, s: f.shortfall),
    Column("数量单位", 9, "", lambda i, r, f, s: i.pieces),
    Column("剩余天数", 9, _WHOLE, lambda i, r, f, s: f.days_left),
    Column("达标概率", 9, _PERCENT, lambda i, r, f, s: f.chance),
    Column("预计到期值", 11, _DAYS, lambda i, r, f, s: f.p50),
    Column("状态起始日", 12, _DATE, lambda i, r, f, s: f.since),
    Column("责任单位", 26, "", lambda i, r, f, s: i.department_zh),
    Column("判断依据", 90, "", lambda i, r, f, s: f.why),
)
"""The columns of an action's sheet. The third row has the headings; the data begin in the fourth."""

HEAD = 2
"""Index (from 0) of the row with the headings of an action's sheet."""


def workbook(
    report: Report, codes: Sequence[str], *, filing: Filing | None = None, since: Since | None = None
) -> bytes:
    """The workbook for the regions `codes`; the first one is the region of the summary. The same report gives
    the same bytes. Raises KeyError for an unknown region."""
    view = View(report, report.region(codes[0]), filing, since)
    out = io.BytesIO()
    book = Workbook(
        out,
        {
            "in_memory": True,
            "default_date_format": _DATE,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,  # text that looks like a number stays text
        },
    )
    book.set_properties(
        {
            "title": f"{view.region.zh}{report.quarter.zh}工作进展情况报告",
            "subject": report.plan_zh,
            "created": report.as_of.astimezone(UTC).replace(tzinfo=None),
        }
    )
    sheets = _Sheets(book)
    regions = [report.region(code) for code in codes]
    sheets.about(view)
    sheets.overview(view, regions)
    for overview in view.overviews:
        if overview.rows:
            indicators = [row.indicator for row in overview.rows]
            sheets.action(
                view, _sheet_name(f"{overview.action.no:02d} {overview.action.zh}"), indicators, regions
            )
    sheets.arrivals(view, regions)
    if since is not None:
        sheets.changes(since, regions)
    book.close()
    return out.getvalue()


def _sheet_name(text: str) -> str:
    """A sheet name that Excel allows: 31 characters, without brackets, slashes, colons, asterisks and question marks."""
    return re.sub(r"[][:*?/\\]", " ", visible(text))[:31].rstrip("'")


class _Sheets:
    """Writes the sheets. Each format is created only once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def about(self, view: View) -> None:
        """Sheet with the report's title, date of the data, verification and filing."""
        sheet, report = self._sheet("说明"), view.report
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 96)
        sheet.write(
            0, 0, f"{view.region.zh}{report.quarter.zh}工作进展情况报告", self._form(bold=True, size=16)
        )
        lines = {
            "方案": report.plan_zh,
            "报告期": f"{words.day(report.quarter.first)}至{words.day(report.day)}",
            "数据截至": words.as_of(report.as_of, report.zone),
            "指标目录": f"{report.plan} · {report.catalogue}",
            "计数代次": report.generation,
            "核验": words.verdict(report.verdict, report.zone),
            "备案": words.state(report, view.filing),
            "总体情况": view.headline,
        }
        for row, (name, text) in enumerate(lines.items(), 2):
            sheet.write(row, 0, name, self._form(color=_QUIET))
            sheet.write_string(row, 1, text, self._form(wrap=True))

    def overview(self, view: View, regions: Sequence[Region]) -> None:
        """Sheet with the number of lights of each status, by region."""
        report = view.report
        statuses = [status for status in report.statuses if status.rank]
        sheet = self._sheet("概览")
        heads = ["区划代码", "地区", *(f"{status.symbol} {status.zh}" for status in statuses), "需推进合计"]
        self._heads(sheet, 0, heads, [10, 16, *(11 for _ in statuses), 11])
        for row, region in enumerate(regions, 1):
            lights = [
                report.figure_of[indicator.id, region.code].status
                for indicator in report.indicators
                if (indicator.id, region.code) in report.figure_of
            ]
            sheet.write_string(row, 0, region.code, self._form())
            sheet.write_string(row, 1, region.zh, self._form())
            for column, status in enumerate(statuses, 2):
                sheet.write_number(
                    row, column, lights.count(status.status), self._form(form=_WHOLE, color=status.color)
                )
            worst = sum(lights.count(status.status) for status in statuses if status.rank >= 5)
            sheet.write_number(row, 2 + len(statuses), worst, self._form(form=_WHOLE, bold=True))
        sheet.freeze_panes(1, 2)

    def action(
        self, view: View, name: str, indicators: Sequence[Indicator], regions: Sequence[Region]
    ) -> None:
        """Sheet of an action: its indicators, each in every region that has it."""
        report, sheet = view.report, self._sheet(name)
        sheet.write(0, 0, name, self._form(bold=True, size=14, color=_ACCENT))
        until = words.as_of(report.as_of, report.zone)
        said = f"{report.quarter.zh} · 数据截至 {until} · {words.state(report, view.filing)}"
        sheet.write(1, 0, said, self._form(color=_QUIET))
        self._heads(sheet, HEAD, [c.head for c in COLUMNS], [c.width for c in COLUMNS])
        row = HEAD
        for indicator in indicators:
            for region in regions:
                if region.kind != "city" and indicator.finest == "city":
                    continue
                row += 1
                figure = report.figure_of[indicator.id, region.code]
                status = view.status(figure)
                for n, column in enumerate(COLUMNS):
                    light = f"{status.symbol} {status.zh}" if status.rank else "—"
                    form = column.form
                    if form == "value":
                        form = "#,##0" + ("." + "0" * indicator.decimals if indicator.decimals else "")
                    color = status.color if column.head == "状态" and status.rank else ""
                    bold = column.head == "现值"
                    self._cell(
                        sheet,
                        row,
                        n,
                        column.of(indicator, region, figure, light),
                        form=form,
                        color=color,
                        bold=bold,
                    )
        sheet.freeze_panes(HEAD + 1, 3)
        sheet.autofilter(HEAD, 0, max(row, HEAD), len(COLUMNS) - 1)

    def arrivals(self, view: View, regions: Sequence[Region]) -> None:
        """Sheet about how promptly records arrived."""
        report, sheet = view.report, self._sheet("报送及时性")
        heads = [
            "区划代码",
            "地区",
            "报送单位",
            "记录数",
            "季后补报",
            "半数时延（小时）",
            "九成时延（小时）",
            "最后一次",
        ]
        self._heads(sheet, 0, heads, [10, 16, 28, 10, 10, 15, 15, 12])
        names = {region.code: region.zh for region in regions}
        order = {region.code: n for n, region in enumerate(regions)}
        shown = sorted(
            (one for one in report.arrivals if one.region in names), key=lambda one: order[one.region]
        )
        for row, one in enumerate(shown, 1):
            forms = ("", "", "", _WHOLE, _WHOLE, _DAYS, _DAYS, _DATE)
            cells = (
                one.region, names[one.region], view.departments.get(one.department, one.department), one.records,
                one.after_end, one.p50, one.p90, one.last,
            )  # fmt: skip
            for column, (cell, form) in enumerate(zip(cells, forms, strict=True)):
                self._cell(sheet, row, column, cell, form=form)
        sheet.freeze_panes(1, 3)
        sheet.autofilter(0, 0, max(1, len(shown)), len(heads) - 1)

    def changes(self, since: Since, regions: Sequence[Region]) -> None:
        """Sheet with filed figures, today's, and the differences by code; each row adds up."""
        sheet = self._sheet("备案后变化")
        kinds = [f"{words.CODES[code]}({part})" for code in CODES for part in ("分子", "分母")]
        heads = [
            "指标编号",
            "指标",
            "区划代码",
            "地区",
            "备案分子",
            "备案分母",
            *kinds,
            "现在分子",
            "现在分母",
        ]
        self._heads(sheet, 0, heads, [24, 28, 10, 14, *(14 for _ in heads[4:])])
        codes = {region.code for region in regions}
        for row, one in enumerate((c for c in since.changed if c.region.code in codes), 1):
            differences = [one.by.get(code) for code in CODES]
            cells: list[Cell] = [
                one.indicator.id, one.indicator.zh, one.region.code, one.region.zh,
                float(one.filed.numerator), float(one.filed.denominator),
                *(float(n) for part in differences for n in (part or (0, 0))),
                float(one.today.numerator), float(one.today.denominator),
            ]  # fmt: skip
            for column, cell in enumerate(cells):
                self._cell(sheet, row, column, cell, form=_MIXED if column > 3 else "")
        sheet.freeze_panes(1, 4)

    def _sheet(self, name: str) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        return sheet

    def _heads(self, sheet: Worksheet, row: int, heads: Sequence[str], widths: Sequence[int]) -> None:
        for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(row, column, head, self._form(bold=True, color="#ffffff", ground=_ACCENT))
        sheet.repeat_rows(row)

    def _cell(
        self,
        sheet: Worksheet,
        row: int,
        column: int,
        cell: Cell,
        *,
        form: str = "",
        color: str = "",
        bold: bool = False,
    ) -> None:
        look = self._form(form=form, color=color, bold=bold)
        if cell is None:
            sheet.write_blank(row, column, None, look)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, look)
        elif isinstance(cell, str):
            sheet.write_string(row, column, cell, look)
        else:
            sheet.write_number(row, column, cell, look)

    def _form(
        self,
        *,
        form: str = "",
        color: str = "",
        ground: str = "",
        bold: bool = False,
        size: int = 10,
        wrap: bool = False,
    ) -> Format:
        words: dict[str, Any] = {"font_name": _FONT, "font_size": size, "valign": "top"}
        given = {"num_format": form, "font_color": color, "bg_color": ground, "bold": bold, "text_wrap": wrap}
        words |= {name: value for name, value in given.items() if value}
        key = tuple(words.items())
        if key not in self._formats:
            self._formats[key] = self._book.add_format(words)
        return self._formats[key]
