"""Whole fetches through Faust: a real worker on the in-process broker, with ClickHouse in memory."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.types import TP

import streams.driver
import streams.worker
from pulse.brokers.apache import ApacheKafka
from pulse.brokers.in_process import in_process_broker
from schemas.event import Event, Refusal
from streams.app import DRAIN
from streams.breaker import Limits
from streams.commands import Columns, Loaded, Write
from streams.items import Unreadable
from streams.kafka import KafkaSender, Logs, Topic, create_topics
from streams.partition import partition_of
from streams.pool import Pool
from streams.ports import Unavailable
from streams.takeover import Halted
from streams.transport import BatchConsumer
from streams.worker import Membership, Worker, WorkerPlan
from tests.streams.counting import toy
from tests.streams.simulator import PARTITIONS, Decoder, Ledger, Received

TOPIC = f"t.{toy.TOPIC}"
GROUP, RESET = "g", "reset"
"""Two consumer groups: in the second an operator has set the offsets. (The in-process broker lets nobody do that in
a group that had members; to the worker it is the same.)
"""
SOON = 60.0
"""Seconds that any condition here may take, on a machine that has much else to do."""
SUBJECTS = [
    next(subject for subject in "abcdefgh" if partition_of(subject, PARTITIONS) == partition)
    for partition in range(PARTITIONS)
]
"""A subject of each partition."""


class Wire(Decoder):
    """Reads a session from "subject id"; "noise" is noise."""

    def decode(self, topic: str, message: Any) -> Event | Refusal:
        if message.value == b"noise":
            return super().decode(topic, message)
        subject, id = message.value.decode().split()
        return super().decode(topic, Received(message.offset, toy.event("session", subject, id=id)))


class Memory:
    """Implements `streams.ports.Store` on the simulator's ledger."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.writes: list[tuple[str, int]] = []
        """(table, rows) of each write."""
        self.away = False
        """Not available now."""
        self.ends: BaseException | None = None
        """What a shard ends with once all of a flush is written but its position, and `goes_on` is set."""
        self.goes_on = asyncio.Event()

    async def load(self, topic: str, partition: int) -> Loaded:
        return self.ledger.load(partition)

    async def write(self, table: str, columns: Columns) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("away")
        if table == "positions" and self.ends is not None:
            await self.goes_on.wait()
            raise self.ends
        rows = len(columns["topic"]) if "topic" in columns else 0
        self.writes.append((table, rows))
        self.ledger.write(Write(table, columns, rows))

    def offsets(self, partition: int) -> list[int]:
        """What the ledger's events say was received."""
        return sorted(offset for owner, offset in self.ledger.events if owner == partition)


class Ears:
    """Implements `streams.driver.Watcher`."""

    def __init__(self) -> None:
        self.retries: list[str] = []
        self.pauses: list[str] = []
        self.unread: list[Unreadable] = []

    def took(self, step: str, seconds: float) -> None:
        pass

    def retrying(
        self, topic: str, partition: int, step: str, error: Exception, attempt: int, delay: float
    ) -> None:
        self.retries.append(step)

    def paused(self, topic: str, partition: int, why: str) -> None:
        self.pauses.append(why)

    def unreadable(self, topic: str, partition: int, what: Unreadable) -> None:
        self.unread.append(what)


