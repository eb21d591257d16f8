"""The boards as a reader sees them: the committed queries, asked as Grafana's plugin asks them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from tests.dashboards.grafana.committed import BOARDS, Json, panels, read
from tests.dashboards.grafana.plugin import ALL, Filter, View, expand

YEAR = datetime(2022, 12, 31, 16, tzinfo=UTC), datetime(2023, 12, 31, 15, 59, 59, tzinfo=UTC)
"""The boards' own time range, in Jining's zone."""

_OF_ONE = "${indicator:text}："
"""How the title of a panel begins that is shown once for each indicator."""


class Answer(NamedTuple):
    """What a query returned."""

    columns: Sequence[str]
    types: Sequence[str]
    rows: Sequence[tuple[Any, ...]]

    def column(self, name: str) -> list[Any]:
        """The values of a column, row by row."""
        at = list(self.columns).index(name)
        return [row[at] for row in self.rows]

    def dicts(self) -> list[dict[str, Any]]:
        """The rows, each by the names of its columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Target(NamedTuple):
    """A query of a panel."""

    board: str
    panel: Json
    query: Json

    @property
    def name(self) -> str:
        """Board, panel and query, in words."""
        return f"{self.board}-{self.panel['title']}-{self.query['refId']}"


def _targets() -> Iterator[Target]:
    for board in BOARDS:
        for panel in panels(read(board)):
            for query in panel["targets"]:
                if "rawSql" in query:
                    yield Target(board, panel, query)


TARGETS = list(_targets())


def find(board: str, title: str, ref: str = "A") -> Target:
    """The query of a panel with this title; one that repeats is called without the name of its indicator."""
    [found] = [
        one
        for one in TARGETS
        if (one.board, one.panel["title"].removeprefix(_OF_ONE), one.query["refId"]) == (board, title, ref)
    ]
    return found


class Boards:
    """Asks with each variable at its board's default, or as chosen."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._defaults: dict[str, dict[str, list[str]]] = {}
        self.first: dict[str, Answer] = {}
        """Answers of queries that were asked before, by their names."""
        self.asked: set[str] = set()
        """The names of all queries that were asked."""

    def sql(self, sql: str) -> Answer:
        """What ClickHouse answers."""
        found = self._client.query(sql)
        return Answer(found.column_names, [kind.name for kind in found.column_types], list(found.result_rows))

    def defaults(self, board: str) -> dict[str, list[str]]:
        """As Grafana chooses them when a board is opened: what the board says, else the first option."""
        if board not in self._defaults:
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
            self._defaults[board] = chosen
        return dict(self._defaults[board])

    def options(self, board: str, name: str, chosen: Mapping[str, Sequence[str]]) -> list[str]:
        """What a variable may be."""
        [variable] = [one for one in read(board)["templating"]["list"] if one["name"] == name]
        if variable["type"] == "custom":
            return [option["value"] for option in variable["options"]]
        answer = self.sql(expand(variable["query"]["rawSql"], View(chosen, *YEAR)))
        return [row[0] for row in answer.rows]

    def ask(
        self,
        target: Target,
        filters: Sequence[Filter] = (),
        end: datetime = YEAR[1],
        /,
        **chosen: str,
    ) -> Answer:
        """A query's answer. A row that repeats for all indicators is shown for the first, if none is chosen."""
        self.asked.add(target.name)
        variables = self.defaults(target.board) | {name: [value] for name, value in chosen.items()}
        if variables.get("indicator") == [ALL]:
            variables["indicator"] = [self.options(target.board, "indicator", variables)[0]]
        return self.sql(expand(target.query["rawSql"], View(variables, YEAR[0], end, filters=filters)))


@contextmanager
def copied(client: Client) -> Iterator[Boards]:
    """Boards that read, word for word the same statements, a copy of each view they name: a tenth of the cost.

    Only which side of a join is held in memory is told to the engine: it cannot guess what is small.
    """
    told = " ".join(target.query["rawSql"] for target in TARGETS)
    variables = " ".join(
        one["query"]["rawSql"]
        for board in BOARDS
        for one in read(board)["templating"]["list"]
        if one["type"] == "query"
    )
    named = set(re.findall(r"\w+", f"{told} {variables}"))
    views = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
    ).result_rows
    [[home]] = client.query("SELECT currentDatabase()").result_rows
    client.command("CREATE DATABASE copied")
    for (view,) in views:
        if view in named:
            order = "indicator, region, day" if view == "light_days" else ""
            client.command(
                f"CREATE TABLE copied.{view} ENGINE = MergeTree ORDER BY ({order}) AS SELECT * FROM {view}"
            )
    client.command("USE copied")
    client.set_client_setting("query_plan_join_swap_table", "true")
    try:
        yield Boards(client)
    finally:
        client.set_client_setting("query_plan_join_swap_table", "auto")
        client.command(f"USE {home}")
        client.command("DROP DATABASE copied")
