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
from tests.streams.simulator import NOISE, PARTITIONS, Decoder, Received
from tests.streams.test_driver import World, session

HOME = TP(f"t.{toy.TOPIC}", 0)
SOON = 5.0


class Batch:
    """A Faust event that holds a whole fetch."""

    def __init__(self, begin: int | None, records: Sequence[Received], tp: TP = HOME) -> None:
        self.value = Fetch(begin, records)
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

    async def seek(self, tp: TP, offset: int) -> None:
        self.sought.append((tp, offset))

    def stands_at(self, tp: TP, offset: int) -> None:
        self.stands.append((tp, offset))


class Bounds:
    """`streams.kafka.Logs` without Kafka."""

    async def bounds(self, topic: str, partition: int) -> Log:
        return Log(0, 1_000_000, "", PARTITIONS)


class Setting:
    def __init__(self, position: int | None = None, most: int = 50_000, budget: int = 1 << 20) -> None:
        self.world, self.consumer, self.drivers = World(position=position), Consumer(), list[Driver]()
        self._most = most
        self.pool = Pool(self._make, Bounds(), lambda: self.consumer, budget=budget)  # type: ignore[arg-type]

    def _make(self, tp: TP, source: Source) -> Driver:
        shard = Shard(
            catalogue=toy.CATALOGUE, contract=Decoder(), calendar=toy.CALENDAR, generation="g",  # type: ignore[arg-type]
            topic=toy.TOPIC, partition=tp.partition, partitions=PARTITIONS,
        )  # fmt: skip
        self.drivers.append(
            Driver(shard, self.world, self.world, source, self.world, linger=0.0, most=self._most)
        )
        return self.drivers[-1]

    async def loaded(self, tp: TP = HOME) -> Driver:
        for _ in range(1000):
            if self.pool.wanted(tp):
                return self.drivers[-1]
            await asyncio.sleep(0)
        raise TimeoutError


async def test_a_partition_is_read_once_its_shard_is_loaded_and_from_where_it_stands() -> None:
    at = Setting(position=6)
    assert not at.pool.wanted(HOME)
    at.pool.assigned({HOME})
    assert not at.pool.wanted(HOME)
    assert at.pool.resume_at(HOME) is None
    driver = await at.loaded()
    assert at.pool.resume_at(HOME) == 7
    assert at.consumer.sought == at.consumer.stands == [(HOME, 7)]
    at.pool.assigned({HOME})  # ours already: nothing is loaded again
    assert at.drivers == [driver]
    await at.pool.close(SOON)


async def test_a_batch_is_acked_when_its_last_offset_is_durable() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    await at.loaded()
    batches = [Batch(0, [session(0), session(1)]), Batch(2, [session(2)])]
    at.world.held.clear()
    for batch in batches:
        await at.pool.feed(batch)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert [batch.acks for batch in batches] == [0, 0]
    at.world.held.set()
    await at.pool.close(SOON)
    assert [batch.acks for batch in batches] == [1, 1]


@pytest.mark.parametrize("begin", [1, 5, None])
async def test_what_does_not_follow_is_read_again(begin: int | None) -> None:
    """Faust dropped what lies between, at a rebalance say: it must not pass for a gap that a transaction left."""
    at = Setting()
    at.pool.assigned({HOME})
    driver = await at.loaded()
    lost = Batch(begin, [session(5)])
    await at.pool.feed(lost)  # type: ignore[arg-type]
    assert (driver.next, driver.pending) == (0, 0)
    assert at.consumer.sought[-1] == (HOME, 0)
    await at.pool.feed(Batch(0, [session(offset) for offset in range(6)]))  # type: ignore[arg-type]
    await at.pool.close(SOON)
    assert lost.acks == 0
    assert [list(columns["offset"]) for columns in at.world.rows["events"]] == [[0, 1, 2, 3, 4, 5]]


