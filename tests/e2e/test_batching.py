"""The same log gives the same rows to the last digit, however it falls into batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from pulse.app.city import City, load_city
from pulse.app.settings import load_settings
from pulse.simulate.city import SimulatedCity
from pulse.simulate.year import year
from schemas.event import Record, Version
from streams.commands import Ack, Command, Loaded, LogBounds, Position, Send, Write
from streams.counting.calendar import Calendar
from streams.counting.facts import Fact, Statement
from streams.partition import partition_of
from streams.shard import Shard

PARTITIONS = 2
KEYS = {
    "events": ("topic", "partition", "offset"),
    "facts": ("topic", "partition", "measure", "member", "subject", "source", "id", "type", "offset"),
    "cells": ("topic", "partition", "measure", "region", "day"),
    "positions": ("topic", "partition"),
    "dead_letters": ("topic", "partition", "offset"),
    "device_hours": ("measure", "hour", "county", "device"),
}
"""What rows of a table are the same row: the ORDER BY of the migration."""

Shown = dict[tuple[Any, ...], tuple[Any, ...]]
Logs = dict[tuple[str, int], list["Received"]]


@dataclass(frozen=True)
class Received:
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass
class Tables:
    """ClickHouse in memory: of equal keys the later one stays; a cell's and a position's `offset` only grows."""

    rows: dict[str, Shown] = field(default_factory=lambda: defaultdict(dict))
    restated: list[tuple[str, Any]] = field(default_factory=list)
    """Rows that are functions of the log and were written again otherwise: never."""

    def write(self, write: Write) -> None:
        names = tuple(write.columns)
        at = [names.index(name) for name in KEYS[write.table]]
        own = self.rows[write.table]
        for row in zip(*write.columns.values(), strict=True):
            key = tuple(row[n] for n in at)
            if write.table not in ("cells", "positions") and own.get(key, row) != row:
                self.restated.append((write.table, key))
            own[key] = row

    def whole(self) -> dict[str, Shown]:
        """All rows; of a cell what it counts, and not the flush that last touched it."""
        shown = {table: dict(rows) for table, rows in self.rows.items()}
        shown["cells"] = {key: (row[-2],) for key, row in shown["cells"].items()}
        return shown

    def load(self, topic: str, partition: int, calendar: Calendar) -> Loaded:
        found = self.rows["positions"].get((topic, partition))
        if found is None:
            return Loaded(None, [])
        at: int = found[3]
        winners: dict[tuple[str, Record], Statement] = {}
        for row in self.rows["facts"].values():
            (_, topic_, partition_, measure, member, subject, source, id, type, revision, void, fingerprint,
             region, time, rank, value, live, offset) = row  # fmt: skip
            if (topic_, partition_) == (topic, partition) and offset <= at:
                record, version = Record(source, id, type, subject), Version(revision, void, fingerprint)
                fact = Fact(measure, member, record, region, time, calendar.day(time), rank, value, live)
                held = winners.get((measure + member, record))
                if held is None or (held.version, held.offset) < (version, offset):
                    winners[measure + member, record] = Statement(fact, version, offset)
        return Loaded(Position(at, "", PARTITIONS), list(winners.values()))


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(load_settings())


@pytest.fixture(scope="module")
def logs(city: City) -> Logs:
    """A small year as it lies in Kafka, what was sent on to its right partition included."""
    logs: Logs = {(topic, n): [] for topic in city.topics for n in range(PARTITIONS)}
    for sent in year(SimulatedCity(seed=5, scale=0.002, heartbeat_days=1)):
        right = partition_of((sent.key or b"").decode(), PARTITIONS)
        partition = right if sent.partition is None else sent.partition % PARTITIONS
        _append(logs[sent.topic, partition], sent.published_at_us // 1000, sent.key, sent.value, sent.headers)
    count(city, logs, Tables(), lambda: 100, sends=logs)
    return logs


def _append(log: list[Received], time: int, *said: Any) -> None:
    log.append(Received(len(log), time, *said))


def count(
    city: City, logs: Logs, tables: Tables, size: Callable[[], int], *, sends: Logs | None = None,
    restart: Callable[[], bool] = lambda: False,
) -> None:  # fmt: skip
    """Real shards read the logs in batches; now and then one begins anew from the tables.

    `sends`: where messages that are sent on are appended; None where they are in the logs already.
    """
    calendar = Calendar(city.regions.zone)
    shards = {place: _owned(city, tables, calendar, *place) for place in logs}
    busy = True
    while busy:
        busy = False
        for place, log in logs.items():
            shard = shards[place]
            if shard.last + 1 < len(log):
                busy = True
                batch = log[shard.last + 1 : shard.last + 1 + size()]
                shard.fold(batch)
                for command in _commands(shard, shard.flush()):
                    if isinstance(command, Write):
                        tables.write(command)
                    elif isinstance(command, Send) and sends is not None:
                        for message in command.messages:
                            if message.topic != "dead-letters":
                                assert message.partition is not None
                                _append(
                                    sends[message.topic, message.partition], batch[-1].timestamp, message.key,
                                    message.value, message.headers,
                                )  # fmt: skip
                if restart():
                    shards[place] = _owned(city, tables, calendar, *place)


def _commands(shard: Shard, command: Command | None) -> Iterator[Command]:
    while command is not None:
        yield command
        assert not isinstance(command, Ack) or command.offset == shard.position
        command = shard.done()


def _owned(city: City, tables: Tables, calendar: Calendar, topic: str, partition: int) -> Shard:
    shard = Shard(
        catalogue=city.catalogue, contract=city.contract, calendar=calendar, generation="g",
        topic=topic, partition=partition, partitions=PARTITIONS,
    )  # fmt: skip
    shard.assigned()
    shard.loaded(tables.load(topic, partition, calendar), LogBounds(0, 1 << 40, "", PARTITIONS))
    shard.done()
    return shard


@pytest.fixture(scope="module")
def whole(city: City, logs: Logs) -> dict[str, Shown]:
    """The rows where each log is one batch."""
    tables = Tables()
    count(city, logs, tables, lambda: 1 << 30)
    assert tables.restated == []
    return tables.whole()


@pytest.mark.parametrize("largest", [1, 40, 3000])
def test_batches_of_any_size_give_the_same_rows(
    largest: int, city: City, logs: Logs, whole: dict[str, Shown]
) -> None:
    random, tables = Random(largest), Tables()
    count(city, logs, tables, lambda: random.randint(1, largest))
    found = tables.whole()
    assert found.keys() == whole.keys() == KEYS.keys()
    for table in KEYS:
        assert found[table] == whole[table], table
    assert tables.restated == []


def test_workers_that_take_over_after_any_batch_give_the_same_rows(
    city: City, logs: Logs, whole: dict[str, Shown]
) -> None:
    random, tables = Random(1), Tables()
    count(city, logs, tables, lambda: random.randint(1, 400), restart=lambda: random.random() < 0.2)
    found = tables.whole()
    for table in KEYS:
        assert found[table] == whole[table], table
    assert tables.restated == []


def test_the_year_has_all_that_can_happen(logs: Logs, whole: dict[str, Shown]) -> None:
    """Otherwise the tests above would show little."""
    outcomes = {row[5 if row[2] is None else 4] for row in whole["events"].values()}
    assert len(whole["events"]) == sum(map(len, logs.values())) > 10_000
    assert outcomes >= {"counted", "duplicate", "superseded", "refused", "re-keyed"}
    assert all(whole[table] for table in KEYS)
