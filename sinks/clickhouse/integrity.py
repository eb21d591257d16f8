"""Checks that everything is still stored that a shard's position says is written. They run at each take-over,
so that losses in a power cut are noticed."""

from __future__ import annotations

from typing import Any

from clickhouse_connect.driver.client import Client

from streams.commands import Cells
from streams.logs import LogPartition, log_number, topic_of

_SHARD = "topic = {topic:String} AND partition = {partition:UInt16}"

_AHEAD = f"SELECT DISTINCT offset FROM events WHERE {_SHARD} AND offset > {{offset:Int64}} LIMIT 1000000"
"""A flush has about ten thousand. There are more where another generation, which reads the log itself, went on."""

_LOST = f"""
WITH
    (SELECT count() FROM events FINAL WHERE {_SHARD} AND offset <= {{offset:Int64}}) AS events,
    (SELECT sum(greatest(0, least(last, {{offset:Int64}}) + 1 - greatest(first, reached))) FROM
    (
        SELECT first, last,
            max(last + 1) OVER (ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
        FROM gaps FINAL WHERE {_SHARD} AND first <= {{offset:Int64}}
    )) AS empty,
    (SELECT argMin(firsts[{{partition:UInt16}} + 1], (began, firsts)) FROM logs
     WHERE topic = {{bare:String}} AND number = {{number:UInt16}}) AS begins
SELECT {{offset:Int64}} + 1 - toInt64(begins) - toInt64(events) - toInt64(empty)
"""
"""Ranges of `gaps` may overlap, so each adds only its offsets after the end of all earlier ranges. `reached`
is the first offset after those, and 0 for the first range."""

_CELLS = f"""
WITH concat(measure, '\\n', region, '\\n', toString(toInt32(day)), '\\n', toString(value)) AS cell
SELECT countIf(value != 0 AND offset <= {{offset:Int64}}),
    groupBitXorIf(xxHash64(cell), value != 0 AND offset <= {{offset:Int64}}),
    groupArrayIf((measure, region, toInt32(day)), offset > {{offset:Int64}})
FROM cells FINAL
WHERE generation = {{generation:String}} AND {_SHARD}
"""


def ahead(client: Client, shard: LogPartition, offset: int) -> frozenset[int]:
    """The offsets after a position at which the ledger has an event: see `Loaded.ahead`. Blocks."""
    return frozenset(row[0] for row in client.query(_AHEAD, parameters=_where(shard, offset)).result_rows)


def lost(client: Client, shard: LogPartition, offset: int) -> int:
    """How many offsets up to a position have neither an event nor a gap in the ledger: see `Loaded.lost`. Blocks."""
    log = shard[0]
    where = _where(shard, offset) | {"bare": topic_of(log), "number": log_number(log)}
    return int(client.query(_LOST, parameters=where).result_rows[0][0])


def cells(client: Client, shard: LogPartition, offset: int, generation: str) -> Cells:
    """The stored cells as of a position: see `Loaded.cells`. Blocks."""
    where = _where(shard, offset) | {"generation": generation}
    rows, digest, behind = client.query(_CELLS, parameters=where).result_rows[0]
    return Cells(rows, digest, frozenset(tuple(cell) for cell in behind))


def _where(shard: LogPartition, offset: int) -> dict[str, Any]:
    return {"topic": shard[0], "partition": shard[1], "offset": offset}
