"""Views as text: the exact statements and queries, their order, and whether each says truly what it reads."""

from __future__ import annotations

import re
from graphlib import CycleError

import pytest
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.views.create import views
from sinks.clickhouse.views.dimensions import clock
from sinks.clickhouse.views.few import days_of
from sinks.clickhouse.views.view import View, in_order, select_as_if
from sinks.clickhouse.views.written import filled, parsed
from tests.sinks import plan

CELLS = View("cells_now", "SELECT * FROM cells\nWHERE live")
DAYS = View("days", "SELECT 1 AS day")
SUMS = View("sums", "SELECT sum(value) AS n FROM cells_now", reads=("cells_now",))
RESULT = View("result", "SELECT n, day FROM sums CROSS JOIN days", reads=("days", "sums"))
ALL = (RESULT, SUMS, DAYS, CELLS)


def test_a_view_as_a_statement_and_as_a_part_of_a_query() -> None:
    assert CELLS.create() == "CREATE OR REPLACE VIEW cells_now AS\nSELECT * FROM cells\nWHERE live"
    assert CELLS.inline() == "cells_now AS (\nSELECT * FROM cells\nWHERE live\n)"


def test_each_view_stands_behind_what_it_reads() -> None:
    names = [view.name for view in in_order(ALL)]
    assert sorted(names) == ["cells_now", "days", "result", "sums"]
    assert names.index("cells_now") < names.index("sums") < names.index("result")
    assert names.index("days") < names.index("result")


def test_what_a_view_reads_may_stand_in_the_database_already() -> None:
    assert in_order([SUMS]) == [SUMS]


def test_views_that_read_each_other_are_an_error() -> None:
    with pytest.raises(CycleError):
        in_order([View("a", "", reads=("b",)), View("b", "", reads=("a",))])


def test_what_leads_from_a_stand_in_to_the_view_is_written_inline_and_nothing_else() -> None:
    assert select_as_if("result", ALL, [View("cells_now", "SELECT 1 AS value")]) == (
        "WITH\n"
        "cells_now AS (\nSELECT 1 AS value\n),\n"
        "sums AS (\nSELECT sum(value) AS n FROM cells_now\n),\n"
        "result AS (\nSELECT n, day FROM sums CROSS JOIN days\n)\n"
        "SELECT * FROM result"
    )


def test_what_a_stand_in_does_not_read_is_left_out() -> None:
    query = select_as_if(
        "result", ALL, [View("sums", "SELECT 0 AS n"), View("cells_now", "SELECT 1 AS value")]
    )
    assert query == (
        "WITH\nsums AS (\nSELECT 0 AS n\n),\nresult AS (\nSELECT n, day FROM sums CROSS JOIN days\n)\nSELECT * FROM result"
    )


def test_a_file_says_what_it_reads() -> None:
    text = "-- Why.\n-- reads: plan, terms\nSELECT $city AS code\nFROM plan, terms\n"
    view = parsed("codes", text)
    assert view == View("codes", "-- Why.\nSELECT $city AS code\nFROM plan, terms", reads=("plan", "terms"))
    assert parsed("one", "-- reads:\nSELECT 1") == View("one", "SELECT 1")
    assert (
        filled([view], {"city": "'370800'"})[0].body == "-- Why.\nSELECT '370800' AS code\nFROM plan, terms"
    )
    with pytest.raises(KeyError, match="city"):
        filled([view], {"zone": "'Asia/Shanghai'"})
    with pytest.raises(ValueError, match=r"view codes: expected one line '-- reads: …', found 0"):
        parsed("codes", "SELECT 1")


def test_every_view_reads_what_it_says(client: Client) -> None:
    """ClickHouse's own parser names the tables and table functions of a query."""
    every = [*views(plan.CATALOGUE, plan.REGIONS), clock(plan.CATALOGUE, plan.REGIONS, "stream")]
    names = {view.name for view in every}
    assert len(names) == len(every)
    for view in every:
        tree = client.query(f"EXPLAIN AST CREATE VIEW one AS {view.body}").result_rows
        read = set(re.findall(r"(?:TableIdentifier|Function) (\w+)", "\n".join(row[0] for row in tree)))
        assert set(view.reads) == read & names, view.name


def test_the_days_of_a_few_read_only_the_branches_that_they_need() -> None:
    def inline(*indicators: str) -> set[str]:
        query = days_of(plan.CATALOGUE, plan.REGIONS, indicators)
        return set(re.findall(r"^(\w+) AS \($", query, re.MULTILINE))

    always = {
        "indicators", "terms", "counts", "term_steps", "place_steps", "online_steps", "steps", "county_steps",
        "indicator_days",
    }  # fmt: skip
    assert inline("a01.hours") == always
    every = inline(*(indicator.id for indicator in plan.CATALOGUE.indicators))
    assert every == always | {"place_levels", "device_spans"}
