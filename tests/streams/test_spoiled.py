"""Records of which any byte may be wrong, from the batch in Kafka's form to the rows in Arrow's: nothing raises.

SPOILED_RECORDS=200000 tries so many; the seed is SPOILED_SEED.
"""

from __future__ import annotations

import os
import struct
from collections import Counter
from collections.abc import Sequence
from random import Random

from aiokafka import TopicPartition
from aiokafka.consumer import fetcher

from pulse.app.city import City, load_city
from pulse.app.settings import load_settings
from schemas.event import Event, Refusal
from schemas.judge import judge
from schemas.refusals import Reason
from sinks.clickhouse.tables import arrow
from streams.commands import Command, Loaded, LogBounds, Outgoing, Send, Write
from streams.counting.calendar import Calendar
from streams.items import LogRecord
from streams.records import Batches, Records
from streams.shard import Shard
from tests.faults.batches import Batch, batched, codec_of
from tests.faults.chatter import Chatter
from tests.faults.spoiling import Raw, Spoiler
from tests.faults.world import TOWN

RECORDS = int(os.environ.get("SPOILED_RECORDS", 2_000))
SEED = int(os.environ.get("SPOILED_SEED", 1))
PARTITIONS = 3
TAKEN = 1_048_588
"""Bytes of the largest batch that a broker takes by default."""


class Town:
    """Every partition of a town, without Kafka and without ClickHouse: what is to be written is made and dropped."""

    def __init__(self) -> None:
        self.city: City = load_city(load_settings(catalogue=TOWN))
        self.ends: Counter[TopicPartition] = Counter()
        self.verdicts: Counter[str] = Counter()
        self._shards: dict[TopicPartition, Shard] = {}

    def take(self, tp: TopicPartition, batch: Sequence[Raw], codec: int) -> None:
        """Lay a batch into a log, read it back, count it."""
        built = Batch(batch, codec)._build()
        struct.pack_into(">q", built, 0, self.ends[tp])
        items = list(
            Records(tp, Batches(bytes(built)), [], self.ends[tp], None, None, True, fetcher.READ_COMMITTED)
        )
        assert [item.offset - self.ends[tp] for item in items] == list(range(len(batch)))
        self.ends[tp] += len(batch)
        for item, sent in zip(items, batch, strict=True):
            assert (item.key, item.value) == (sent.key, sent.value)
            self._judged(tp.topic, item)
        self._shard(tp).fold(items)
        self._carry_out(tp, self._shard(tp).flush())

    def _judged(self, topic: str, item: LogRecord) -> None:
        """The fast way and the judge agree; no refusal is one that nobody foresaw."""
        found, slowly = self.city.contract.decode(topic, item), judge(self.city.contract.terms, topic, item)
        if isinstance(found, Event):
            assert isinstance(slowly, Event), slowly
            assert (found.record, found.version, found.canonical) == (
                slowly.record, slowly.version, slowly.canonical,
            )  # fmt: skip
        else:
            assert found == slowly
        self.verdicts[found.reason if isinstance(found, Refusal) else type(found).__name__] += 1

    def _shard(self, tp: TopicPartition) -> Shard:
        if tp not in self._shards:
            self._shards[tp] = shard = Shard(
                catalogue=self.city.catalogue, contract=self.city.contract, calendar=Calendar(self.city.regions.zone),
                generation="g", topic=tp.topic, partition=tp.partition, partitions=PARTITIONS,
            )  # fmt: skip
            shard.assigned()
            shard.loaded(Loaded(None, ()), LogBounds(0, 0, "", PARTITIONS))
            assert shard.done() is None
        return self._shards[tp]

    def _carry_out(self, tp: TopicPartition, command: Command | None) -> None:
        shard = self._shard(tp)
        while command is not None:
            if isinstance(command, Write):
                arrow(command.table, command.columns)
            elif isinstance(command, Send):
                for message in command.messages:
                    assert _sent(message) <= TAKEN
            command = shard.done()
        assert shard.position == self.ends[tp] - 1


def _sent(message: Outgoing) -> int:
    """Bytes of a message alone in its batch, as aiokafka makes it."""
    headers: list[tuple[bytes, bytes | None]] = [
        (name.encode(), content) for name, content in message.headers
    ]
    sent = Raw(message.topic, 0, message.timestamp, message.key, message.value, headers)
    return len(Batch([sent], 0)._build())


def test_nothing_raises_whatever_is_spoiled() -> None:
    town, random, left = Town(), Random(SEED), RECORDS
    chatter, spoiler = Chatter(SEED, malformed=0.02), Spoiler(SEED, PARTITIONS)
    while left > 0:
        records = [spoiler.spoil(sent) for sent in chatter.say(min(left, 500))]
        left -= len(records)
        for (topic, partition), batch in batched(records, random):
            town.take(TopicPartition(topic, partition), batch, codec_of(batch, random))
    print(*(f"{number:6} {reason}" for reason, number in town.verdicts.most_common()), sep="\n")
    assert sum(town.verdicts.values()) == RECORDS
    assert Reason.PLATFORM_FAULT not in town.verdicts
    assert len(town.verdicts) >= 15
    assert town.verdicts["Event"] > RECORDS / 20
    assert town.verdicts["PassedOver"] > 10
