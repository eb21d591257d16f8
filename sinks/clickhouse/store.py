"""The durable side of the worker, on ClickHouse: implements `streams.ports.Store`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.event import Record, Version
from sinks.clickhouse.aside import aside
from sinks.clickhouse.failures import explanation, first_line, transient
from sinks.clickhouse.integrity import ahead, cells, lost
from sinks.clickhouse.tables import arrow
from sinks.clickhouse.writer import GroupCommit
from streams.commands import Columns, Loaded, Position
from streams.counting.calendar import Calendar
from streams.counting.facts import Fact, Statement
from streams.ports import Unavailable

T = TypeVar("T")

_POSITION = """
SELECT offset, topic_id, partitions, toUnixTimestamp64Milli(append_time) FROM positions FINAL
WHERE generation = {generation:String} AND topic = {topic:String} AND partition = {partition:UInt16}
"""

_WINNERS = """
SELECT measure, member, source, id, type, subject, s.1 AS region, s.2 AS time, s.3 AS rank, s.4 AS value,
       s.5 AS live, s.6 AS revision, s.7 AS void, s.8 AS fingerprint, s.9 AS at
FROM
(
    SELECT measure, member, source, id, type, subject,
           argMax((region, toUnixTimestamp64Micro(time), rank, value, live, revision, void, fingerprint, offset),
                  (revision, void, fingerprint, offset)) AS s
    FROM facts
    WHERE generation = {generation:String} AND topic = {topic:String} AND partition = {partition:UInt16}
      AND offset <= {offset:Int64}
    GROUP BY measure, member, source, id, type, subject
)
"""
"""The standing facts as of an offset: those of each record's highest version at or before it. Of several rows
of one version the last is right: a version is only written again when an earlier recorded time of it becomes known."""


class ClickHouseStore:
    """Loads shards and writes rows. Every call to ClickHouse runs on one thread, never on the event loop."""

    def __init__(self, client: Client, generation: str, calendar: Calendar) -> None:
        self._client = client
        self._generation = generation
        self._calendar = calendar
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="clickhouse")
        self._commit = GroupCommit(self._insert, self._executor)

    async def write(self, table: str, columns: Columns) -> None:
        """Insert rows; returns when they are durable. Raises Unavailable, or RuntimeError where the insert
        failed for good."""
        await self._commit.write(table, arrow(table, columns))

    async def load(self, topic: str, partition: int) -> Loaded:
        """The shard as of its position, with what is needed to check that all of it is still stored. Raises
        Unavailable."""
        return await self._on_thread(self._load, topic, partition)

    async def winners(self, topic: str, partition: int) -> Loaded:
        """The shard as of its position, without these checks, for a rebuild, which counts the ledger. Raises
        Unavailable."""
        return await self._on_thread(self._winners, topic, partition)

    async def _on_thread(self, load: Callable[[str, int], Loaded], topic: str, partition: int) -> Loaded:
        return await asyncio.get_running_loop().run_in_executor(self._executor, load, topic, partition)

    async def run(self, work: Callable[[Client], T]) -> T:
        """Run other work with the client on its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, self._client)

    def close(self) -> None:
        """Wait for the insert under way, and end the thread."""
        self._executor.shutdown()

    def _insert(self, table: str, rows: pa.Table) -> None:
        _guarded(lambda: self._client.insert_arrow(table, rows))

    def _winners(self, topic: str, partition: int) -> Loaded:
        where: dict[str, Any] = {"generation": self._generation, "topic": topic, "partition": partition}
        # `result_rows` inside the guard: only here are rows read from the connection, which can be cut.
        found = _guarded(lambda: self._client.query(_POSITION, parameters=where).result_rows)
        if not found:
            return Loaded(None, [])
        position = Position(*found[0])
        where["offset"] = position.offset
        rows = _guarded(lambda: self._client.query_arrow(_WINNERS, parameters=where, use_strings=True))
        return Loaded(position, list(self._statements(rows)))

    def _load(self, topic: str, partition: int) -> Loaded:
        shard, found = (topic, partition), self._winners(topic, partition)
        if found.position is None:
            return found._replace(aside=_guarded(lambda: aside(self._client, shard, -1)))
        at = found.position.offset
        return found._replace(
            aside=_guarded(lambda: aside(self._client, shard, at)),
            ahead=_guarded(lambda: ahead(self._client, shard, at)),
            lost=_guarded(lambda: lost(self._client, shard, at)),
            cells=_guarded(lambda: cells(self._client, shard, at, self._generation)),
        )

    def _statements(self, rows: pa.Table) -> Iterator[Statement]:
        day = self._calendar.day
        for batch in rows.to_batches():
            columns = [column.to_pylist() for column in batch.columns]
            for (
                measure, member, source, record_id, event_type, subject, region, time, rank, value, live,
                revision, void, fingerprint, at,
            ) in zip(*columns, strict=True):  # fmt: skip
                record = Record(source, record_id, event_type, subject)
                fact = Fact(measure, member, record, region, time, day(time), rank, value, bool(live))
                yield Statement(fact, Version(revision, bool(void), fingerprint), at)


def _guarded(call: Callable[[], T]) -> T:
    try:
        return call()
    except (ClickHouseError, OSError) as error:
        if transient(error):
            raise Unavailable(f"ClickHouse: {explanation(error) or first_line(error)}") from error
        raise
