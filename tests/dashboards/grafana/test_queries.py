"""Every panel's query, run as Grafana's plugin would run it, on a simulated city in October."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.grafana.statuses import LIGHTS, label
from tests.dashboards.grafana.committed import BOARDS, Json, panels, read
from tests.dashboards.grafana.plugin import ALL, CONVERTIBLE, Filter, View, expand, is_number, is_time

YEAR = datetime(2022, 12, 31, 16, tzinfo=UTC), datetime(2023, 12, 31, 15, 59, 59, tzinfo=UTC)
"""The boards' own time range, in Jining's zone."""

LABELS = {label(status) for status in LIGHTS}


class Answer(NamedTuple):
    """What a query returned."""

    columns: Sequence[str]
    types: Sequence[str]
    rows: Sequence[tuple[Any, ...]]

    def column(self, name: str) -> list[Any]:
        at = list(self.columns).index(name)
        return [row[at] for row in self.rows]

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Target(NamedTuple):
    """A query of a panel."""

    board: str
    panel: Json
    query: Json

    @property
    def name(self) -> str:
        return f"{self.board}-{self.panel['title']}-{self.query['refId']}"


def targets() -> Iterator[Target]:
    for board in BOARDS:
        for panel in panels(read(board)):
            for query in panel["targets"]:
                if "rawSql" in query:
                    yield Target(board, panel, query)


TARGETS = list(targets())

every_query = pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])


class Boards:
    """The boards as a reader sees them: each with its variables at their defaults, or as chosen."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.first: dict[str, Answer] = {}
        """Answers of queries that were asked before, by their names."""

    def sql(self, sql: str) -> Answer:
        found = self._client.query(sql)
        return Answer(found.column_names, [kind.name for kind in found.column_types], list(found.result_rows))

    def defaults(self, board: str) -> dict[str, list[str]]:
        """As Grafana chooses them when a board is opened: what the board says, else the first option."""
        chosen: dict[str, list[str]] = {}
        for variable in read(board)["templating"]["list"]:
            match variable:
                case {"type": "query" | "custom", "current": {"value": value}}:
                    chosen[variable["name"]] = [value]
                case {"type": "query"}:
                    chosen[variable["name"]] = [self.options(board, variable["name"], chosen)[0]]
                case {"type": "adhoc" | "constant"}:
                    pass
                case _:
                    raise AssertionError(variable)
        return chosen

    def options(self, board: str, name: str, chosen: Mapping[str, Sequence[str]]) -> list[str]:
        """What a variable may be."""
        [variable] = [one for one in read(board)["templating"]["list"] if one["name"] == name]
        answer = self.sql(expand(variable["query"]["rawSql"], View(chosen, *YEAR)))
        return [row[0] for row in answer.rows]

    def ask(self, target: Target, filters: Sequence[Filter] = (), **chosen: str) -> Answer:
        """A query's answer. A row that repeats for all indicators is shown for the first, if none is chosen."""
        variables = self.defaults(target.board) | {name: [value] for name, value in chosen.items()}
        if variables.get("indicator") == [ALL]:
            variables["indicator"] = [self.options(target.board, "indicator", variables)[0]]
        return self.sql(expand(target.query["rawSql"], View(variables, *YEAR, filters=filters)))


def find(board: str, title: str, ref: str = "A") -> Target:
    [found] = [
        one
        for one in TARGETS
        if (one.board, one.query["refId"]) == (board, ref) and title in one.panel["title"]
    ]
    return found


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
    chosen = {"county": county, "action": "2"} if target.board == "action" else {"county": county}
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


def test_ad_hoc_values_are_offered(boards: Boards) -> None:
    """The plugin puts the chosen key in the place of its column."""
    for board in set(BOARDS) - {"running"}:
        listed = {one["name"]: one for one in read(board)["templating"]["list"]}
        for key in listed["filters"]["defaultKeys"]:
            sql = listed["clickhouse_adhoc_query"]["query"].replace("$__adhoc_column", key["value"])
            assert len(boards.sql(sql).rows) > 1


# --- The figures of the views ---