class Setting:
    """A broker with one topic, and what a department and an operator do with it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def worker(
        self,
        store: Memory,
        ears: Ears | None = None,
        *,
        group: str = GROUP,
        session_timeout: float = 2.0,
        **options: Any,
    ) -> Worker:
        """`session_timeout`: so long the next member of the group waits for one that left, on this broker."""
        wire: Any = Wire()  # stands for the contract
        plan = WorkerPlan(
            toy.CATALOGUE,
            wire,
            toy.CALENDAR,
            "g",
            {toy.TOPIC: Topic(PARTITIONS, "")},
        )
        return Worker(
            plan,
            Membership(self.address, "t.", group, session_timeout=session_timeout),
            store,
            ears or Ears(),
            **({"linger": 0.0} | options),
        )

    async def publish(self, counts: dict[int, int], first: int = 0, compression: str | None = None) -> None:
        """So many sessions into each partition, with ids from `first` on."""
        producer = AIOKafkaProducer(bootstrap_servers=self.address, compression_type=compression)
        await producer.start()
        try:
            for partition, count in counts.items():
                subject = SUBJECTS[partition]
                sent = [
                    await producer.send(TOPIC, f"{subject} {id}".encode(), subject.encode())
                    for id in range(first, first + count)
                ]
                assert {(await one).partition for one in sent} <= {partition}
        finally:
            await producer.stop()

    async def committed(self, group: str = GROUP) -> dict[int, int]:
        """What the group's committed offsets are: lag tools read these."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        try:
            tps = [TopicPartition(TOPIC, n) for n in range(PARTITIONS)]
            found = await admin.list_consumer_group_offsets(group, partitions=tps)
        finally:
            await admin.close()
        return {tp.partition: known.offset for tp, known in found.items() if known.offset >= 0}

    async def commit(self, offsets: dict[int, int]) -> None:
        """Set those of the group RESET by hand."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, group_id=RESET, enable_auto_commit=False)
        await consumer.start()
        try:
            tps = {TopicPartition(TOPIC, n): offset for n, offset in offsets.items()}
            consumer.assign(list(tps))
            await consumer.commit(tps)
        finally:
            await consumer.stop()


@pytest.fixture
def at() -> Iterator[Setting]:
    with in_process_broker({TOPIC: PARTITIONS, "t.dead-letters": 1}) as address:
        yield Setting(address)


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    """The worker while it runs; told to stop at the end, where it has not ended by itself."""
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:  # also where a test fails: a worker that is only cancelled leaves Faust's thread behind
        worker.stop()
        await asyncio.wait({task}, timeout=SOON)
    assert task.done()
    await task


async def until(true: Callable[[], bool | Awaitable[bool]], task: asyncio.Task[None] | None = None) -> None:
    """Waits for a condition, or raises what ended the worker meanwhile."""
    async with asyncio.timeout(SOON):
        while True:
            if task is not None and task.done():
                task.result()
            met = true()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.02)


def counted(store: Memory, counts: dict[int, int]) -> Callable[[], bool]:
    return lambda: store.ledger.positions == {n: count - 1 for n, count in counts.items() if count}


# --- Commits reach the topic's end ---


async def test_the_last_commit_comes_though_another_is_under_way(
    at: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the stop Faust asks once, and leaves it at a commit that began before."""
    store, commit = Memory(), BatchConsumer._commit
    under_way, ends = asyncio.Event(), asyncio.Event()

    async def slow(consumer: BatchConsumer, offsets: dict[TP, int]) -> bool:
        under_way.set()
        await ends.wait()
        return bool(await commit(consumer, offsets))

    monkeypatch.setattr(BatchConsumer, "_commit", slow)
    await at.publish({0: 5})
    async with running(at.worker(store)) as task:
        await until(under_way.is_set, task)
        await at.publish({0: 5}, first=5)
        await until(counted(store, {0: 10}), task)
        asyncio.get_running_loop().call_later(0.5, ends.set)  # after the stop has begun
    assert await at.committed() == {0: 10}


