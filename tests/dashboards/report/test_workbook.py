"""The workbook, opened again by another library."""

from __future__ import annotations

import io
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from dashboards.report.attribution import Part
from dashboards.report.page import Changed, Since
from dashboards.report.quarter import Quarter
from dashboards.report.reading import read
from dashboards.report.workbook import COLUMNS, HEAD, workbook
from tests.dashboards.report.small import CITY, FILING, INDICATORS, ONE, REPORT, TWO
from tests.dashboards.report.world import World

ALL = [CITY, ONE, TWO]


def _open(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def _rows(book: Workbook, name: str, head: int = 1) -> list[dict[str, Any]]:
    rows: list[list[Any]] = [[cell.value for cell in row] for row in book[name].iter_rows(min_row=head)]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_a_sheet_an_action_with_heads_that_stay() -> None:
    book = _open(workbook(REPORT, ALL, filing=FILING))
    assert book.sheetnames == ["说明", "概览", "01 就业行动", "02 养老行动", "报送及时性"]
    for name in book.sheetnames[2:4]:
        sheet = book[name]
        assert sheet.freeze_panes == f"D{HEAD + 2}"
        assert [cell.value for cell in sheet[HEAD + 1]] == [column.head for column in COLUMNS]
        assert sheet.auto_filter.ref
    about: dict[Any, Any] = {row[0].value: row[1].value for row in book["说明"].iter_rows(min_row=3)}
    assert about["备案"] == "JN-2023Q3-001（2023年10月12日 09:30备案，校验码 0123456789ab）"
    assert about["核验"].startswith("核验通过")


def test_numbers_are_numbers_with_their_formats() -> None:
    book = _open(workbook(REPORT, ALL))
    rows = _rows(book, "01 就业行动", HEAD + 1)
    assert [(row["指标"], row["地区"]) for row in rows] == [
        ("再就业", "某市"), ("再就业", "甲县"), ("再就业", "丙区"), ("制度文件", "某市"),
    ]  # fmt: skip
    jobs = rows[0]
    assert jobs["现值"] == 12_345
    assert jobs["落后数量"] == 7100
    assert jobs["达标概率"] == 0.004
    assert jobs["状态起始日"].date() == date(2023, 8, 1)
    assert jobs["状态"] == "▼ 滞后"
    assert rows[1]["目标"] is None
    sheet = book["02 养老行动"]
    formats = {column.head: sheet.cell(HEAD + 2, n + 1).number_format for n, column in enumerate(COLUMNS)}
    assert formats["现值"] == "#,##0.0"
    assert formats["达标概率"] == "0%"
    assert formats["分子"] == "#,##0.###"


def test_a_countys_workbook_has_nothing_of_others() -> None:
    book = _open(workbook(REPORT, [ONE]))
    text = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    assert "甲县" in text
    assert "丙区" not in text
    assert "制度文件" not in text


def test_differences_add_up_in_their_row() -> None:
    by = {"late": Part(Fraction(30), Fraction(0)), "correction": Part(Fraction(-2), Fraction(-1))}
    changed = Changed(
        INDICATORS[2],
        REPORT.region(TWO),
        Part(Fraction(780), Fraction(1000)),
        Part(Fraction(808), Fraction(999)),
        by,
    )
    book = _open(workbook(REPORT, ALL, filing=FILING, since=Since("", {}, [changed])))
    (row,) = _rows(book, "备案后变化")
    for part in ("分子", "分母"):
        codes = [f"{code}({part})" for code in ("口径变化", "迟报", "更正", "作废")]
        assert row[f"备案{part}"] + sum(row[code] for code in codes) == row[f"现在{part}"]


def test_the_workbook_has_what_the_views_have(world: World) -> None:
    report = read(world.client, Quarter(2023, 2))
    book = _open(workbook(report, [region.code for region in report.regions]))
    found = {
        (row["指标编号"], row["区划代码"]): (row["分子"], row["分母"], row["现值"])
        for row in _rows(book, "01 一", HEAD + 1)
    }
    rows = world.client.query(
        "SELECT indicator, region, numerator, denominator, value FROM indicator_at(day = '2023-06-30') "
        "WHERE level IN ('city', 'county')"
    ).result_rows
    assert len(rows) == len(found)
    for indicator, region, *figure in rows:
        # A workbook keeps 16 digits, a float has 17.
        right = [None if part is None else pytest.approx(part, rel=1e-15) for part in figure]
        assert list(found[indicator, region]) == right, (indicator, region)


@pytest.mark.parametrize(
    "name", ["=cmd|'/c calc'!A1", "+1+1", "@SUM(1)", "https://example.com/x", "[/r]/:*?\\'"]
)
def test_text_is_text_and_no_formula_or_link(name: str) -> None:
    actions = tuple(msgspec.structs.replace(action, zh=name) for action in REPORT.actions)
    indicators = tuple(msgspec.structs.replace(one, zh=name) for one in REPORT.indicators)
    report = msgspec.structs.replace(REPORT, actions=actions, indicators=indicators, plan_zh=name)
    book = _open(workbook(report, ALL))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == name]
    assert len(cells) > len(indicators)
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
