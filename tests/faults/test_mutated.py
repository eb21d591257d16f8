"""Records whose bytes may be anything, with transactions between them and a kill in the middle, over a real Kafka.

20 000 records, about a minute on two idle cores; MUTATED_RECORDS sends more or fewer. MUTATED_SEED repeats a run's chance;
the seed is printed. The same records in process, without Kafka: tests/streams/test_spoiled.py.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from pulse.brokers.apache import ApacheKafka
from tests.faults.batches import CODECS, producing, send
from tests.faults.chatter import Chatter
from tests.faults.nursery import Nursery
from tests.faults.recount import origin_of
from tests.faults.spoiling import Raw, Spoiler
from tests.faults.waiting import until
from tests.faults.world import World

RECORDS = int(os.environ.get("MUTATED_RECORDS", 20_000))
SEED = int(os.environ.get("MUTATED_SEED", 1))
CREATE_TIME = "smart-community"
"""The topic whose publishers set the time; the broker takes any there."""

_AT_ONCE = 100
"""Records of one step: sent plainly, or in a transaction."""


def test_mutated_records(broker: ApacheKafka, nursery: Nursery, tmp_path: Path) -> None:
    print(f"\nMUTATED_SEED={SEED} MUTATED_RECORDS={RECORDS}")
    with World(broker, nursery, tmp_path, max_consecutive_refusals=0, max_refused_ratio=1) as world:
        take_any_time(world)
        records = mutated(SEED, RECORDS, world.partitions)
        first = world.start()
        asyncio.run(publish(world, records[: RECORDS // 2], Random(SEED)))
        assert first.alive, first.log
        first.kill()
        second = world.start()
        asyncio.run(publish(world, records[RECORDS // 2 :], Random(SEED + 1)))
        until(lambda: world.settled() or not second.alive, 600, lambda: f"{world.positions()}\n{world.logs}")
        assert second.alive, second.log

        lying = world.lying()
        assert set.union(*(log.codecs for log in lying.values())) == set(CODECS) - {0}
        expected = world.expected(lying)
        expected.origins -= {origin_of(_as_read(record)) for record in records}
        assert world.compare(expected) > RECORDS * 0.9
        assert "0 differences" in world.run("verify")
        assert second.alive, second.log
        told = world.client.query(
            "SELECT if(reason = '', outcome, reason), count() FROM events FINAL GROUP BY 1 ORDER BY 2 DESC"
        ).result_rows
        print(*(f"{number:6} {what}" for what, number in told), sep="\n")
        assert len(told) >= 20
        assert dict(told)["counted"] > RECORDS / 20
        assert dict(told)["passed-over"] > 0


def mutated(seed: int, number: int, partitions: int) -> list[Raw]:
    """Records of both departments."""
    spoiler = Spoiler(seed, partitions)
    return [spoiler.spoil(sent) for sent in Chatter(seed, malformed=0.02).say(number)]


def _as_read(record: Raw) -> list[tuple[str, bytes | None]]:
    return [(name.decode("utf-8", "replace"), content) for name, content in record.headers]


def take_any_time(world: World) -> None:
    """Publishers set the time in one of the topics, and the broker has no opinion of it."""
    resource = ConfigResource(
        ResourceType.TOPIC,
        world.prefix + CREATE_TIME,
        incremental_configs=[
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in (
                ("message.timestamp.type", "CreateTime"), ("message.timestamp.after.max.ms", str((1 << 63) - 1)),
            )
        ],
    )  # fmt: skip
    for done in world.admin.incremental_alter_configs([resource]).values():
        done.result(30)


async def publish(world: World, records: Sequence[Raw], random: Random) -> None:
    """Plainly, in transactions that are committed or aborted, and in one that is open while others come and go."""
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(producing(world.broker.bootstrap))
        short, long = [
            await stack.enter_async_context(producing(world.broker.bootstrap, f"{world.prefix}{name}"))
            for name in ("short", "long")
        ]
        steps = [records[n : n + _AT_ONCE] for n in range(0, len(records), _AT_ONCE)]
        opens, ends = len(steps) // 3, 2 * len(steps) // 3
        for n, step in enumerate(steps):
            if n == opens:
                await long.begin_transaction()
            how = random.random()
            if opens <= n < ends and how < 0.2:
                await send(long, world.prefix, step, random)
            elif how < 0.6:
                await send(plain, world.prefix, step, random)
            else:
                await short.begin_transaction()
                await send(short, world.prefix, step, random)
                await (short.abort_transaction() if how > 0.95 else short.commit_transaction())
            if n == ends - 1:
                await (long.abort_transaction() if random.random() < 0.3 else long.commit_transaction())
        await short.begin_transaction()
        await send(short, world.prefix, steps[0], random)
        await short.abort_transaction()  # the log ends in what is no event