async def test_a_commit_of_partitions_that_a_rebalance_took_ends_nobody(
    at: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust looks what is assigned, then queues the commit: the rebalance may end in between."""
    store, sent, commit = Memory(), [], BatchConsumer._commit

    async def late(consumer: BatchConsumer, offsets: dict[TP, int]) -> bool:
        done = await commit(
            consumer, {TP("t.elsewhere", tp.partition): offset for tp, offset in offsets.items()}
        )
        sent.append(offsets)
        return bool(done)

    monkeypatch.setattr(BatchConsumer, "_commit", late)
    await at.publish({0: 5})
    async with running(at.worker(store)) as task:
        await until(lambda: bool(sent), task)
        assert not task.done()
    assert sent[0] == {TP(TOPIC, 0): 5}


async def test_what_faust_acks_is_not_committed(at: Setting) -> None:
    """Its pure-Python stream acks each message that it skips at a rebalance."""
    store = Memory()
    worker = at.worker(store)
    await at.publish({0: 5})
    async with running(worker) as task:
        await until(counted(store, {0: 5}), task)
        assert worker._pool is not None
        consumer = worker._pool._consumer()
        consumer._acked[TP(TOPIC, 0)].append(99)
        consumer._acked_index[TP(TOPIC, 0)].add(99)
        await consumer.commit()
    assert await at.committed() == {0: 5}


@pytest.mark.parametrize("counts", [{0: 1}, {0: 25_000, 1: 40}])
async def test_commits_reach_the_end_of_each_partition(at: Setting, counts: dict[int, int]) -> None:
    """A first batch of one record too, and many batches: not one for each commit interval."""
    await at.publish(counts)
    store = Memory()

    async def whole() -> bool:
        return await at.committed() == counts

    async with running(at.worker(store)) as task:
        await until(counted(store, counts), task)
        await until(whole, task)
    for partition, count in counts.items():
        assert store.offsets(partition) == list(range(count))


async def test_a_commit_follows_each_batch_that_is_published_later(at: Setting) -> None:
    store = Memory()
    async with running(at.worker(store)) as task:
        for total in range(1, 3):
            await at.publish({0: 1}, first=total)

            async def whole(total: int = total) -> bool:
                return await at.committed() == {0: total}

            await until(whole, task)
    assert store.offsets(0) == [0, 1]


async def test_whole_fetches_are_one_batch_compressed_or_not(at: Setting) -> None:
    """That is where the speed comes from."""
    await at.publish({0: 5000})
    await at.publish({1: 5000}, compression="lz4")
    store = Memory()
    async with running(at.worker(store)) as task:
        await until(counted(store, {0: 5000, 1: 5000}), task)
    flushes = [rows for table, rows in store.writes if table == "events"]
    assert sum(flushes) == 10_000
    assert len(flushes) < 40
    assert store.offsets(0) == store.offsets(1) == list(range(5000))


# --- The position is the truth ---


@pytest.mark.parametrize("by_hand", [None, {0: 0, 1: 30}, {0: 1000, 1: 7}])
async def test_the_next_worker_goes_on_from_the_position(at: Setting, by_hand: dict[int, int] | None) -> None:
    """Whatever Kafka's committed offset says: the beginning, the end, beyond it, in between."""
    await at.publish({0: 10, 1: 20})
    store = Memory()
    async with running(at.worker(store)) as task:
        await until(counted(store, {0: 10, 1: 20}), task)
    before = list(store.writes)
    await at.publish({0: 20, 1: 10}, first=100)
    group = GROUP
    if by_hand is not None:
        group = RESET
        await at.commit(by_hand)
        assert await at.committed(group) == by_hand

    async def whole() -> bool:
        return await at.committed(group) == {0: 30, 1: 30}

    async with running(at.worker(store, group=group)) as task:
        await until(counted(store, {0: 30, 1: 30}), task)
        await until(whole, task)
    assert sum(rows for table, rows in store.writes[len(before) :] if table == "events") == 30
    assert store.offsets(0) == store.offsets(1) == list(range(30))
    assert store.ledger.drifted == []


async def test_kafka_hears_where_a_shard_stands_without_new_events(at: Setting) -> None:
    """A worker that was killed between position and ack leaves a lag that is none."""
    await at.publish({0: 5})
    store = Memory()
    async with running(at.worker(store)) as task:
        await until(counted(store, {0: 5}), task)
    await at.commit({0: 1})

    async def whole() -> bool:
        return await at.committed(RESET) == {0: 5}

    async with running(at.worker(store, group=RESET)) as task:
        await until(whole, task)


# --- The end of a worker ---


async def test_stopping_takes_seconds_and_leaves_nothing_unacked(at: Setting) -> None:
    await at.publish({0: 30_000, 1: 30_000})
    store = Memory()
    worker = at.worker(store)
    async with running(worker) as task:
        await until(lambda: bool(store.ledger.positions), task)
        worker.stop()
        async with asyncio.timeout(SOON):
            await task
    assert await at.committed() == {n: offset + 1 for n, offset in store.ledger.positions.items()}
    for partition, offset in store.ledger.positions.items():
        assert store.offsets(partition) == list(range(offset + 1))


async def test_stopping_an_idle_worker_is_quick(at: Setting) -> None:
    begun = time.monotonic()
    async with running(at.worker(Memory())) as task:
        await until(lambda: True, task)
    assert time.monotonic() - begun < 10


async def test_stopping_a_worker_that_still_waits_for_its_group_is_quick(at: Setting) -> None:
    """The broker answers a join when all members have come, or after the session of one that is gone."""
    store, patience = Memory(), 60.0
    async with running(at.worker(store, session_timeout=patience)):
        pass
    waiting = at.worker(store, session_timeout=patience)
    task = asyncio.create_task(waiting.run())
    await asyncio.sleep(1.5)  # by now it has asked to join; nothing tells
    begun = time.monotonic()
    waiting.stop()
    async with asyncio.timeout(SOON):
        await task
    assert time.monotonic() - begun < 5


async def test_nothing_is_acked_while_the_store_is_away(at: Setting) -> None:
    await at.publish({0: 5, 1: 5})
    store, ears = Memory(), Ears()
    store.away = True
    worker = at.worker(store, ears)
    async with running(worker) as task:
        await until(lambda: len(ears.retries) >= 4, task)
        await asyncio.sleep(1.2)  # a commit interval: there is no condition for what must not happen
        assert await at.committed() == {}
        store.away = False
        await until(counted(store, {0: 5, 1: 5}), task)
    assert await at.committed() == {0: 5, 1: 5}


@pytest.mark.parametrize("later", [False, True])
async def test_an_exception_in_the_agent_ends_the_worker_and_acks_nothing(
    at: Setting, monkeypatch: pytest.MonkeyPatch, later: bool
) -> None:
    """Faust acks the batch that an exception leaves behind: ours never leaves the agent."""
    store, deliver = Memory(), Pool.deliver

    async def broken(pool: Pool, batch: Any) -> None:
        if later:
            await deliver(pool, batch)
        raise RuntimeError("a bug in the agent")

    store.away = True
    monkeypatch.setattr(Pool, "deliver", broken)
    await at.publish({0: 5, 1: 5})
    with pytest.raises(RuntimeError, match="a bug in the agent"):
        async with asyncio.timeout(SOON):
            await at.worker(store).run()
    assert await at.committed() == {}
    assert store.writes == []


async def test_an_exception_in_a_shard_ends_the_worker_and_acks_nothing(at: Setting) -> None:
    await at.publish({0: 5})
    producer = AIOKafkaProducer(bootstrap_servers=at.address)
    await producer.start()
    await producer.send_and_wait(TOPIC, b"not what the decoder expects", partition=0)
    await producer.stop()
    store = Memory()
    with pytest.raises(ValueError, match="unpack") as caught:
        async with asyncio.timeout(SOON):
            await at.worker(store).run()
    assert caught.value.__notes__ == ["at toy/0/5"]
    committed = await at.committed()
    assert committed == {n: offset + 1 for n, offset in store.ledger.positions.items()}
    assert committed.get(0, 0) <= 5


async def test_a_log_that_was_made_anew_ends_the_worker(at: Setting) -> None:
    store = Memory()
    store.ledger.positions[0], store.ledger.times[0] = 99, 0
    store.ledger.gaps = {(0, offset) for offset in range(100)}  # nothing of them is lost
    with pytest.raises(Halted, match="toy/0: counted up to offset 99, but the log ends at 0"):
        async with asyncio.timeout(SOON):
            await at.worker(store).run()


@pytest.mark.parametrize("kind", [RuntimeError, Halted])
async def test_what_ends_a_shard_while_the_worker_stops_is_told(at: Setting, kind: type[Exception]) -> None:
    await at.publish({0: 5})
    store = Memory()
    store.ends = kind("say why")
    worker = at.worker(store)
    task = asyncio.create_task(worker.run())
    await until(lambda: any(table == "cells" for table, _ in store.writes), task)
    worker.stop()
    await until(lambda: not list(worker.drivers), task)
    store.goes_on.set()
    async with asyncio.timeout(DRAIN / 2):  # nobody waits for a shard that has ended
        await asyncio.wait({task})
    assert task.exception() is store.ends


@pytest.mark.parametrize("end", ["fails", "is cancelled"])
async def test_a_worker_that_ends_leaves_no_shard_at_work(at: Setting, end: str) -> None:
    """Its process may go on: another worker may run there, or a board."""
    await at.publish({0: 5})
    store, ears = Memory(), Ears()
    store.away = True
    worker = at.worker(store, ears)
    task = asyncio.create_task(worker.run())
    await until(lambda: len(ears.retries) >= 2, task)
    if end == "fails":
        assert worker._pool is not None
        worker._pool.fail(RuntimeError("a bug in another shard"))
    else:
        task.cancel()
    await asyncio.wait({task}, timeout=SOON)
    assert task.done()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("shard ")]


