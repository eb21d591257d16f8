"""The pool: whose a batch is, what a revoked partition leaves behind, and which failure is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from faust.types import TP

from streams.commands import Log
from streams.driver import Driver, Halted, Source
from streams.pool import Pool
from streams.shard import Shard
from streams.transport import Fetch
from tests.streams.counting import toy
from tests.streams.simulator import PARTITIONS, Decoder, Received
from tests.streams.test_driver import HERE, World, session

HOME = TP(f"t.{toy.TOPIC}", 0)
SOON = 5.0


class Batch:
    """A Faust event that holds a whole fetch."""

    def __init__(self, owner: object, records: Sequence[Received], tp: TP = HOME) -> None:
        self.value = Fetch(owner, records)
        self.message = self
        self.tp, self.offset = tp, records[-1].offset
        self.acks = 0

    def ack(self) -> None:
        self.acks += 1


class Consumer:
    """Faust's consumer, as far as the pool knows it."""

    def __init__(self) -> None:
        self.sought: list[tuple[TP, int]] = []
        self.stands: list[tuple[TP, int]] = []
        self.ends: dict[TP, int] = {}

    async def seek(self, tp: TP, offset: int) -> None:
        self.sought.append((tp, offset))

    def stands_at(self, tp: TP, offset: int) -> None:
        self.stands.append((tp, offset))

    def highwater(self, tp: TP) -> int | None:
        return self.ends.get(tp)


class Bounds:
    """`streams.kafka.Logs` without Kafka."""

    async def bounds(self, topic: str, partition: int) -> Log:
        return Log(0, 1_000_000, "", PARTITIONS)


class Setting:
    def __init__(self, position: int | None = None, most: int = 50_000) -> None:
        self.world, self.consumer, self.drivers = World(position=position), Consumer(), list[Driver]()
        self._most = most
        self.pool = Pool(self._make, Bounds(), lambda: self.consumer)  # type: ignore[arg-type]

    def _make(self, tp: TP, source: Source) -> Driver:
        shard = Shard(
            catalogue=toy.CATALOGUE, contract=Decoder(), calendar=toy.CALENDAR, generation="g",  # type: ignore[arg-type]
            topic=toy.TOPIC, partition=tp.partition, partitions=PARTITIONS,
        )  # fmt: skip
        self.drivers.append(
            Driver(shard, self.world, self.world, source, self.world, linger=0.0, most=self._most)
        )
        return self.drivers[-1]

    async def owner(self, tp: TP = HOME) -> Driver:
        for _ in range(1000):
            if (owner := self.pool.owner(tp)) is not None:
                return owner
            await asyncio.sleep(0)
        raise TimeoutError


async def test_a_partition_is_read_once_its_shard_is_loaded_and_from_where_it_stands() -> None:
    at = Setting(position=6)
    assert at.pool.owner(HOME) is None
    at.pool.assigned({HOME})
    assert at.pool.owner(HOME) is None
    owner = await at.owner()
    assert at.pool.resume_at(HOME) == 7
    assert at.consumer.sought == at.consumer.stands == [(HOME, 7)]
    at.pool.assigned({HOME})  # ours already: nothing is loaded again
    assert at.drivers == [owner]
    await at.pool.close(SOON)


async def test_a_batch_is_acked_when_its_last_offset_is_durable() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    owner = await at.owner()
    batches = [Batch(owner, [session(0), session(1)]), Batch(owner, [session(2)])]
    at.world.held.clear()
    for batch in batches:
        await at.pool.feed(batch)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert [batch.acks for batch in batches] == [0, 0]
    at.world.held.set()
    await at.pool.close(SOON)
    assert [batch.acks for batch in batches] == [1, 1]


async def test_what_was_fetched_for_an_earlier_owner_is_passed_over() -> None:
    """It would look like a harmless gap, and what lies between would be lost."""
    at = Setting()
    at.pool.assigned({HOME})
    earlier = await at.owner()
    await at.pool.revoked([HOME], SOON)
    at.pool.assigned({HOME})
    owner = await at.owner()
    assert owner is not earlier
    stale = Batch(earlier, [session(5)])
    await at.pool.feed(stale)  # type: ignore[arg-type]
    assert (owner.next, owner.pending) == (0, 0)
    await at.pool.feed(Batch(owner, [session(0)]))  # type: ignore[arg-type]
    await at.pool.close(SOON)
    assert stale.acks == 0
    assert [list(columns["offset"]) for columns in at.world.rows["events"]] == [[0]]


async def test_batches_of_nobody_are_passed_over() -> None:
    at = Setting()
    batch = Batch(None, [session(0)])
    await at.pool.feed(batch)  # type: ignore[arg-type]
    assert batch.acks == 0


async def test_a_revoked_partition_is_finished_first() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    batch = Batch(await at.owner(), [session(0), session(1)])
    await at.pool.feed(batch)  # type: ignore[arg-type]
    await at.pool.revoked([HOME, TP("another", 0)], SOON)
    assert batch.acks == 1
    assert list(at.pool) == []
    assert at.pool.owner(HOME) is None


async def test_a_revoked_partition_is_given_up_after_a_while() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    batch = Batch(await at.owner(), [session(0)])
    at.world.held.clear()
    await at.pool.feed(batch)  # type: ignore[arg-type]
    async with asyncio.timeout(SOON):
        await at.pool.revoked([HOME], 0.02)
    assert batch.acks == 0
    assert list(at.pool) == []


@pytest.mark.parametrize("kind", [RuntimeError, Halted])
async def test_the_first_failure_is_told(kind: type[Exception]) -> None:
    at = Setting()
    at.world.failures["events"] = [kind("the first")]
    at.pool.assigned({HOME})
    await at.pool.feed(Batch(await at.owner(), [session(0)]))  # type: ignore[arg-type]
    async with asyncio.timeout(SOON):
        error = await at.pool.failure
    assert isinstance(error, kind)
    at.pool.fail(RuntimeError("a later one"))
    assert at.pool.failure.result() is error
    await at.pool.close(0.02)


async def test_a_partition_that_goes_is_no_failure() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    await at.owner()
    await at.pool.close(SOON)
    assert not at.pool.failure.done()


async def test_lag_is_what_is_not_in_the_figures_yet() -> None:
    at = Setting(position=6)
    at.pool.assigned({HOME})
    await at.owner()
    assert list(at.pool.lags()) == []  # no fetch has told where the log ends
    at.consumer.ends[HOME] = 10
    assert list(at.pool.lags()) == [(toy.TOPIC, 0, 3)]
    await at.pool.close(SOON)


async def test_back_pressure_reaches_the_agent() -> None:
    at = Setting(most=2)
    at.pool.assigned({HOME})
    owner = await at.owner()
    at.world.held.clear()
    feeding = asyncio.create_task(
        at.pool.feed(Batch(owner, [session(offset) for offset in range(3)]))  # type: ignore[arg-type]
    )
    for _ in range(20):
        await asyncio.sleep(0)
    assert not feeding.done()
    at.world.held.set()
    async with asyncio.timeout(SOON):
        await feeding
    await at.pool.close(SOON)
    assert at.world.rows["events"][0]["subject"] == (HERE,) * 3
