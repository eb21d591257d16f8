"""The table `filings`: quarterly reports as they were filed. Rows are only ever added."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from clickhouse_connect.driver.client import Client

NUMBER = re.compile(r"(?P<prefix>\w+)-(?P<quarter>\d{4}Q[1-4])-(?P<n>\d{3,})")

_FIRST = "(SELECT * FROM filings ORDER BY filed_at, digest LIMIT 1 BY number)"


class Filed(NamedTuple):
    """A row of the table. Instants are UTC."""

    number: str
    plan: str
    quarter: str
    filed_at: datetime
    as_of: datetime
    generation: str
    catalogue: str
    differences: int | None
    positions: Mapping[tuple[str, int], int]
    """(log, partition) → the last offset that its figures were counted from."""
    content: bytes
    digest: str


class Draft(NamedTuple):
    """A report to be filed: a row without its number and its time."""

    plan: str
    quarter: str
    as_of: datetime
    generation: str
    catalogue: str
    differences: int | None
    positions: Mapping[tuple[str, int], int]
    content: bytes
    digest: str


def file(client: Client, prefix: str, draft: Draft) -> Filed:
    """File a report under the next free number of its quarter; returns it as stored. Blocks.

    A report is one row and one insert, so it is stored whole or not at all. If two processes take one number
    at the same moment, the earlier filing keeps it and the other takes the next number.
    """
    while True:
        number = f"{prefix}-{draft.quarter}-{_taken(client, draft) + 1:03d}"
        filed = Filed(number, draft.plan, draft.quarter, datetime.now(UTC), *draft[2:])
        places = [[log, partition, offset] for (log, partition), offset in sorted(draft.positions.items())]
        row = filed._replace(positions=orjson.dumps(places).decode(), content=draft.content.decode())  # type: ignore[arg-type]
        client.insert("filings", [list(row)], column_names=list(Filed._fields))
        stands = find(client, number)
        if stands is not None and (stands.filed_at, stands.digest) == (filed.filed_at, filed.digest):
            return stands


def find(client: Client, number: str) -> Filed | None:
    """The report with a number; None where there is none. Blocks."""
    rows = client.query(
        f"SELECT {', '.join(Filed._fields)} FROM {_FIRST} WHERE number = {{number:String}}",
        parameters={"number": number},
    ).result_rows
    if not rows:
        return None
    row = Filed(*rows[0])
    places = {(log, partition): offset for log, partition, offset in orjson.loads(str(row.positions))}
    return row._replace(
        filed_at=_utc(row.filed_at),
        as_of=_utc(row.as_of),
        positions=places,
        content=str(row.content).encode(),
    )


def numbers(client: Client, plan: str) -> list[str]:
    """All numbers of a plan, in the order in which they were filed. Blocks."""
    found = client.query(
        f"SELECT number FROM {_FIRST} WHERE plan = {{plan:String}} ORDER BY filed_at",
        parameters={"plan": plan},
    )
    return [row[0] for row in found.result_rows]


def _taken(client: Client, draft: Draft) -> int:
    """The highest count that a number of this quarter ends in."""
    query = "SELECT DISTINCT number FROM filings WHERE quarter = {quarter:String}"
    rows = client.query(query, parameters={"quarter": draft.quarter}).result_rows
    return max((int(found["n"]) for row in rows if (found := NUMBER.fullmatch(row[0]))), default=0)


def _utc(instant: datetime) -> datetime:
    """An aware UTC instant: the driver returns UTC instants without a time zone."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
