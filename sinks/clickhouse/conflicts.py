"""Reading conflicts from the ledger: what commands and boards show of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from time import monotonic

from clickhouse_connect.driver.client import Client

from schemas.conflicts import Conflict, Content, conflicts
from schemas.event_type import EventType
from sinks.clickhouse.light_rows import Moment, Place

_CONTENTS = """
SELECT department, source, id, type, subject, place, append_ms, revision, void, fingerprint, time_us, region, data
FROM conflict_contents(
    department = {department:String}, since = {since:Int64}, until = {until:Int64}, most = {most:UInt32}
)
ORDER BY department, source, id, type, subject
"""
_COUNTS = """
SELECT department, uniqExact(source, id, type, subject) AS records, count() AS events FROM conflicting
WHERE ({department:String} = '' OR department = {department:String})
    AND append_time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
    AND append_time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
GROUP BY department ORDER BY records DESC, department
"""
_EVER = 7_258_118_400_000
"""Milliseconds of the year 2200: behind all that was appended."""


class Chosen:
    """Which conflicts: of a department (None: all), noticed at or after `since` and before `until` (aware)."""

    def __init__(
        self, department: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        self.parameters: dict[str, str | int] = {
            "department": department or "",
            "since": round(since.timestamp() * 1000) if since else 0,
            "until": round(until.timestamp() * 1000) if until else _EVER,
        }


def listed(
    client: Client, chosen: Chosen, most: int, types: Mapping[str, EventType], zone: str
) -> list[Conflict]:
    """The conflicts of at most `most` records, the one that was noticed last first. Blocks."""
    rows = client.query(_CONTENTS, parameters={**chosen.parameters, "most": most}).result_rows
    found: list[Conflict] = []
    for (department, *record), told in groupby(rows, key=lambda row: row[:5]):
        source, id, type, subject = record
        contents = [Content(*row[5:]) for row in told]
        found += conflicts(department, (source, id, type, subject), contents, types.get(type), zone)
    return sorted(found, key=lambda conflict: (-conflict.latest, conflict.source, conflict.id))


def counted(client: Client, chosen: Chosen) -> list[tuple[str, int, int]]:
    """(department, records in conflict, how often one was noticed), most records first. Blocks."""
    return [tuple(row) for row in client.query(_COUNTS, parameters=chosen.parameters).result_rows]


BOARD = 50
"""Records that the boards list: those that were noticed last. `pulse conflicts` lists all."""
REST = 10.0
"""How many times as long as a look took is rested before the next one."""

_LISTED = """
SELECT conflicts FROM conflict_lists FINAL WHERE generation = (SELECT generation FROM answering)
"""


class Conflicts:
    """The assessor's part: keeps the boards' list true, so that no board reads the ledger for it. Every method blocks."""

    def __init__(self, types: Mapping[str, EventType], zone: str) -> None:
        self._types, self._zone = types, zone
        self._at: dict[Place, int] | None = None
        self._next = 0.0
        self._numbers: list[tuple[str, int, int]] = []
        self._written: str | None = None

    def update(self, client: Client, now: Moment) -> int:
        """Look whether another conflict was noticed, unless it was looked a moment ago; 1 where the list is another one."""
        if now.positions == self._at or monotonic() < self._next:
            return 0
        begun = monotonic()
        numbers = counted(client, Chosen())
        written = 0
        if numbers != self._numbers:
            found = listed(client, Chosen(), BOARD, self._types, self._zone)
            text = json.dumps([each.plain() for each in found], ensure_ascii=False)
            if text != self._written:
                names = ["generation", "conflicts", "version"]
                client.insert("conflict_lists", [(now.generation, text, now.version)], column_names=names)
                self._written, written = text, 1
        self._at, self._numbers = dict(now.positions), numbers
        self._next = monotonic() + REST * (monotonic() - begun)
        return written


def shown(client: Client) -> list[Conflict]:
    """The boards' list, as the assessor wrote it. Blocks."""
    rows = client.query(_LISTED).result_rows
    return [Conflict.of(each) for each in json.loads(rows[0][0])] if rows else []