async def test_a_bug_in_the_watch_for_other_topics_ends_the_worker(
    at: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = [Unavailable("no broker"), ValueError("a bug in the watch")]

    async def changed(_: Logs) -> None:
        raise looks.pop(0)

    monkeypatch.setattr(streams.worker, "LOOK", 0.02)
    monkeypatch.setattr(Logs, "changed", changed)
    with pytest.raises(ValueError, match="a bug in the watch"):
        async with asyncio.timeout(SOON):
            await at.worker(Memory()).run()
    assert not looks


# --- Kafka at the start ---


@pytest.mark.parametrize("client", [Logs, KafkaSender])
async def test_a_worker_that_finds_no_kafka_closes_all_that_it_opened(
    at: Setting, client: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams.worker, client.__name__, lambda _, *rest: client("127.0.0.1:1", *rest))
    with pytest.raises(Unavailable):
        await at.worker(Memory()).run()
    gc.collect()  # a client that is left open warns of it, which fails any test


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_kafka_that_goes_away_while_a_worker_starts_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, asked, gone = KafkaSender.start, asyncio.Event(), asyncio.Event()

    async def slow(sender: KafkaSender) -> None:
        await start(sender)
        asked.set()
        await gone.wait()

    monkeypatch.setattr(KafkaSender, "start", slow)
    with in_process_broker({TOPIC: PARTITIONS, "t.dead-letters": 1}) as address:
        task = asyncio.create_task(Setting(address).worker(Memory()).run())
        await asked.wait()
    gone.set()
    await asyncio.wait({task}, timeout=SOON)
    with pytest.raises(Unavailable, match=r"Kafka at 127\.0\.0\.1:"):
        task.result()
    del task
    gc.collect()  # where Faust cannot start it leaves its thread's loop open


# --- A pause ---


async def test_all_is_counted_once_though_pauses_drop_what_was_read(
    at: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it is read at once; nothing new need come for what was dropped to be read again."""
    monkeypatch.setattr(streams.driver, "SLICE", 50)
    producer = AIOKafkaProducer(bootstrap_servers=at.address, linger_ms=1000, max_batch_size=1 << 20)
    await producer.start()
    for value in [b"noise"] * 300 + [f"{SUBJECTS[0]} {id}".encode() for id in range(300)]:
        await producer.send(TOPIC, value, partition=0)
    await producer.stop()
    store, ears = Memory(), Ears()
    worker = at.worker(store, ears, limits=Limits(run=100, ratio=1.0))

    async def whole() -> bool:
        for driver in worker.drivers:
            if driver.paused and driver.shard.pending == 0:
                driver.resume()
        return await at.committed() == {0: 600}

    async with running(worker) as task:
        await until(whole, task)
    assert store.offsets(0) == list(range(600))
    assert sum(rows for table, rows in store.writes if table == "events") == 600
    assert len(ears.pauses) == 3


# --- A worker that reads nothing is no dead one ---

DAY = 86_400.0


class Heart:
    """Counts the heartbeats of this process's workers: at each, aiokafka looks how long ago anything was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.beats: Counter[Any] = Counter()
        beat = GroupCoordinator._do_heartbeat

        async def counted(coordinator: GroupCoordinator) -> bool:
            answered: bool = await beat(coordinator)
            self.beats[coordinator] += answered
            return answered

        monkeypatch.setattr(GroupCoordinator, "_do_heartbeat", counted)

    async def a_day_goes_by(self, worker: Worker) -> None:
        """In which the worker reads nothing, and after which its group still hears of it."""
        assert worker._pool is not None
        assert worker._pool is not None
        consumer = worker._pool._consumer()._thread._consumer
        consumer._subscription._last_fetch_ended -= DAY
        assert consumer._subscription.fetcher_idle_time >= DAY
        before = self.beats[consumer._coordinator]
        await until(lambda: self.beats[consumer._coordinator] >= before + 3)


async def test_a_day_without_clickhouse_costs_no_partition(
    at: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    heart, store = Heart(monkeypatch), Memory()
    store.away = True
    worker = at.worker(store, most=2)
    await at.publish({0: 10, 1: 10})
    async with running(worker) as task:
        await until(lambda: [driver.full for driver in worker.drivers] == [True, True], task)
        await heart.a_day_goes_by(worker)
        store.away = False
        await at.publish({0: 10, 1: 10}, first=100)
        await until(counted(store, {0: 20, 1: 20}), task)


async def test_a_worker_that_had_nothing_to_do_for_a_day_takes_over(
    kafka: ApacheKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a real Kafka: the in-process broker cannot do with so many that join."""
    create_topics(kafka.bootstrap, {TOPIC: PARTITIONS, "t.dead-letters": 1})
    at, heart, store = Setting(kafka.bootstrap), Heart(monkeypatch), Memory()
    workers = [at.worker(store, session_timeout=6.0) for _ in range(PARTITIONS + 1)]

    def shares() -> list[int]:
        return sorted(sum(driver.ready for driver in worker.drivers) for worker in workers)

    async with AsyncExitStack() as stack:
        for worker in workers:
            await stack.enter_async_context(running(worker))
        await until(lambda: len(heart.beats) == len(workers) and shares() == [0, 1, 1])
        spare = next(worker for worker in workers if not list(worker.drivers))
        await heart.a_day_goes_by(spare)
        for worker in workers:
            if worker is not spare:
                worker.stop()
        await at.publish({0: 10, 1: 10})
        await until(lambda: len(list(spare.drivers)) == PARTITIONS)
        await until(counted(store, {0: 10, 1: 10}))
