"""An embedded ClickHouse that a real shard has written to: what `verify` looks at."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from clickhouse_connect.driver.client import Client

from schemas.contract import Contract
from sinks.clickhouse.connection import connect
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.tables import arrow
from sinks.clickhouse.views.create import create_views
from streams.commands import Command, Loaded, LogBounds, Send, Write
from streams.counting.calendar import Calendar
from streams.partition import partition_of
from streams.shard import Shard
from tests.threads import one_thread
from tests.verify import toy

PARTITIONS = 2
TABLES = ("events", "facts", "cells", "positions", "dead_letters", "device_hours")


@dataclass
class Received:
    """A message in a partition's log."""

    offset: int
    value: bytes
    timestamp: int
    headers: list[tuple[str, bytes]] = field(
        default_factory=lambda: [("content-type", b"application/cloudevents+json")]
    )
    key: bytes | None = None


def written(seed: int, length: int) -> dict[str, Any]:
    """The rows of each table after real shards have read a random log."""
    logs: dict[tuple[str, int], list[Received]] = {}
    for topic in ("homes", "works"):
        for partition in range(PARTITIONS):
            logs[topic, partition] = []
    for number, (topic, subject, body, time) in enumerate(toy.log(seed, length)):
        misplaced = number % 31 == 0
        log = logs[topic, (partition_of(subject, PARTITIONS) + misplaced) % PARTITIONS]
        log.append(Received(len(log), body, time))
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    shards = {place: _shard(*place) for place in logs}
    done = dict.fromkeys(logs, 0)
    while any(done[place] < len(logs[place]) for place in logs):
        for place, shard in shards.items():
            batch = logs[place][done[place] : done[place] + 40]
            done[place] += len(batch)
            shard.fold(batch)
            command: Command | None = shard.flush()
            while command is not None:
                if isinstance(command, Write):
                    rows[command.table].append(arrow(command.table, command.columns))
                elif isinstance(command, Send):
                    for sent in command.messages:
                        if sent.topic in ("homes", "works"):
                            assert sent.partition is not None
                            assert sent.value is not None
                            log = logs[sent.topic, sent.partition]
                            log.append(Received(len(log), sent.value, toy.ENDS, sent.headers))
                command = shard.done()
    return {table: pa.concat_tables(found, promote_options="default") for table, found in rows.items()}


def _shard(topic: str, partition: int) -> Shard:
    shard = Shard(
        catalogue=toy.CATALOGUE, contract=Contract(toy.TYPES, toy.REGIONS), calendar=Calendar(toy.REGIONS.zone),
        generation="g", topic=topic, partition=partition, partitions=PARTITIONS,
    )  # fmt: skip
    shard.assigned()
    shard.loaded(Loaded(None, []), LogBounds(0, 1 << 30, "", PARTITIONS))
    shard.done()
    return shard


def database(folder: Path) -> Client:
    """An empty database with the toy plan's views."""
    client = connect(f"chdb://{folder}")
    migrate(client)
    create_views(client, toy.CATALOGUE, toy.REGIONS, "stream")
    client.set_client_setting("mutations_sync", 2)
    one_thread(client)
    client.command("INSERT INTO generations SELECT 'g', 'toy', now64(3), ''")
    return client


def fill(client: Client, rows: dict[str, Any]) -> None:
    """Exactly these rows."""
    for table in TABLES:
        client.command(f"TRUNCATE TABLE {table}")
        client.insert_arrow(table, rows[table])
