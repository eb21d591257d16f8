"""Offsets that hold no event, and records that are odd, on a real Apache Kafka: a real worker with ClickHouse in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from pulse.brokers.apache import ApacheKafka
from streams.commands import Loaded
from streams.kafka import Isolation, ends
from streams.worker import Membership, Worker
from tests.streams.counting import toy
from tests.streams.simulator import PARTITIONS
from tests.streams.test_transport import SUBJECTS, Memory, Setting, running, until

SUBJECT = SUBJECTS[0]
"""A subject of partition 0, where all of this happens."""


class Topic(Setting):
    """A topic of its own on the run's broker."""

    def __init__(self, kafka: ApacheKafka, name: str, **config: str) -> None:
        super().__init__(kafka.bootstrap)
        self.prefix = f"{name}."
        self.name = self.prefix + toy.TOPIC
        self.admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        topics = [
            NewTopic(self.name, PARTITIONS, 1, config=config), NewTopic(f"{self.prefix}dead-letters", 1, 1),
        ]  # fmt: skip
        for made in self.admin.create_topics(topics).values():
            made.result(30)

    def counting(self, store: Memory, isolation: Isolation = "read_committed") -> Worker:
        """A worker on this topic."""
        worker = self.worker(store, group=self.name, session_timeout=6.0)
        worker._membership = Membership(
            self.address, self.prefix, self.name, session_timeout=6.0, isolation=isolation
        )
        return worker

    def producer(self, transaction: str | None = None) -> Producer:
        """A producer; with a transaction's name one that has begun it."""
        settings: dict[str, Any] = {"bootstrap.servers": self.address, "log_level": 0}
        if transaction is None:
            return Producer(settings)
        producer = Producer(settings | {"transactional.id": f"{self.name}.{transaction}"})
        producer.init_transactions(30)
        producer.begin_transaction()
        return producer

    def send(self, producer: Producer, *ids: int, headers: Any = None) -> None:
        """So many sessions of the subject."""
        for id in ids:
            producer.produce(self.name, f"{SUBJECT} {id}".encode(), SUBJECT.encode(), 0, headers=headers)
        producer.flush(30)

    def end(self) -> int:
        """Up to where partition 0 may be read."""
        return ends(self.address, {self.name: 1})[self.name, 0]

    def delete(self, before: int) -> None:
        """What retention does."""
        for done in self.admin.delete_records([TopicPartition(self.name, 0, before)]).values():
            done.result(30)


@pytest.fixture
def topic(kafka: ApacheKafka, request: pytest.FixtureRequest) -> Topic:
    return Topic(kafka, request.node.name.replace("[", "-").replace("]", ""))


def reached(store: Memory, offset: int) -> Callable[[], bool]:
    return lambda: store.ledger.positions.get(0) == offset


def counted(store: Memory) -> list[str]:
    """The ids of what counts, in order."""
    return sorted({statement.fact.record.id for statement in store.ledger.facts.values()})


def whole(store: Memory) -> None:
    """Every offset up to the position is an event or a gap, and none is both."""
    events = {offset for partition, offset in store.ledger.events if partition == 0}
    gaps = {offset for partition, offset in store.ledger.gaps if partition == 0}
    assert not events & gaps
    assert events | gaps == set(range(store.ledger.positions[0] + 1))


async def test_a_transaction_at_the_end_of_the_log_is_counted_to_its_marker(topic: Topic) -> None:
    store = Memory()
    producer = topic.producer("one")
    topic.send(producer, 0, 1, 2)
    producer.commit_transaction(30)
    worker = topic.counting(store)
    async with running(worker) as task:
        await until(reached(store, 3), task)
        assert set((await worker.lags()).values()) == {0}
        assert await worker.behind() == 0
    assert counted(store) == ["0", "1", "2"]
    assert store.ledger.gaps == {(0, 3)}
    whole(store)
    topic.delete(4)  # retention, behind what was counted
    async with running(topic.counting(store)) as task:
        topic.send(topic.producer(), 3)
        await until(reached(store, 4), task)
    whole(store)


