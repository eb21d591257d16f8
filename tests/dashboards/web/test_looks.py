from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dashboards.web import charts, theme
from dashboards.web.address import Language, View
from dashboards.web.markup import Html, join, tag
from dashboards.web.model.findings import Findings
from dashboards.web.pages import action, cards, county, feeds, indicator, lagging, overview, wall
from dashboards.web.tables import Cell, Column, Table, body, to_csv
from dashboards.web.texts import say
from dashboards.web.theme import PALETTES, contrast, ink_on
from tests.dashboards.web.town import (
    CONFLICTS,
    COUNTIES,
    FRAME,
    ORPHANS,
    REFUSALS,
    STATUS_ROWS,
    course,
    games,
    light,
    snapshot,
)


@given(st.text())
def test_text_is_never_markup(text: str) -> None:
    shown = tag("p", text, title=text)
    inside = shown.removeprefix("<p title=").removesuffix("</p>")
    assert "<" not in inside
    assert join(text, Html("<br>")).endswith("<br>")


def test_attributes() -> None:
    assert tag("a", "x < y", class_="link", href="/?a=1&b=2", hidden=True, title=None) == (
        '<a class="link" href="/?a=1&amp;b=2" hidden>x &lt; y</a>'
    )


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_stands_out_as_wcag_asks(name: str) -> None:
    palette = PALETTES[name]  # type: ignore[index]
    for ground in (palette.paper, palette.surface):
        for ink in (palette.ink, palette.muted, palette.accent):
            assert contrast(ink, ground) >= 4.5, (ink, ground)
    assert contrast(palette.on_accent, palette.accent) >= 4.5


@pytest.mark.parametrize("row", STATUS_ROWS, ids=lambda row: row.status)
def test_a_symbol_reads_on_its_colour(row: object) -> None:
    for color in (row.color, row.color_dark):  # type: ignore[attr-defined]
        assert contrast(ink_on(color), color) >= 4.5


def test_no_two_statuses_share_a_symbol_or_a_word() -> None:
    assert (
        len({row.symbol for row in STATUS_ROWS}) == len({row.zh for row in STATUS_ROWS}) == len(STATUS_ROWS)
    )


@pytest.mark.parametrize(
    ("query", "url"),
    [
        ({}, "/action/3"),
        ({"lang": "en"}, "/action/3?lang=en"),
        ({"theme": "dark", "region": "990001"}, "/action/3?region=990001&theme=dark"),
        ({"wall": ""}, "/action/3?wall="),
        ({"wall": "", "theme": "light"}, "/action/3?theme=light&wall="),
        ({"lang": "klingon", "utm": "x"}, "/action/3"),
    ],
)
def test_an_address_says_all_that_is_seen(query: dict[str, str], url: str) -> None:
    view = View.of("/action/3", query)
    assert view.url() == url
    assert View.of("/action/3", query) == view


def test_a_csv_is_what_a_spreadsheet_reads() -> None:
    table = Table(
        "t",
        "T",
        [Column("名称"), Column("数")],
        [[Cell("x", "=SUM(A1)"), Cell("y", -1.5)], [Cell("", "a,b"), Cell("", None)]],
    )
    text = to_csv(table)
    assert text.startswith("\ufeff".encode())
    assert list(csv.reader(io.StringIO(text.decode("utf-8-sig")))) == [
        ["名称", "数"],
        ["'=SUM(A1)", "-1.5"],
        ["a,b", ""],
    ]


def test_a_month_s_line_is_broken_where_the_next_one_begins() -> None:
    drawn = charts.course(course(), light(), FRAME.plan, View(), PALETTES["light"])
    value, pace, target, floor, band, median = drawn["series"]
    assert [point[1] for point in value["data"]].count(None) == 1
    assert ["2023-05-01", 3.0] in value["data"]
    assert target["data"] == [["2023-01-01", 100.0], ["2023-12-31", 100.0]]
    assert floor["data"][-1] == ["2023-07-07", 20.0]
    assert band["data"][-1] == ["2023-07-07", 5.0]
    assert median["data"][0] == ["2023-06-30", 90.0]
    assert pace["name"] == "应有进度"


