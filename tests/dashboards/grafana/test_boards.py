"""The committed JSON: what the code makes, laid out so that nothing overlaps, and complete for who reads it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import __main__ as make
from dashboards.grafana.names import CLICKHOUSE, CLICKHOUSE_TYPE, PROMETHEUS, PROMETHEUS_TYPE
from tests.dashboards.grafana.committed import BOARDS, Json, panels, read, sources

HERE = Path(make.__file__).parent

every_board = pytest.mark.parametrize("name", BOARDS)


def test_the_committed_boards_are_what_the_code_makes() -> None:
    made = {make.file_name(board): make.text(board) for board in make.boards(make.scope())}
    committed = {path.name: path.read_text("utf-8") for path in make.FOLDER.iterdir()}
    assert committed == made, "dashboards/grafana changed: make boards"


@every_board
def test_the_sdk_reads_its_own_types_in_it(name: str) -> None:
    """Not one key that the schema of a Classic dashboard lacks, but for those that the SDK is known not to have."""
    board = read(name)
    again = json.loads(json.dumps(Dashboard.from_json(json.loads(json.dumps(board))), cls=JSONEncoder))
    lost = {re.sub(r"\[\d+\]", "", path) for path in set(_paths(board)) - set(_paths(again))}
    assert lost <= {"templating.list.defaultKeys.text", "templating.list.defaultKeys.value"}
    assert board["schemaVersion"] >= 39
    assert "elements" not in board, "the v2 schema"


def _paths(value: Any, at: str = "") -> Iterator[str]:
    """Where anything is."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, f"{at}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _paths(inner, f"{at}[{number}]")
    else:
        yield at


@every_board
def test_no_two_panels_overlap(name: str) -> None:
    boxes = [panel["gridPos"] for panel in read(name)["panels"]]
    assert all(box["x"] >= 0 and box["x"] + box["w"] <= 24 and box["h"] > 0 for box in boxes)
    for a, b in itertools.combinations(boxes, 2):
        apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"], f"{a} overlaps {b}"


