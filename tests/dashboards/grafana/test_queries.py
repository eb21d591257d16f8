"""Every panel's query, run as Grafana's plugin would run it, on a simulated city in October."""

from __future__ import annotations

import re
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.grafana.queries import seen
from dashboards.grafana.statuses import LIGHTS, label
from tests.dashboards.grafana.boards import TARGETS, Answer, Boards, Target, copied, find
from tests.dashboards.grafana.committed import BOARDS, read
from tests.dashboards.grafana.plugin import CONVERTIBLE, Filter, is_number, is_time

LABELS = {label(status) for status in LIGHTS}


every_query = pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])


@pytest.fixture(scope="module")
def boards(city: Client) -> Boards:
    return Boards(city)


# --- Every query ---


@every_query
def test_it_returns_something_in_types_that_the_plugin_turns_into_fields(
    boards: Boards, target: Target
) -> None:
    answer = first_that_answers(boards, target)
    for name, kind in zip(answer.columns, answer.types, strict=True):
        assert CONVERTIBLE.fullmatch(kind), f"{name} {kind}"


def first_that_answers(boards: Boards, target: Target) -> Answer:
    """The answer for the first county (the city's choice first) in which there is one. Fails where there is none."""
    if target.name in boards.first:
        return boards.first[target.name]
    chosen = boards.defaults(target.board)
    for county in dict.fromkeys([chosen["county"][0], *boards.options(target.board, "county", chosen)]):
        if (answer := boards.ask(target, county=county)).rows:
            boards.first[target.name] = answer
            return answer
    raise AssertionError(f"{target.name} returns nothing in any county")


@every_query
def test_it_has_the_columns_that_its_panel_shows(boards: Boards, target: Target) -> None:
    answer = first_that_answers(boards, target)
    kinds = dict(zip(answer.columns, answer.types, strict=True))
    transformations = {one["id"]: one["options"] for one in target.panel.get("transformations", [])}
    if target.query["refId"] == "unit":
        assert set(kinds) == {"unit", "decimals"}
        assert len(answer.rows) == 1
        return
    if target.panel["type"] == "timeseries":
        assert target.query["format"] == 0
        first, *others = answer.columns
        assert first == "time"
        assert is_time(kinds["time"])
        assert not kinds["time"].startswith("Nullable"), "a series needs a time in every row"
        times = answer.column("time")
        assert times == sorted(times), "a long frame becomes a wide one only where its times are in order"
        assert any(is_number(kinds[name]) for name in others)
        words = [answer.column(name) for name in others if not is_number(kinds[name])]
        keys = list(zip(times, *words, strict=True))
        assert len(set(keys)) == len(keys), "two values for one point of a line"
        return
    assert target.query["format"] == 1
    if "groupingToMatrix" in transformations:
        options = transformations["groupingToMatrix"]
        names = options["rowField"], options["columnField"], options["valueField"]
        assert set(names) == set(answer.columns)
        cells = list(zip(answer.column(names[0]), answer.column(names[1]), strict=True))
        assert len(set(cells)) == len(cells), "two values for one cell"
    elif "rowsToFields" in transformations:
        mapped = {one["handlerKey"]: one["fieldName"] for one in transformations["rowsToFields"]["mappings"]}
        assert set(mapped.values()) == set(answer.columns)
        assert all(re.fullmatch(r"#[0-9A-F]{6}", color) for color in answer.column(mapped["color"]))
        names_shown = answer.column(mapped["field.name"])
        assert len(set(names_shown)) == len(names_shown), "two tiles of one name"
    elif target.panel["type"] == "stat":
        pattern = target.panel["options"]["reduceOptions"]["fields"].strip("/")
        assert [name for name in answer.columns if re.fullmatch(pattern.strip("^$"), name)]
    for override in target.panel["fieldConfig"]["overrides"]:
        if override["matcher"]["id"] == "byName" and "groupingToMatrix" not in transformations:
            assert override["matcher"]["options"] in answer.columns, (
                "an override of a column that is not there"
            )


@every_query
def test_lights_are_written_as_symbol_and_word(boards: Boards, target: Target) -> None:
    answer = first_that_answers(boards, target)
    for name in set(answer.columns) & {"状态", "上期", "由", "变为"}:
        assert set(answer.column(name)) - {"—", ""} <= LABELS