def test_without_a_forecast_there_is_no_fan() -> None:
    drawn = charts.course(course()._replace(ahead=()), light(), FRAME.plan, View(), PALETTES["light"])
    assert not any(series["data"] for series in drawn["series"][3:])
    assert len(drawn["legend"]["data"]) == 3


def test_a_chart_that_grows_wide_gets_the_wide_grid_again() -> None:
    """ECharts undoes a media query only by another one: the last, which has no condition, is for all other widths."""
    drawn = charts.course(course(), light(), FRAME.plan, View(), PALETTES["light"])
    narrow, other = drawn["media"]
    assert narrow["query"] == {"maxWidth": charts.NARROW}
    assert narrow["option"]["grid"]["top"] > drawn["grid"]["top"]
    assert other == {"option": {"grid": {"top": drawn["grid"]["top"]}}}


CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]+")


def test_the_english_board_is_english_down_to_its_tables_and_csv() -> None:
    """All but the plan's own sentence, which says that it is Chinese."""
    shown, view = snapshot(), View(lang="en")
    year = course()._replace(days=[structs.replace(day, why_zh="") for day in course().days])
    pages = [
        overview.page(shown, view),
        wall.page(shown, view),
        action.page(shown, view, FRAME.actions[0]),
        county.page(shown, view, FRAME.regions[1]),
        indicator.page(shown, view, shown.lights[0], year),
        indicator.page(shown, view, shown.lights[1], year),
        feeds.page(shown, view, Findings(REFUSALS, ORPHANS, CONFLICTS)),
    ]
    for page in pages:
        assert CHINESE.findall(page.title) == []
        for piece in page.pieces:
            if piece.key != "sentence":
                assert CHINESE.findall(f"{piece.html}{piece.label}{piece.chart}") == [], piece.key
        for table in page.tables:
            assert CHINESE.findall(to_csv(table).decode()) == [], table.key


def test_a_csv_says_the_unit_that_stands_beside_each_figure_on_the_page() -> None:
    shown = snapshot(light(), games(), games(COUNTIES[0]))
    units: dict[Language, str] = {"zh": "场", "en": "events"}
    for lang, unit in units.items():
        page = indicator.page(shown, View(lang=lang), shown.lights[1], course())
        for key in ("days", "months", "counties"):
            table = page.table(key)
            assert table is not None
            titles, *rows = csv.reader(io.StringIO(to_csv(table).decode("utf-8-sig")))
            at = titles.index(say(lang, "unit"))
            assert {row[at] for row in rows} == {unit}, key
        shown_table = page.table("counties")
        assert shown_table is not None
        assert say(lang, "unit") not in body(shown_table, View(lang=lang))


def test_cards_are_worst_first_and_say_which_indicator_it_is() -> None:
    shown = cards.panel(snapshot(), View())
    assert shown.index("养老服务") < shown.index("体育服务")
    assert "月探访率" in shown
    assert "滞后" in shown


@given(st.integers(1, 60), st.sampled_from(cards.COLUMNS))
def test_the_cards_fill_their_last_row(number: int, columns: int) -> None:
    wide, high = cards.lead(number, columns)
    assert 1 <= wide <= columns
    assert (number - 1 + wide * high) % columns == 0


def test_one_indicator_that_lags_everywhere_does_not_hide_the_others() -> None:
    lights = [light(position=n, indicator="a01.visits" if n < 9 else f"a01.other{n}") for n in range(12)]
    kept = lagging.spread(lights, 6)
    assert [each.indicator for each in kept] == ["a01.visits"] * 3 + [
        "a01.other9",
        "a01.other10",
        "a01.other11",
    ]


def test_the_stylesheet_has_every_status_in_both_themes() -> None:
    for name in ("light", "dark"):
        css = theme.stylesheet(STATUS_ROWS, name)
        assert all(f".s-{row.status}{{" in css for row in STATUS_ROWS)
        assert "http" not in css