@pytest.mark.parametrize("isolation", ["read_committed", "read_uncommitted"])
async def test_aborted_and_open_transactions(topic: Topic, isolation: Isolation) -> None:
    store, plain = Memory(), topic.producer()
    aborted, late = topic.producer("aborted"), topic.producer("open")
    topic.send(plain, 0)
    topic.send(aborted, 1)
    aborted.abort_transaction(30)  # its marker is at 2
    topic.send(plain, 2)
    worker = topic.counting(store, isolation)
    async with running(worker) as task:
        await until(reached(store, 3), task)
        topic.send(late, 3)
        topic.send(plain, 4)
        if isolation == "read_committed":
            await until(
                lambda: [driver.withheld for driver in worker.drivers if driver.shard.partition == 0] == [2],
                task,
            )
            assert topic.end() == 4
            assert await worker.behind() == 0, "lag is told against what may be read"
            assert counted(store) == ["0", "2"]
            late.commit_transaction(30)
        else:
            await until(reached(store, 5), task)
            late.abort_transaction(30)
        await until(reached(store, 6), task)
        await until(lambda: not any(driver.withheld for driver in worker.drivers), task)
    assert counted(store) == (
        ["0", "2", "3", "4"] if isolation == "read_committed" else ["0", "1", "2", "3", "4"]
    )
    whole(store)


async def test_a_compacted_log(kafka: ApacheKafka) -> None:
    """Compaction leaves the last record of each key, and none of the active segment goes."""
    topic = Topic(
        kafka, "compacted", **{
            "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.001", "segment.ms": "100",
            "max.compaction.lag.ms": "100", "min.compaction.lag.ms": "0",
        },
    )  # fmt: skip
    topic.send(topic.producer(), *range(40))
    store = Memory()

    producer = topic.producer()

    def compacted() -> bool:
        topic.send(producer, 99)  # closes the segment
        return _left(topic) < topic.end()

    await until(compacted)
    end = topic.end()
    async with running(topic.counting(store)) as task:
        await until(lambda: store.ledger.positions.get(0, -1) >= end - 1, task)
    assert store.ledger.gaps
    whole(store)


def _left(topic: Topic) -> int:
    """How many records partition 0 still holds."""
    consumer = Consumer(
        {"bootstrap.servers": topic.address, "group.id": "nobody", "enable.partition.eof": True}
    )
    consumer.assign([TopicPartition(topic.name, 0, 0)])
    count = 0
    while (message := consumer.poll(10)) is not None and message.error() is None:
        count += 1
    consumer.close()
    return count


async def test_what_was_deleted_before_counting_began(topic: Topic) -> None:
    topic.send(topic.producer(), *range(5))
    topic.delete(3)
    store = Memory()
    worker = topic.counting(store)
    worker._accept_log_start = True
    async with running(worker) as task:
        await until(reached(store, 4), task)
    assert store.ledger.gaps == {(0, 0), (0, 1), (0, 2)}
    whole(store)


async def test_the_names_of_headers_may_be_anything(topic: Topic) -> None:
    """A C client on a GBK machine. The events around it count, and so does it."""
    store, producer = Memory(), topic.producer()
    topic.send(producer, 0)
    topic.send(producer, 1, headers=[("来源".encode("gbk"), b"abc")])
    topic.send(producer, 2)
    async with running(topic.counting(store)) as task:
        await until(reached(store, 2), task)
    assert counted(store) == ["0", "1", "2"]
    whole(store)


async def test_a_flush_that_was_not_finished_and_a_log_that_says_otherwise(topic: Topic) -> None:
    """What lies in the ledger behind the position and is not in the log any more must not count for it."""
    producer = topic.producer("gone")
    topic.send(producer, 0)
    producer.abort_transaction(30)
    store = Memory()
    load = store.load

    async def ahead(topic: str, partition: int) -> Loaded:
        return (await load(topic, partition))._replace(ahead=frozenset({0}))

    store.load = ahead  # type: ignore[method-assign]
    worker = topic.counting(store)
    with pytest.raises(Exception, match="Kafka does not give them any more"):
        await worker.run()
