"""All of the board's queries: they read the views of the lights into the structs of `model`, without any arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.query import QueryResult
from msgspec import Struct

from dashboards.web.model.course import Course, Day, ForecastDay
from dashboards.web.model.findings import Refusal
from dashboards.web.model.frame import Action, CountedUnits, DepartmentInfo, Frame, PlanInfo, Region, Status
from dashboards.web.model.light import Light
from dashboards.web.model.snapshot import ActionLight, DepartmentFeed, StatusChange, StreamState
from dashboards.web.rows import columns, read
from schemas.catalogue.model import Unit
from schemas.conflicts import Conflict
from schemas.orphans import Orphaned
from sinks.clickhouse.failures import explanation, first_line
from sinks.clickhouse.reads.conflicts import shown
from sinks.clickhouse.reads.orphans import orphaned

T = TypeVar("T")
S = TypeVar("S", bound=Struct)

REFUSALS = 200
"""The most rows of refusals (by topic, reason and field) that are listed."""

_REGIONS = """
SELECT code, zh, en, if(level = 'city', 'city', kind) AS kind FROM regions
ORDER BY level != 'city', kind = 'zone', code
"""

_COUNTED = """
SELECT indicator,
    anyIf(unit, role IN ('numerator', 'amount', 'heartbeat')) AS numerator,
    anyIf(unit, role IN ('denominator', 'divisor')) AS denominator
FROM
(
    SELECT t.indicator AS indicator, t.role AS role, m.unit AS unit
    FROM terms AS t INNER JOIN measures AS m ON t.measure = m.measure
)
GROUP BY indicator
"""

_STREAM = """
SELECT c.until AS until, c.day AS day, p.last_event AS last_event, p.events AS events, a.assessed_ms AS assessed_ms
FROM clock AS c
CROSS JOIN
(
    SELECT maxOrNull(append_time) AS last_event, toInt64(sum(offset + 1)) AS events
    FROM positions FINAL WHERE generation = (SELECT generation FROM answering)
) AS p
CROSS JOIN (SELECT toUnixTimestamp64Milli(max(at)) AS assessed_ms FROM assessed) AS a
"""

_REFUSALS = """
SELECT topic, reason, field, count() AS messages, max(append_time) AS latest,
    argMax(concat(log, '/', toString(partition), '/', toString(offset)), append_time) AS place,
    argMax(expected, append_time) AS expected, argMax(hint, append_time) AS hint,
    argMax(payload, append_time) AS payload
FROM letters
WHERE state IN ('open', 'refused again')
GROUP BY topic, reason, field
ORDER BY messages DESC, topic, reason, field
LIMIT {most:UInt32}
"""


class DoesNotAnswer(Exception):
    """ClickHouse did not answer, or lacks the views; the message says which."""


class NotYet(DoesNotAnswer):
    """ClickHouse answers, but nothing has been assessed yet."""


class ClickHouseSource:
    """Implements `BoardSource` with its own client. Every call blocks and raises DoesNotAnswer if ClickHouse fails.

    Use it from one thread at a time.
    """

    def __init__(self, client: Client, units: Mapping[str, Unit] | None = None) -> None:
        """`units`: English names of the catalogue's units, which the views do not contain."""
        self._client, self._units = client, units or {}

    def frame(self) -> Frame:
        """The plan, statuses, regions, actions, departments and units."""
        return Frame(
            self._rows(PlanInfo, "plan")[0],
            self._rows(Status, "statuses", order="rank DESC"),
            self._read(Region, _REGIONS),
            self._rows(Action, "actions", order="action"),
            self._rows(DepartmentInfo, "departments", order="position"),
            self._read(CountedUnits, _COUNTED),
            self._units,
        )

    def last_assessment(self) -> object:
        """A value that changes with each assessment."""
        return self._query("SELECT at, events FROM assessed").result_rows

    def stream(self) -> StreamState:
        """The state of the stream: clock, counted messages, last assessment."""
        return self._read(StreamState, _STREAM)[0]

    def lights(self) -> list[Light]:
        """All present lights, in the plan's order, the city first."""
        return self._rows(
            Light, "lights_now", order="position, region_kind != 'city', region_kind = 'zone', region"
        )

    def unlit(self) -> list[tuple[str, str]]:
        """(indicator, region) of the present lights that should exist but do not."""
        found = self._query("SELECT indicator, region FROM unlit ORDER BY ALL").result_rows
        return [(indicator, region) for indicator, region in found]

    def actions(self) -> list[ActionLight]:
        """The present lights of the actions."""
        return self._rows(ActionLight, "actions_now", order="action, region")

    def changes(self, since: date) -> list[StatusChange]:
        """Changes of shown statuses on `since` and later, the latest first."""
        return self._rows(
            StatusChange,
            "light_changes",
            "day >= {since:Date32}",
            "day DESC, indicator, region",
            {"since": since.isoformat()},
        )

    def feeds(self) -> list[DepartmentFeed]:
        """The departments' feeds, silent ones first."""
        return self._rows(DepartmentFeed, "departments_now", order="silent DESC, department")

    def course(self, indicator: str, region: str) -> Course:
        """An indicator's course through the year in one region."""
        where = "indicator = {indicator:String} AND region = {region:String}"
        named = "indicator = {indicator:String}, region = {region:String}"
        which = {"indicator": indicator, "region": region}
        return Course(
            indicator,
            region,
            self._rows(Day, f"light_course({named})", order="day", parameters=which),
            self._rows(ForecastDay, "fan", where, "day", which),
        )

    def refusals(self) -> list[Refusal]:
        """Open refusals by topic, reason and field, the most frequent first. Payloads were masked at the refusal."""
        return self._read(Refusal, _REFUSALS, {"most": REFUSALS})

    def orphans(self) -> list[Orphaned]:
        """Orphans (events that are not counted), as the assessor found them."""
        return self._answer(lambda: orphaned(self._client))

    def conflicts(self) -> list[Conflict]:
        """Records published with two contents, as the assessor found them, the latest first."""
        return self._answer(lambda: shown(self._client))

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def _rows(
        self,
        kind: type[S],
        view: str,
        where: str = "1",
        order: str = "1",
        parameters: Mapping[str, Any] | None = None,
    ) -> list[S]:
        sql = f"SELECT {', '.join(columns(kind))} FROM {view} WHERE {where} ORDER BY {order}"
        return self._read(kind, sql, parameters)

    def _read(self, kind: type[S], sql: str, parameters: Mapping[str, Any] | None = None) -> list[S]:
        found = self._query(sql, parameters)
        return read(kind, found.column_names, found.result_rows)

    def _query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> QueryResult:
        return self._answer(lambda: self._client.query(sql, parameters=dict(parameters or {})))

    def _answer(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except (ClickHouseError, OSError) as error:
            raise DoesNotAnswer(explanation(error) or first_line(error)) from error
