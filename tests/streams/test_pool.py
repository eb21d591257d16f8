"""The pool: whose a batch is, what a revoked partition leaves behind, and which failure is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from faust.types import TP

import streams.driver
from streams.breaker import NORMAL, Limits
from streams.commands import LogBounds
from streams.driver import Driver, LogSource
from streams.pool import Pool
from streams.shard import Shard
from streams.takeover import Halted
from tests.streams.counting import toy
from tests.streams.simulator import NOISE, PARTITIONS, Decoder, Received
from tests.streams.test_driver import World, session

HOME = TP(f"t.{toy.TOPIC}", 0)
SOON = 5.0


class Batch:
    """A Faust event that holds a whole fetch."""

    def __init__(self, begin: int | None, records: Sequence[Received], tp: TP = HOME) -> None:
        records[0].begin = records[0].offset if begin is None else begin
        self.value = records
        self.message = self
        self.tp = tp


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

    def __init__(self) -> None:
        self.now = LogBounds(0, 1_000_000, "", PARTITIONS)
        self.answering = asyncio.Event()
        self.answering.set()

    async def bounds(self, topic: str, partition: int) -> LogBounds:
        await self.answering.wait()
        return self.now


class Setting:
    def __init__(
        self,
        position: int | None = None,
        most: int = 50_000,
        budget: int = 1 << 20,
        limits: Limits = NORMAL,
    ) -> None:
        self.world, self.consumer, self.drivers = World(position=position), Consumer(), list[Driver]()
        self._most, self._limits, self.bounds = most, limits, Bounds()
        self.pool = Pool(self._make, self.bounds, lambda: self.consumer, budget=budget)  # type: ignore[arg-type]

    def _make(self, tp: TP, source: LogSource) -> Driver:
        shard = Shard(
            catalogue=toy.CATALOGUE, contract=Decoder(), calendar=toy.CALENDAR, generation="g",  # type: ignore[arg-type]
            topic=toy.TOPIC, partition=tp.partition, partitions=PARTITIONS,
        )  # fmt: skip
        options = {"linger": 0.0, "most": self._most, "limits": self._limits}
        self.drivers.append(Driver(shard, self.world, self.world, source, self.world, **options))  # type: ignore[arg-type]
        return self.drivers[-1]

    async def loaded(self, tp: TP = HOME) -> Driver:
        await until(lambda: self.pool.wanted(tp))
        return self.drivers[-1]

    async def written(self) -> None:
        """All of a flush but its position, which is held."""
        await until(lambda: self.world.asked[-1] == "positions")


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON):
        while not true():  # noqa: ASYNC110 — what it waits for tells nobody
            await asyncio.sleep(0)


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


async def test_kafka_hears_how_far_rows_are_durable() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    driver = await at.loaded()
    at.world.held.clear()
    await at.pool.deliver(Batch(0, [session(0), session(1)]))
    await at.written()
    await at.pool.deliver(Batch(2, [session(2)]))
    assert (driver.next, at.consumer.stands) == (3, [(HOME, 0)])
    at.world.held.set()
    await at.pool.close(SOON)
    assert at.consumer.stands == [(HOME, 0), (HOME, 2), (HOME, 3)]


@pytest.mark.parametrize("begin", [1, 5, None])
async def test_what_does_not_follow_is_read_again(begin: int | None) -> None:
    """Faust dropped what lies between, at a rebalance say: it must not pass for a gap that a transaction left."""
    at = Setting()
    at.pool.assigned({HOME})
    driver = await at.loaded()
    lost = Batch(begin, [session(5)])
    await at.pool.deliver(lost)
    assert (driver.next, driver.pending) == (0, 0)
    assert at.consumer.sought[-1] == (HOME, 0)
    await at.pool.deliver(Batch(0, [session(offset) for offset in range(6)]))
    await at.pool.close(SOON)
    assert [list(columns["offset"]) for columns in at.world.rows["events"]] == [[0, 1, 2, 3, 4, 5]]


async def test_what_was_read_from_further_back_is_taken_from_where_it_is_new() -> None:
    at = Setting(position=2)
    at.pool.assigned({HOME})
    await at.loaded()
    await at.pool.deliver(Batch(1, [session(offset) for offset in range(1, 6)]))
    await at.pool.close(SOON)
    assert [list(columns["offset"]) for columns in at.world.rows["events"]] == [[3, 4, 5]]


async def test_a_gap_in_the_log_itself_is_taken_as_it_is() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    driver = await at.loaded()
    await at.pool.deliver(Batch(0, [session(3)]))
    assert driver.next == 4
    await at.pool.close(SOON)


async def test_batches_of_nobody_are_passed_over() -> None:
    at = Setting()
    await at.pool.deliver(Batch(0, [session(0)]))
    assert (at.consumer.sought, at.consumer.stands) == ([], [])


async def held() -> Setting:
    """A shard that has a batch, whose rows ClickHouse does not take before `world.held` is set."""
    at = Setting()
    at.pool.assigned({HOME})
    await at.loaded()
    at.world.held.clear()
    await at.pool.deliver(Batch(0, [session(0)]))
    return at


async def test_a_revoked_partition_is_finished_first() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    await at.loaded()
    await at.pool.deliver(Batch(0, [session(0), session(1)]))
    await at.pool.revoked([HOME, TP("another", 0)], SOON)
    assert at.consumer.stands[-1] == (HOME, 2)
    assert list(at.pool) == []
    assert not at.pool.wanted(HOME)


async def test_a_revoked_partition_is_given_up_after_a_while() -> None:
    at = await held()
    async with asyncio.timeout(SOON):
        await at.pool.revoked([HOME], 0.02)
    assert at.consumer.stands == [(HOME, 0)]
    assert list(at.pool) == []


async def test_closing_while_a_rebalance_revokes_does_each_shard_once() -> None:
    at = await held()
    ends = [asyncio.create_task(at.pool.revoked([HOME], SOON)), asyncio.create_task(at.pool.close(SOON))]
    await asyncio.sleep(0)
    at.world.held.set()
    async with asyncio.timeout(SOON):
        await asyncio.gather(*ends)
    at.pool.assigned({HOME})  # closed: nothing is taken any more
    assert len(at.drivers) == 1


async def test_closing_waits_for_what_a_rebalance_still_finishes() -> None:
    at = await held()
    revoking = asyncio.create_task(at.pool.revoked([HOME], 10 * SOON))
    await at.written()
    closing = asyncio.create_task(at.pool.close(SOON))
    for _ in range(20):  # turns of the loop in which it might return too early
        await asyncio.sleep(0)
    assert not closing.done()
    at.world.held.set()
    async with asyncio.timeout(SOON):
        await asyncio.gather(closing, revoking)
    assert at.consumer.stands[-1] == (HOME, 1)


@pytest.mark.parametrize("cancelled", [False, True])
async def test_what_closing_does_not_wait_for_is_no_longer_at_work(cancelled: bool) -> None:
    """A rebalance has longer than the end of a worker, and may be broken off."""
    at = await held()
    [driver] = at.drivers
    revoking = asyncio.create_task(at.pool.revoked([HOME], 10 * SOON))
    await at.written()
    if cancelled:
        revoking.cancel()
    async with asyncio.timeout(SOON):
        await at.pool.close(0.02)
        await asyncio.wait({revoking})
    at.world.held.set()
    await asyncio.sleep(0)
    assert (driver.pending, at.world.acks, "positions" in at.world.rows) == (0, [], False)


async def test_a_driver_that_ends_while_it_finishes_holds_nobody_up() -> None:
    at = Setting()
    at.pool.assigned({HOME})
    await at.loaded()
    at.world.failures["cells"] = [RuntimeError("a bug")]
    await at.pool.deliver(Batch(0, [session(0)]))
    async with asyncio.timeout(SOON):
        await at.pool.close(10 * SOON)
    assert str(at.pool.failure.result()) == "a bug"


async def test_a_look_at_the_log_that_outlives_its_shard_is_nobodys_failure() -> None:
    """Who has the partition now may have counted on, and retention have followed."""
    at = Setting(position=9)
    at.pool.assigned({HOME})
    await at.loaded()
    at.bounds.answering.clear()
    feeding = asyncio.create_task(at.pool.deliver(Batch(10, [session(20)])))
    await asyncio.sleep(0)
    await at.pool.revoked([HOME], SOON)
    at.bounds.now = LogBounds(20, 30, "", PARTITIONS)
    at.bounds.answering.set()
    async with asyncio.timeout(SOON):
        await feeding


async def test_a_paused_partition_leaves_the_others_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.driver, "SLICE", 3)
    other = TP(HOME.topic, 1)
    at = Setting(budget=5 * len(NOISE), limits=Limits(run=1))
    at.pool.assigned([HOME])
    driver = await at.loaded()
    at.pool.assigned([other])
    await at.loaded(other)
    await at.pool.deliver(Batch(0, [Received(offset, NOISE) for offset in range(10)]))
    assert not at.pool.wanted(other)
    await until(lambda: driver.paused is not None)
    await at.loaded(other)
    assert not at.pool.wanted(HOME)
    assert at.pool.resume_at(HOME) == 3
    await at.pool.close(SOON)


@pytest.mark.parametrize("kind", [RuntimeError, Halted])
async def test_the_first_failure_is_told(kind: type[Exception]) -> None:
    at = Setting()
    at.world.failures["events"] = [kind("the first")]
    at.pool.assigned({HOME})
    await at.loaded()
    await at.pool.deliver(Batch(0, [session(0)]))
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
async def test_no_more_is_read_while_too_much_waits_for_clickhouse(limits: dict[str, Any]) -> None:
    """Nobody waits in an agent: the partition, or all of them, are left out of the next fetches."""
    at = Setting(**limits)
    at.pool.assigned({HOME})
    await at.loaded()
    at.world.held.clear()
    batch = Batch(0, [Received(offset, NOISE) for offset in range(3)])
    async with asyncio.timeout(SOON):
        await at.pool.deliver(batch)
    assert not at.pool.wanted(HOME)
    assert at.pool.resume_at(HOME) == 3
    at.world.held.set()
    await at.loaded()
    await at.pool.close(SOON)
    assert at.consumer.stands[-1] == (HOME, 3)
