"""Reading what ClickHouse holds: generations and positions, and the ledger block by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from rebuild.errors import CannotRebuild
from rebuild.plan import Held, Stored, Stretch
from rebuild.replay import Entry
from schemas.masking import mask_value
from sinks.clickhouse.migrate import NewerDatabase, applied, migrations

_GENERATIONS = "SELECT generation, detail FROM generations ORDER BY switched_at, generation"

_POSITIONS = "SELECT generation, topic, partition, offset, topic_id, partitions FROM positions FINAL"

_SHARD = "topic = {topic:String} AND partition = {partition:UInt16} AND offset > {after:Int64} AND offset <= {last:Int64}"
_COUNTS = """
    outcome IN ('counted', 'duplicate', 'superseded', 'conflict')
    AND type IN (SELECT arrayJoin({types:Array(String)}))
"""

_EXTENT = f"""
SELECT count(), uniqExact(offset), min(offset), max(offset), toUnixTimestamp64Milli(argMax(append_time, offset)),
    uniqExactIf(offset, {_COUNTS})
FROM events
WHERE {_SHARD}
"""

_ENTRIES = f"""
SELECT offset, toUnixTimestamp64Milli(append_time), outcome, source, id, type, subject, revision, void, fingerprint,
    toUnixTimestamp64Micro(time), if(isNull(recorded_time), NULL, toUnixTimestamp64Micro(assumeNotNull(recorded_time))),
    region, dataschema, toValidUTF8(data)
FROM events FINAL
WHERE {_SHARD} AND {_COUNTS}
ORDER BY offset
"""

_REFUSED = "SELECT type, count() FROM dead_letters FINAL WHERE reason = 'unknown-type' GROUP BY type"
_NOWHERE = "SELECT count() FROM dead_letters FINAL WHERE reason = 'unknown-region'"


class Extent(NamedTuple):
    """The ledger's rows in a span of a shard's offsets."""

    rows: int
    offsets: int
    first: int
    last: int
    time: int
    """Append time of the last, in milliseconds."""
    entries: int
    """How many are to be counted."""


def stored(client: Client) -> Stored:
    """Generations and positions. Raises NewerDatabase, CannotRebuild."""
    version, newest = applied(client), migrations()[-1].version
    if version > newest:
        raise NewerDatabase(
            f"the database is at version {version}, this release knows versions up to {newest}: "
            f"install the newer release, or use another database"
        )
    if not version:
        raise CannotRebuild(
            "This database is empty: start with `pulse migrate` and a worker (or `pulse demo`)."
        )
    if version < newest:
        raise CannotRebuild(
            f"The database is at version {version}, this release needs {newest}: run `pulse migrate` first. It brings the "
            f"tables up to date even where it then refuses to replace the views of another catalogue."
        )
    generations = client.query(_GENERATIONS).result_rows
    positions = [Held(*row) for row in client.query(_POSITIONS).result_rows]
    return Stored(generations[-1][0] if generations else "", dict(generations), positions)


def extent(client: Client, stretch: Stretch, types: Sequence[str], after: int, last: int) -> Extent:
    """What the ledger has behind offset `after`, up to and including `last`; no rows: all is 0."""
    return Extent(*client.query(_EXTENT, parameters=_where(stretch, types, after, last)).result_rows[0])


def entries(client: Client, stretch: Stretch, types: Sequence[str], after: int, last: int) -> list[Entry]:
    """The rows of these types that count, in the order of the log."""
    where = _where(stretch, types, after, last)
    table = client.query_arrow(_ENTRIES, parameters=where, use_strings=True)
    columns = [column.to_pylist() for column in table.columns]
    return [Entry(*row) for row in zip(*columns, strict=True)]


def _where(stretch: Stretch, types: Sequence[str], after: int, last: int) -> dict[str, Any]:
    return {
        "topic": stretch.topic, "partition": stretch.partition, "types": list(types), "after": after, "last": last,
    }  # fmt: skip


def refused(client: Client, types: Sequence[str]) -> dict[str, int]:
    """How often each of these types was refused because it was not known. The ledger has no data of those events."""
    found = dict(client.query(_REFUSED).result_rows)
    return {type: found[shown] for type in types if (shown := mask_value(type)) in found}


def nowhere(client: Client) -> int:
    """How many messages were refused because their region was not known."""
    return int(client.query(_NOWHERE).result_rows[0][0])