def test_statuses_in_the_boards_are_those_of_the_view(boards: Boards) -> None:
    view = boards.sql(
        "SELECT symbol, zh, color, rank FROM statuses WHERE status != 'none' ORDER BY rank DESC"
    )
    assert [(s.symbol, s.zh, s.color, s.rank) for s in LIGHTS] == list(view.rows)


@pytest.mark.parametrize("board", ["overview", "county", "wall"])
def test_counts_by_status(boards: Boards, board: str) -> None:
    target = find(board, "各状态指标数") if board == "wall" else find_exact(board, "各状态指标数")
    for county in ("济宁市", "任城区") if board != "county" else ("任城区",):
        answer = boards.ask(target, county=county)
        shown = {
            name.split("\u3000")[0]: value
            for name, value in zip(answer.column("name"), answer.column("value"), strict=True)
        }
        view = boards.sql(
            f"SELECT concat(status_symbol, ' ', status_zh), toInt64(count()) FROM lights_now "
            f"WHERE region_zh = '{county}' AND status != 'none' GROUP BY 1"
        )
        assert {name: value for name, value in shown.items() if value} == dict(view.rows)


def find_exact(board: str, title: str) -> Target:
    [found] = [one for one in TARGETS if one.board == board and one.panel["title"] == title]
    return found


def test_the_overview_s_actions_are_those_of_the_view(boards: Boards) -> None:
    answer = boards.ask(find("overview", "17项行动"))
    view = boards.sql(
        "SELECT toString(action), concat(status_symbol, ' ', status_zh), toInt64(overdue), toInt64(lagging), "
        "toInt64(at_risk), toInt64(on_track) FROM actions_now WHERE region_zh = '济宁市' AND status != 'none' "
        "ORDER BY action"
    )
    names = [
        "no",
        "状态",
        *(label(s) for s in LIGHTS if s.key in ("overdue", "lagging", "at_risk", "on_track")),
    ]
    assert [tuple(row[name] for name in names) for row in answer.dicts()] == list(view.rows)
    assert all(row["为什么"] for row in answer.dicts())


def test_the_heat_map_is_the_view_of_actions(boards: Boards) -> None:
    answer = boards.ask(find("overview", "县区 × 行动"))
    view = boards.sql(
        "SELECT region_zh, concat(toString(action), ' ', action_zh), concat(status_symbol, ' ', status_zh) "
        "FROM actions_now WHERE status != 'none'"
    )
    assert sorted(answer.rows) == sorted(view.rows)


def test_the_lagging_list_holds_what_the_lights_hold(boards: Boards) -> None:
    answer = boards.ask(find("overview", "落后清单"))
    view = boards.sql(
        "SELECT zh, round(value, decimals), round(expected, decimals), behind, round(gap_days, 1), since, why_zh "
        "FROM lights_now WHERE region_zh = '济宁市' AND status_rank >= 6"
    )
    names = ["指标", "现值", "按进度应有", "落后数", "超前(+)落后(-)天数", "自", "为什么"]
    assert {tuple(row[name] for name in names) for row in answer.dicts()} == set(view.rows)


def test_the_curves_end_at_the_lights_of_today(boards: Boards) -> None:
    """Value, expectation and target: every indicator in the city, and some in a county; and the fan after them."""
    pace, fan = find("action", "实际、应有进度与预测"), find("action", "实际、应有进度与预测", "B")
    lights = boards.sql(
        "SELECT toString(action) AS number, indicator, region_zh, value, expected, target FROM lights_now "
        "WHERE region_zh = '济宁市' OR (region_zh = '邹城市' AND action = 2)"
    )
    view = {row[:2]: row[2:] for row in boards.sql(
        "SELECT indicator, region, max(day), argMax(p10, day), argMax(p50, day), argMax(p90, day) FROM fan "
        "WHERE region = '370800' GROUP BY indicator, region"
    ).rows}  # fmt: skip
    fans = 0
    for light in lights.dicts():
        chosen = {"action": light["number"], "indicator": light["indicator"], "county": light["region_zh"]}
        assert boards.ask(pace, **chosen).rows[-1][1:] == (light["value"], light["expected"], light["target"])
        if light["region_zh"] == "济宁市":
            rows = boards.ask(fan, **chosen).dicts()
            expected = view.get((light["indicator"], "370800"))
            assert bool(rows) == (expected is not None)
            if expected is not None:
                fans += 1
                assert (rows[-1]["P10"], rows[-1]["P50"], rows[-1]["P90"]) == expected[1:]
                assert rows[0]["P10"] == rows[0]["P90"] == light["value"], "the fan opens at today's value"
    assert fans > 5


