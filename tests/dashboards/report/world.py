"""A toy city whose real shards count on: before a report is filed, and after it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from clickhouse_connect.driver.client import Client

from schemas.contract import Contract
from sinks.clickhouse.tables import arrow
from streams.commands import Command, Halt, Loaded, LogBounds, Send, Write
from streams.counting.calendar import Calendar
from streams.partition import partition_of
from streams.shard import Shard
from tests.verify import toy
from tests.verify.world import PARTITIONS, TABLES, Received

Message = tuple[str, str, bytes, int]
"""(topic, subject, CloudEvents JSON, append time in ms), as `toy.log` has them."""

AFTER = datetime.fromtimestamp(toy.ENDS / 1000, UTC)
"""When the first part of the log ends: the middle of August."""


class World:
    """Shards that read what is published, and write what they count to ClickHouse."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.logs: dict[tuple[str, int], list[Received]] = {
            (topic, partition): [] for topic in ("homes", "works") for partition in range(PARTITIONS)
        }
        self._shards = {place: _shard(*place) for place in self.logs}
        self._done = dict.fromkeys(self.logs, 0)
        for table in (*TABLES, "filings"):
            client.command(f"TRUNCATE TABLE {table}")

    def publish(self, messages: Iterable[Message]) -> None:
        """Put messages into the log, and count until nothing is left. Every 31st lies in the wrong partition."""
        for number, (topic, subject, body, time) in enumerate(messages):
            log = self.logs[topic, (partition_of(subject, PARTITIONS) + (number % 31 == 0)) % PARTITIONS]
            log.append(Received(len(log), body, time))
        while any(self._done[place] < len(log) for place, log in self.logs.items()):
            for place, shard in self._shards.items():
                self._count(place, shard)

    def _count(self, place: tuple[str, int], shard: Shard) -> None:
        batch = self.logs[place][self._done[place] : self._done[place] + 500]
        self._done[place] += len(batch)
        shard.fold(batch)
        command: Command | None = shard.flush()
        while command is not None:
            assert not isinstance(command, Halt), command
            if isinstance(command, Write):
                self.client.insert_arrow(command.table, arrow(command.table, command.columns))
            elif isinstance(command, Send):
                for sent in command.messages:
                    if sent.topic in ("homes", "works"):
                        assert sent.partition is not None
                        assert sent.value is not None
                        log = self.logs[sent.topic, sent.partition]
                        log.append(Received(len(log), sent.value, toy.ENDS, sent.headers))
            command = shard.done()


def afterwards(
    before: list[Message], late: int, corrected: int, void: int, settled: int
) -> Iterator[Message]:
    """What comes after the middle of August about June and before: new records, other versions of old ones, and cases
    of which only now is heard, and that they were settled since."""
    dice = random.Random(11)
    known = [
        (topic, event)
        for topic, _, body, _ in before
        if (event := orjson.loads(body)).get("type")
        and not event["type"].endswith(".beat")
        and not event.get("void")
    ]
    made: list[tuple[str, dict[str, Any]]] = []
    kinds = [kind for kind in toy.TYPES.values() if kind.type != "works.settled"]
    for number in range(late):
        kind = dice.choice(kinds)
        arrives = datetime(2023, 6, 30, 15, tzinfo=UTC) - timedelta(hours=dice.randrange(24 * 28))
        made.append((kind.topic, toy._event(dice, kind, 100_000 + number, arrives)))
    for topic, event in dice.sample(known, corrected):
        happened = datetime.fromisoformat(event["time"]) - timedelta(dice.randrange(9))
        data = dict(event["data"])
        if "listed" in data:
            data["listed"] = not data["listed"]
        if "score" in data:
            data["score"] = dice.randrange(1000) / 10
        made.append((topic, event | {"time": happened.isoformat(), "data": data, "revision": 40}))
    for topic, event in dice.sample(known, void):
        made.append((topic, {k: v for k, v in event.items() if k != "data"} | {"revision": 50, "void": True}))
    for number in range(settled):  # a case of June that nobody knew of, settled in August
        subject = {"subject": f"case-{100 + number}"}
        for type, at in (("works.case", datetime(2023, 6, 20, tzinfo=UTC)), ("works.settled", AFTER)):
            event = toy._event(dice, toy.TYPES[type], 200_000 + number, at)
            made.append(("works", event | subject))
    dice.shuffle(made)
    for number, (topic, event) in enumerate(made):
        came = AFTER + timedelta(days=1, seconds=number)
        yield topic, event["subject"], orjson.dumps(event), int(came.timestamp() * 1000)


def _shard(topic: str, partition: int) -> Shard:
    shard = Shard(
        catalogue=toy.CATALOGUE, contract=Contract(toy.TYPES, toy.REGIONS), calendar=Calendar(toy.REGIONS.zone),
        generation="g", topic=topic, partition=partition, partitions=PARTITIONS,
    )  # fmt: skip
    shard.assigned()
    shard.loaded(Loaded(None, []), LogBounds(0, 1 << 30, "", PARTITIONS))
    shard.done()
    return shard
