"""Reading conflicts from the ledger: what commands and boards show of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby

from clickhouse_connect.driver.client import Client

from schemas.conflicts import Conflict, Content, conflicts
from schemas.event_type import EventType

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
"""The year 2200 in milliseconds: after everything that was appended."""


class ConflictFilter:
    """Selects conflicts: of a department (None: all), noticed at or after `since` and before `until` (both aware)."""

    def __init__(
        self, department: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        self.parameters: dict[str, str | int] = {
            "department": department or "",
            "since": round(since.timestamp() * 1000) if since else 0,
            "until": round(until.timestamp() * 1000) if until else _EVER,
        }


def listed(
    client: Client, chosen: ConflictFilter, most: int, types: Mapping[str, EventType], zone: str
) -> list[Conflict]:
    """The conflicts of at most `most` records, the latest noticed first. Blocks."""
    rows = client.query(_CONTENTS, parameters={**chosen.parameters, "most": most}).result_rows
    found: list[Conflict] = []
    for (department, *record), versions in groupby(rows, key=lambda row: row[:5]):
        source, record_id, event_type, subject = record
        contents = [Content(*row[5:]) for row in versions]
        found += conflicts(
            department, (source, record_id, event_type, subject), contents, types.get(event_type), zone
        )
    return sorted(found, key=lambda conflict: (-conflict.latest, conflict.source, conflict.id))


def counted(client: Client, chosen: ConflictFilter) -> list[tuple[str, int, int]]:
    """(department, records in conflict, how often one was noticed), most records first. Blocks."""
    return [tuple(row) for row in client.query(_COUNTS, parameters=chosen.parameters).result_rows]


_LISTED = """
SELECT conflicts FROM conflict_lists FINAL WHERE generation = (SELECT generation FROM answering)
"""


def shown(client: Client) -> list[Conflict]:
    """The boards' list, as the assessor wrote it. Blocks."""
    rows = client.query(_LISTED).result_rows
    return [Conflict.of(each) for each in json.loads(rows[0][0])] if rows else []