@every_board
def test_ids_are_unique(name: str) -> None:
    numbers = [panel["id"] for panel in read(name)["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_uids_of_boards_are_unique_and_files_are_named_by_them() -> None:
    assert {read(name)["uid"] for name in BOARDS} == {f"pulse-{name}" for name in BOARDS}


@every_board
def test_data_sources_are_the_provisioned_ones(name: str) -> None:
    assert set(sources(read(name))) <= {(CLICKHOUSE_TYPE, CLICKHOUSE), (PROMETHEUS_TYPE, PROMETHEUS)}


def test_the_provisioned_data_sources_have_the_fixed_uids() -> None:
    file = yaml.safe_load((HERE / "provisioning/datasources/pulse.yaml").read_text("utf-8"))
    assert [(source["type"], source["uid"]) for source in file["datasources"]] == [
        (CLICKHOUSE_TYPE, CLICKHOUSE),
        (PROMETHEUS_TYPE, PROMETHEUS),
    ]
    assert all(source["editable"] is False for source in file["datasources"])


def test_the_home_board_is_one_of_the_provisioned() -> None:
    boards = yaml.safe_load((HERE / "provisioning/dashboards/pulse.yaml").read_text("utf-8"))
    [provider] = boards["providers"]
    folder = provider["options"]["path"]
    home = re.search(r"^default_home_dashboard_path = (.+)$", (HERE / "grafana.ini").read_text("utf-8"), re.M)
    assert home is not None
    assert home[1].rpartition("/")[0] == folder
    assert (make.FOLDER / home[1].rpartition("/")[2]).exists()


@every_board
def test_a_board_says_which_question_it_answers_and_a_panel_what_it_shows(name: str) -> None:
    board = read(name)
    assert "？" in board["description"]
    for panel in panels(board):
        assert panel["title"]
        assert panel["description"], panel["title"]


@every_board
def test_links_between_boards_keep_the_time_range(name: str) -> None:
    board = read(name)
    assert [(link["type"], link["keepTime"], link["includeVars"]) for link in board["links"]] == [
        ("dashboards", True, True)
    ]
    for url in re.findall(r'"url": "([^"]*)"', json.dumps(board, ensure_ascii=False)):
        found = re.fullmatch(r"/d/pulse-(\w+)\?\$\{__url_time_range\}((?:&var-\w+=\$\{[\w.]+\})*)", url)
        assert found, url
        target = read(found[1])
        known = {variable["name"] for variable in target["templating"]["list"]}
        assert set(re.findall(r"var-(\w+)=", found[2])) <= known


@pytest.mark.parametrize("name", sorted(set(BOARDS) - {"running"}))
def test_variables(name: str) -> None:
    """County and period everywhere, action (or one) where there are lights, and ad-hoc filters by county and department."""
    listed = {variable["name"]: variable for variable in read(name)["templating"]["list"]}
    action = {"quality": set(), "action": {"one_action"}}.get(name, {"action"})
    assert set(listed) >= {"county", "department", "period", "filters"} | action
    assert [key["value"] for key in listed["filters"]["defaultKeys"]] == ["region_zh", "department_zh"]
    assert listed["clickhouse_adhoc_query"]["type"] == "constant"


@pytest.mark.parametrize("name", BOARDS)
def test_what_no_query_colours_has_no_colour(name: str) -> None:
    """Where a table or a tile says no thresholds, Grafana's own make all green, and red from 80 on."""
    for panel in panels(read(name)):
        steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
        if panel["type"] == "table":
            assert steps == [{"value": None, "color": "transparent"}], panel["title"]
        elif panel["type"] == "stat" and panel["options"]["colorMode"] != "none":
            coloured = [one for one in panel.get("transformations", []) if one["id"] == "rowsToFields"]
            assert steps or coloured, panel["title"]


@pytest.mark.parametrize("name", BOARDS)
def test_numbers_have_units_and_lines_have_legends(name: str) -> None:
    for panel in panels(read(name)):
        if panel["type"] == "timeseries":
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
            assert panel["options"]["legend"]["showLegend"], panel["title"]


@pytest.mark.parametrize("name", BOARDS)
def test_cards_say_what_they_are_compared_with(name: str) -> None:
    for panel in panels(read(name)):
        if panel["type"] == "stat" and panel["title"] != "ClickHouse":
            assert "环比" in panel["description"], panel["title"]


@every_board
def test_a_light_is_never_a_colour_alone(name: str) -> None:
    """Whatever a mapping colours keeps its text: a symbol and a word."""

    def mappings(value: Any) -> Iterator[Json]:
        if isinstance(value, dict):
            if value.get("type") == "value" and "options" in value:
                yield value["options"]
            for inner in value.values():
                yield from mappings(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from mappings(inner)

    for options in mappings(read(name)):
        for result in options.values():
            assert re.fullmatch(r"\S \S+", result["text"]), result


def test_the_readers_of_a_light_can_read_why() -> None:
    """Every table with a column of lights has the column 为什么; the heat map and tiles lead to one."""
    for name in BOARDS:
        for panel in panels(read(name)):
            for target in panel["targets"]:
                sql = target.get("rawSql", "")
                if panel["type"] == "table" and "status_symbol" in sql and not panel.get("transformations"):
                    assert "why_zh" in sql and "为什么" in sql, panel["title"]  # noqa: PT018


def test_nothing_calls_out_of_an_intranet() -> None:
    settings = ConfigParser()
    settings.read(HERE / "grafana.ini", encoding="utf-8")
    assert not any(settings["analytics"].getboolean(key) for key in settings["analytics"])
    assert all(
        settings["plugins"].getboolean(key)
        for key in ("preinstall_disabled", "public_key_retrieval_disabled")
    )
    assert not settings["plugins"].getboolean("plugin_admin_enabled")
    assert not settings["news"].getboolean("news_feed_enabled")


def test_prometheus_is_read_at_the_pace_at_which_it_scrapes() -> None:
    """Else $__rate_interval holds too few samples for a rate."""
    sources_file = yaml.safe_load((HERE / "provisioning/datasources/pulse.yaml").read_text("utf-8"))
    scraped = yaml.safe_load((HERE.parents[1] / "deploy/prometheus.yml").read_text("utf-8"))
    assert sources_file["datasources"][1]["jsonData"]["timeInterval"] == scraped["global"]["scrape_interval"]
