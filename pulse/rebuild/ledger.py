"""Reading what ClickHouse holds: generations and positions, and the ledger block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.lineage import Part, StoredPosition, Stretch
from pulse.rebuild.plan import Stored
from pulse.rebuild.replay import Entry
from schemas.masking import mask_value
from sinks.clickhouse.logs import beginnings
from sinks.clickhouse.migrate import NewerDatabase, applied, migrations

_GENERATIONS = "SELECT generation, detail FROM generations ORDER BY switched_at, generation"

_POSITIONS = "SELECT generation, topic, partition, offset, topic_id, partitions FROM positions FINAL"

_SHARD = "topic = {topic:String} AND partition = {partition:UInt16} AND offset > {after:Int64} AND offset <= {last:Int64}"
_TYPES = "type IN (SELECT arrayJoin({types:Array(String)}))"
_COUNTS = "outcome IN ('counted', 'duplicate', 'superseded', 'conflict')"

_EXTENT = f"""
SELECT count(), uniqExact(offset), min(offset), max(offset), toUnixTimestamp64Milli(argMax(append_time, offset)),
    uniqExactIf(offset, {_COUNTS} AND {_TYPES})
FROM events
WHERE {_SHARD}
"""

_EMPTY = """
SELECT sum(greatest(0, until + 1 - greatest(since, reached))), min(since), max(until),
    toUnixTimestamp64Milli(argMax(append_time, until))
FROM
(
    SELECT greatest(first, {after:Int64} + 1) AS since, least(last, {last:Int64}) AS until, append_time,
        max(until + 1) OVER (ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM gaps FINAL
    WHERE topic = {topic:String} AND partition = {partition:UInt16} AND last > {after:Int64} AND first <= {last:Int64}
)
"""
"""Offsets that hold no event. Ranges may overlap, so each adds only its offsets after the end of all earlier ranges."""

_ROW = """
    offset, toUnixTimestamp64Milli(append_time), outcome, source, id, type, subject, revision, void, fingerprint,
    toUnixTimestamp64Micro(time), if(isNull(recorded_time), NULL, toUnixTimestamp64Micro(assumeNotNull(recorded_time))),
    region, dataschema, toValidUTF8(data)
"""

_ENTRIES = f"""
SELECT {_ROW}
FROM events FINAL
WHERE {_SHARD} AND {_COUNTS} AND {_TYPES}
ORDER BY offset
"""

_OUTCOMES = "if({sent_on:Bool}, outcome = 're-keyed', " + _COUNTS + ")"
_HOME = "kafkaMurmurHash(subject) % {partitions:UInt16}"
"""The partition of a row's subject in the current log, as `streams.partition` has it."""

_SHARES = f"""
SELECT {_HOME} AS home, uniqExact(offset), uniqExactIf(offset, {_TYPES})
FROM events
WHERE {_SHARD} AND {_OUTCOMES}
GROUP BY home
"""

_INHERITED = f"""
SELECT *
FROM
(
    SELECT {_ROW}, row_number() OVER (ORDER BY offset) AS place
    FROM events FINAL
    WHERE {_SHARD} AND {_OUTCOMES} AND {_HOME} = {{home:UInt16}}
)
WHERE {_TYPES}
ORDER BY place
"""

_REFUSED = "SELECT type, count() FROM dead_letters FINAL WHERE reason = 'unknown-type' GROUP BY type"
_PASSED_OVER = """
SELECT type, uniqExact(topic, partition, offset) FROM events WHERE outcome = 'passed-over' GROUP BY type
"""
_NOWHERE = "SELECT count() FROM dead_letters FINAL WHERE reason = 'unknown-region'"


class Extent(NamedTuple):
    """The ledger's rows in a span of a shard's offsets."""

    rows: int
    offsets: int
    """How many offsets the ledger accounts for: with an event, or as holding none."""
    first: int
    last: int
    time: int
    """Append time of the last event there or before, in milliseconds."""
    entries: int
    """How many of the rows are to be counted."""


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
    # Positions before logs: so each position's log is among the logs, even if one begins meanwhile.
    positions = [StoredPosition(*row) for row in client.query(_POSITIONS).result_rows]
    answering = generations[-1][0] if generations else ""
    return Stored(answering, dict(generations), positions, beginnings(client))


def extent(client: Client, stretch: Stretch, types: Sequence[str], after: int, last: int) -> Extent:
    """What the ledger has after offset `after`, up to and including `last`; all fields are 0 where it has nothing."""
    where = _where(stretch, types, after, last)
    found = Extent(*client.query(_EXTENT, parameters=where).result_rows[0])
    empty, first, end, time = client.query(_EMPTY, parameters=where).result_rows[0]
    if not empty:
        return found
    if not found.rows:
        return Extent(0, empty, first, end, time, 0)
    return found._replace(
        offsets=found.offsets + empty,
        first=min(first, found.first),
        last=max(end, found.last),
        time=time if end > found.last else found.time,
    )


def entries(client: Client, stretch: Stretch, types: Sequence[str], after: int, last: int) -> list[Entry]:
    """The rows of these types that count, in the order of the log."""
    return [Entry(*row) for row in _rows(client, _ENTRIES, _where(stretch, types, after, last))]


class Share(NamedTuple):
    """What a span of a history holds for one partition of the current log."""

    rows: int
    entries: int
    """How many of the rows are of types that are to be counted."""


class Span(NamedTuple):
    """A span of a history: what a part holds after offset `after`, up to and including `last`."""

    part: Part
    after: int
    last: int
    shares: Mapping[int, Share]
    """By partition of the current log; partitions without rows are left out."""


def span(client: Client, part: Part, types: Sequence[str], partitions: int, after: int, last: int) -> Span:
    """How a span's rows are distributed over `partitions` partitions."""
    where = _where(part.stretch, types, after, last) | {"sent_on": part.sent_on, "partitions": partitions}
    found = client.query(_SHARES, parameters=where).result_rows
    return Span(part, after, last, {home: Share(rows, entries) for home, rows, entries in found})


def inherited(client: Client, span: Span, types: Sequence[str], home: Stretch) -> list[tuple[Entry, int]]:
    """The rows of these types that a span holds for `home`, a shard of the current log. Each comes with its
    place, from 1, among all rows of any type that the span holds for it."""
    where = _where(span.part.stretch, types, span.after, span.last)
    where |= {"sent_on": span.part.sent_on, "partitions": home.partitions, "home": home.partition}
    return [(Entry(*row), place) for *row, place in _rows(client, _INHERITED, where)]


def _rows(client: Client, query: str, where: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    table = client.query_arrow(query, parameters=dict(where), use_strings=True)
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _where(stretch: Stretch, types: Sequence[str], after: int, last: int) -> dict[str, Any]:
    return {
        "topic": stretch.log, "partition": stretch.partition, "types": list(types), "after": after, "last": last,
    }  # fmt: skip


def refused(client: Client, types: Sequence[str]) -> dict[str, int]:
    """How often each of these types was refused because it was not known. The ledger has no data of those events."""
    found = dict(client.query(_REFUSED).result_rows)
    return {event_type: found[shown] for event_type in types if (shown := mask_value(event_type)) in found}


def passed_over(client: Client, types: Sequence[str]) -> dict[str, int]:
    """How often each of these types was passed over as another plan's. The ledger has no data of those events."""
    found = dict(client.query(_PASSED_OVER).result_rows)
    return {event_type: found[event_type] for event_type in types if event_type in found}


def nowhere(client: Client) -> int:
    """How many messages were refused because their region was not known."""
    return int(client.query(_NOWHERE).result_rows[0][0])