@every_query
@pytest.mark.parametrize("key", ["region_zh", "department_zh"])
def test_an_ad_hoc_filter_leaves_less_and_breaks_nothing(boards: Boards, target: Target, key: str) -> None:
    county = "任城区"
    value = county if key == "region_zh" else "济宁市民政局"
    chosen = {"county": county, "one_action": "2"} if target.board == "action" else {"county": county}
    everything = boards.ask(target, **chosen)
    filtered = boards.ask(target, [Filter(key, "=", value)], **chosen)
    if filtered.rows:  # the embedded engine names no columns where there are no rows
        assert filtered.columns == everything.columns
    assert len(filtered.rows) <= len(everything.rows)


@pytest.mark.parametrize("board", sorted(set(BOARDS) - {"running"}))
def test_variables_have_options(boards: Boards, board: str) -> None:
    chosen = boards.defaults(board)
    for variable in read(board)["templating"]["list"]:
        if variable["type"] == "query":
            assert boards.options(board, variable["name"], chosen), variable["name"]


def test_variables_of_one_name_offer_the_same_on_all_boards(boards: Boards) -> None:
    """Links between boards carry them, and Grafana keeps a value that is no option: a panel would be empty, or fail."""
    offered: dict[str, Any] = {}
    for board in sorted(set(BOARDS) - {"running"}):
        chosen = boards.defaults(board)
        for variable in read(board)["templating"]["list"]:
            if variable["type"] in ("query", "custom"):
                name = variable["name"]
                what = (variable["multi"], variable["includeAll"], set(boards.options(board, name, chosen)))
                assert offered.setdefault(name, what) == what, f"{name} on {board}"


def test_ad_hoc_values_are_offered(boards: Boards) -> None:
    """The plugin puts the chosen key in the place of its column."""
    for board in set(BOARDS) - {"running"}:
        listed = {one["name"]: one for one in read(board)["templating"]["list"]}
        for key in listed["filters"]["defaultKeys"]:
            sql = listed["clickhouse_adhoc_query"]["query"].replace("$__adhoc_column", key["value"])
            assert len(boards.sql(sql).rows) > 1


def test_a_board_says_the_same_of_copied_views(boards: Boards, city: Client) -> None:
    """All queries: what tests/lights/test_agreement.py reads of copies is what the views say, row by row."""
    chosen = {"county": "邹城市", "one_action": "2", "period": "30"}
    alone = {target.name: boards.ask(target, **chosen) for target in TARGETS}
    with copied(city) as others:
        assert {target.name: others.ask(target, **chosen) for target in TARGETS} == alone


# --- The figures of the views: tests/lights/test_agreement.py has the rest ---


def test_statuses_in_the_boards_are_those_of_the_view(boards: Boards) -> None:
    view = boards.sql(
        "SELECT symbol, zh, color, rank FROM statuses WHERE status != 'none' ORDER BY rank DESC"
    )
    assert [(s.symbol, s.zh, s.color, s.rank) for s in LIGHTS] == list(view.rows)


def test_the_balance_adds_up(boards: Boards) -> None:
    """收到 = 计入 + 重复 + 已被更新 + 冲突 + 退回 + 改键 + 其他方案, and all is what the view of topics and days holds."""
    answer = boards.ask(find("quality", "收到的数据去了哪里"), period="30")
    received, *parts = answer.column("messages")
    assert received == sum(parts) > 0
    [[view]] = boards.sql(
        "SELECT toInt64(sum(received)) FROM balance "
        "WHERE day > subtractDays((SELECT day FROM clock), 30) AND day <= (SELECT day FROM clock)"
    ).rows
    assert received == view


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[/r] 济宁 {x}", "[/r] 济宁 {x}"), ("\u202eelder\u202c", "�elder�"), ("\x1b[31mred", "�[31mred"),
        ("a\u200bb\ufeff\u2028", "a�b��"),
    ],
)  # fmt: skip
def test_text_from_outside_shows_what_is_not_seen(city: Client, text: str, shown: str) -> None:
    found = city.query(f"SELECT {seen('{text:String}')}", parameters={"text": text}).result_rows
    assert found == [(shown,)]