def test_the_county_s_ranks(boards: Boards) -> None:
    """Each county once; the same ranks as counted from the view by hand."""
    target = find("county", "全部指标")
    lights = boards.sql(
        "SELECT region_zh, zh, if(target > 0, value / target, value) FROM lights_now WHERE region_kind != 'city'"
    ).rows
    answer = boards.ask(target, county="邹城市").dicts()
    assert len(answer) == len({zh for _, zh, _ in lights})
    for row in answer:
        scores = [-1 if score is None else score for _, zh, score in lights if zh == row["指标"]]
        own = next(
            -1 if score is None else score
            for region, zh, score in lights
            if (region, zh) == ("邹城市", row["指标"])
        )
        assert row["名次"] == f"{1 + sum(score > own for score in scores)} / {len(scores)}"


def test_what_changed(boards: Boards) -> None:
    target = find("county", "本周期变了什么")
    for county in boards.options("county", "county", {}):
        answer = boards.ask(target, county=county, period="30")
        view = boards.sql(
            "SELECT c.day, n.zh FROM light_changes AS c INNER JOIN lights_now AS n "
            "ON n.indicator = c.indicator AND n.region = c.region "
            f"WHERE n.region_zh = '{county}' AND c.day > subtractDays(n.day, 30)"
        )
        assert sorted((row["日期"], row["指标"]) for row in answer.dicts()) == sorted(view.rows)


def test_the_balance_adds_up(boards: Boards) -> None:
    """收到 = 计入 + 重复 + 已被更新 + 冲突 + 退回 + 改键, and all is what the view of topics and days holds."""
    answer = boards.ask(find("quality", "收到的数据去了哪里"), period="30")
    received, *parts = answer.column("messages")
    assert received == sum(parts) > 0
    [[view]] = boards.sql(
        "SELECT toInt64(sum(received)) FROM balance "
        "WHERE day > subtractDays((SELECT day FROM clock), 30) AND day <= (SELECT day FROM clock)"
    ).rows
    assert received == view


def test_departments(boards: Boards) -> None:
    answer = boards.ask(find("quality", "各部门"))
    view = boards.sql(
        "SELECT department_zh, toInt64(received_7d), toInt64(refused_28d) FROM departments_now"
    ).rows
    assert sorted((row["部门"], row["近7天"], row["退回"]) for row in answer.dicts()) == sorted(view)


def test_refusals_by_reason(boards: Boards) -> None:
    answer = boards.ask(find("quality", "退回的原因"))
    reasons: dict[str, int] = {}
    for row in answer.dicts():
        reasons[row["原因"]] = reasons.get(row["原因"], 0) + row["条数"]
    view = boards.sql(
        "SELECT reason, toInt64(count()) FROM dead_letters FINAL "
        f"WHERE append_time >= '{YEAR[0]:%Y-%m-%d %H:%M:%S}' GROUP BY reason"
    )
    assert reasons == dict(view.rows)


def test_the_wall_shows_the_worst(boards: Boards) -> None:
    answer = boards.ask(find("wall", "各县区"))
    view = boards.sql(
        "SELECT region_zh, argMax(concat(status_symbol, ' ', status_zh), status_rank), countIf(status_rank >= 7) "
        "FROM lights_now WHERE status != 'none' GROUP BY region_zh"
    ).rows
    assert {(row["name"], row["value"].partition("项")[0]) for row in answer.dicts()} == {
        (region, f"{worst} {behind}") for region, worst, behind in view
    }