async def test_what_was_read_from_further_back_is_taken_from_where_it_is_new() -> None:
    at = Setting(position=2)
    at.pool.assigned({HOME})
    await at.loaded()
    await at.pool.feed(Batch(1, [session(offset) for offset in range(1, 6)]))  # type: ignore[arg-type]
    await at.pool.close(SOON)
    assert [list(columns["offset"]) for columns in at.world.rows["events"]] == [[3, 4, 5]]


async def test_a_gap_in_the_log_itself_is_taken_as_it_is() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    driver = await at.loaded()
    await at.pool.feed(Batch(0, [session(3)]))  # type: ignore[arg-type]
    assert driver.next == 4
    await at.pool.close(SOON)


async def test_batches_of_nobody_are_passed_over() -> None:
    at = Setting()
    batch = Batch(0, [session(0)])
    await at.pool.feed(batch)  # type: ignore[arg-type]
    assert batch.acks == 0


async def test_a_revoked_partition_is_finished_first() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    await at.loaded()
    batch = Batch(0, [session(0), session(1)])
    await at.pool.feed(batch)  # type: ignore[arg-type]
    await at.pool.revoked([HOME, TP("another", 0)], SOON)
    assert batch.acks == 1
    assert list(at.pool) == []
    assert not at.pool.wanted(HOME)


async def test_a_revoked_partition_is_given_up_after_a_while() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    await at.loaded()
    batch = Batch(0, [session(0)])
    at.world.held.clear()
    await at.pool.feed(batch)  # type: ignore[arg-type]
    async with asyncio.timeout(SOON):
        await at.pool.revoked([HOME], 0.02)
    assert batch.acks == 0
    assert list(at.pool) == []


async def test_closing_while_a_rebalance_revokes_does_each_shard_once() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    await at.loaded()
    at.world.held.clear()
    await at.pool.feed(Batch(0, [session(0)]))  # type: ignore[arg-type]
    ends = [asyncio.create_task(at.pool.revoked([HOME], SOON)), asyncio.create_task(at.pool.close(SOON))]
    await asyncio.sleep(0)
    at.world.held.set()
    async with asyncio.timeout(SOON):
        await asyncio.gather(*ends)
    at.pool.assigned({HOME})  # closed: nothing is taken any more
    assert len(at.drivers) == 1


@pytest.mark.parametrize("kind", [RuntimeError, Halted])
async def test_the_first_failure_is_told(kind: type[Exception]) -> None:
    at = Setting()
    at.world.failures["events"] = [kind("the first")]
    at.pool.assigned({HOME})
    await at.loaded()
    await at.pool.feed(Batch(0, [session(0)]))  # type: ignore[arg-type]
    async with asyncio.timeout(SOON):
        error = await at.pool.failure
    assert isinstance(error, kind)
    at.pool.fail(RuntimeError("a later one"))
    assert at.pool.failure.result() is error
    await at.pool.close(0.02)


async def test_a_partition_that_goes_is_no_failure() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    await at.loaded()
    await at.pool.close(SOON)
    assert not at.pool.failure.done()


@pytest.mark.parametrize("limits", [{"most": 2}, {"budget": 3 * len(NOISE) - 1}])
async def test_no_more_is_read_while_too_much_waits_for_clickhouse(limits: dict[str, int]) -> None:
    """Nobody waits in an agent: the partition, or all of them, are left out of the next fetches."""
    at = Setting(**limits)
    at.pool.assigned({HOME})
    await at.loaded()
    at.world.held.clear()
    batch = Batch(0, [Received(offset, NOISE) for offset in range(3)])
    async with asyncio.timeout(SOON):
        await at.pool.feed(batch)  # type: ignore[arg-type]
    assert not at.pool.wanted(HOME)
    assert at.pool.resume_at(HOME) == 3
    at.world.held.set()
    await at.loaded()
    await at.pool.close(SOON)
    assert batch.acks == 1
