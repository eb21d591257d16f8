"""The table `set_aside`: offsets that operators put aside."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from streams.commands import Aside
from streams.logs import LogPartition

_ASIDE = """
SELECT offset, toUnixTimestamp64Milli(append_time), reason FROM set_aside
WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset > {after:Int64}
ORDER BY offset, at, reason LIMIT 1 BY offset
"""


def aside(client: Client, shard: LogPartition, after: int) -> tuple[Aside, ...]:
    """The offsets of a shard after `after` that were put aside, in order. Blocks."""
    log, partition = shard
    where = {"topic": log, "partition": partition, "after": after}
    return tuple(Aside(*row) for row in client.query(_ASIDE, parameters=where).result_rows)


def put_aside(client: Client, shard: LogPartition, offsets: Iterable[Aside]) -> None:
    """Record that offsets of a shard are put aside; the first record of an offset counts. Blocks."""
    now = datetime.now(UTC)
    rows = [
        [*shard, each.offset, datetime.fromtimestamp(each.time / 1000, UTC), each.reason, now]
        for each in offsets
    ]
    names = ["topic", "partition", "offset", "append_time", "reason", "at"]
    client.insert("set_aside", rows, column_names=names)
