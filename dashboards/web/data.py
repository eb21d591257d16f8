"""The board's only queries: views of the lights → rows of `model`. No arithmetic: a figure is shown as the view has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from dashboards.web.model import (
    Action,
    ActionLight,
    Ahead,
    Beat,
    Change,
    Counted,
    Course,
    Day,
    Department,
    Frame,
    Light,
    Office,
    Plan,
    Refusal,
    Region,
    Status,
)
from schemas.catalogue.model import Unit
from schemas.conflicts import Conflict
from schemas.orphans import Orphaned
from sinks.clickhouse.failures import explanation, first_line
from sinks.clickhouse.reads.conflicts import shown
from sinks.clickhouse.reads.orphans import orphaned

Row = TypeVar("Row")

REFUSALS = 200
"""Reasons of refusals that are listed at most."""

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

_BEAT = """
SELECT c.until AS until, c.day AS day, p.last_event AS last_event, p.events AS events, l.lights AS lights
FROM clock AS c
CROSS JOIN
(
    SELECT maxOrNull(append_time) AS last_event, toInt64(sum(offset + 1)) AS events
    FROM positions FINAL WHERE generation = (SELECT generation FROM answering)
) AS p
CROSS JOIN (SELECT toUnixTimestamp64Milli(max(at)) AS lights FROM assessed) AS l
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
    """ClickHouse did not answer, or has not the views: the text says which."""


class NotYet(DoesNotAnswer):
    """It answers, but nothing has been assessed so far."""


class ClickHouseSource:
    """Implements `model.Source` on a client of its own. Every call blocks; one thread at a time."""

    def __init__(self, client: Client, units: Mapping[str, Unit] | None = None) -> None:
        """`units`: the English of the catalogue's units, which the views have not."""
        self._client, self._units = client, units or {}

    def frame(self) -> Frame:
        """What the catalogue says. Raises DoesNotAnswer, as all here."""
        plan = self._rows(Plan, "plan")[0]
        return Frame(
            plan,
            self._rows(Status, "statuses", order="rank DESC"),
            [Region(*row) for row in self._query(_REGIONS)],
            self._rows(Action, "actions", order="action"),
            self._rows(Office, "departments", order="position"),
            [Counted(*row) for row in self._query(_COUNTED)],
            self._units,
        )

    def stir(self) -> object:
        """When the lights were last assessed, and how far."""
        return self._query("SELECT at, events FROM assessed")

    def beat(self) -> Beat:
        """The stream's pulse."""
        return Beat(*self._query(_BEAT)[0])

    def lights(self) -> list[Light]:
        """All lights of now, in the plan's order, the city first."""
        return self._rows(
            Light, "lights_now", order="position, region_kind != 'city', region_kind = 'zone', region"
        )

    def unlit(self) -> list[tuple[str, str]]:
        """Lights of now that should be there and are not."""
        return [
            (indicator, region)
            for indicator, region in self._query("SELECT indicator, region FROM unlit ORDER BY ALL")
        ]

    def actions(self) -> list[ActionLight]:
        """The actions' lights of now."""
        return self._rows(ActionLight, "actions_now", order="action, region")

    def changes(self, since: date) -> list[Change]:
        """Changes of shown statuses on `since` and later, the latest first."""
        return self._rows(
            Change,
            "light_changes",
            "day >= {since:Date32}",
            "day DESC, indicator, region",
            {"since": since.isoformat()},
        )

    def departments(self) -> list[Department]:
        """The feeds of the departments."""
        return self._rows(Department, "departments_now", order="silent DESC, department")

    def course(self, indicator: str, region: str) -> Course:
        """An indicator's way through the year."""
        where = "indicator = {indicator:String} AND region = {region:String}"
        named = "indicator = {indicator:String}, region = {region:String}"
        which = {"indicator": indicator, "region": region}
        return Course(
            indicator,
            region,
            self._rows(Day, f"light_course({named})", order="day", parameters=which),
            self._rows(Ahead, "fan", where, "day", which),
        )

    def refusals(self) -> list[Refusal]:
        """Open refusals by reason, the most frequent first; payloads as masked when they were refused."""
        return [Refusal(*row) for row in self._query(_REFUSALS, {"most": REFUSALS})]

    def orphans(self) -> list[Orphaned]:
        """Events that count for nobody, as the assessor found them."""
        return self._asked(orphaned)

    def conflicts(self) -> list[Conflict]:
        """Records told with two contents, as the assessor found them, the latest first."""
        return self._asked(shown)

    def close(self) -> None:
        """Let go of the client."""
        self._client.close()

    def _rows(
        self,
        kind: type[Row],
        view: str,
        where: str = "1",
        order: str = "1",
        parameters: Mapping[str, Any] | None = None,
    ) -> list[Row]:
        names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
        sql = f"SELECT {', '.join(names)} FROM {view} WHERE {where} ORDER BY {order}"
        return [kind(*row) for row in self._query(sql, parameters)]

    def _asked(self, read: Callable[[Client], list[Row]]) -> list[Row]:
        try:
            return read(self._client)
        except (ClickHouseError, OSError) as error:
            raise DoesNotAnswer(explanation(error) or first_line(error)) from error

    def _query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        try:
            rows: Sequence[Sequence[Any]] = self._client.query(
                sql, parameters=dict(parameters or {})
            ).result_rows
        except (ClickHouseError, OSError) as error:
            raise DoesNotAnswer(explanation(error) or first_line(error)) from error
        return rows
