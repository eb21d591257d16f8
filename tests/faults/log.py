"""What lies in Kafka, read back by a client of its own, and what is put there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

from pulse.simulate.dispatch import Dispatch
from streams.partition import partition_of

Shard = tuple[str, int]


class Said(NamedTuple):
    """A message of a partition, as the contract reads it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class Publisher:
    """A department's client: each message to the partition of its subject, or where it says."""

    def __init__(self, bootstrap: str, prefix: str, partitions: int) -> None:
        self._prefix, self._partitions = prefix, partitions
        self._producer = Producer({
            "bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "compression.type": "lz4",
            "linger.ms": 5, "message.timeout.ms": 120_000, "queue.buffering.max.messages": 500_000,
            "log_level": 0,
        })  # fmt: skip
        self.sent = 0

    def send(self, messages: Iterable[Dispatch]) -> None:
        """Hand them over; `flush` waits for the broker."""
        for sent in messages:
            partition = partition_of(sent.key.decode(), self._partitions) if sent.key is not None else 0
            if sent.partition is not None:
                partition = sent.partition % self._partitions
            name = self._prefix + sent.topic
            self._producer.produce(name, sent.value, sent.key, partition, headers=sent.headers)
            self.sent += 1
        self._producer.poll(0)

    def flush(self) -> None:
        """Returns when the broker has acknowledged all."""
        assert self._producer.flush(120) == 0, "the broker took no messages"


class Reader:
    """Looks into the logs."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._prefix = prefix
        self._consumer = _consumer(bootstrap, "faults-reader")

    def ends(self, shards: Iterable[Shard]) -> dict[Shard, int]:
        """The end of each log now. Raises KafkaException where the broker does not answer."""
        return {
            shard: self._consumer.get_watermark_offsets(self._tp(shard), timeout=5)[1] for shard in shards
        }

    def messages(self, shard: Shard) -> Iterator[Said]:
        """All messages that a log holds now, in its order. One log at a time."""
        start, end = self._consumer.get_watermark_offsets(self._tp(shard), timeout=5)
        if start == end:
            return
        self._consumer.assign([self._tp(shard, OFFSET_BEGINNING)])
        while start < end:
            messages = self._consumer.consume(min(end - start, 10_000), timeout=10)
            assert messages, f"{shard}: {end - start} messages did not come"
            for message in messages:
                if error := message.error():
                    raise KafkaException(error)
                yield _said(message)
                start = message.offset() + 1
        self._consumer.unassign()

    def close(self) -> None:
        self._consumer.close()

    def _tp(self, shard: Shard, offset: int = OFFSET_BEGINNING) -> TopicPartition:
        return TopicPartition(self._prefix + shard[0], shard[1], offset)


def committed(bootstrap: str, group: str, prefix: str, shards: Iterable[Shard]) -> dict[Shard, int]:
    """Up to where a group has acknowledged each partition; -1001 where nothing was."""
    consumer = _consumer(bootstrap, group)
    try:
        wanted = [TopicPartition(prefix + topic, partition) for topic, partition in shards]
        found = consumer.committed(wanted, timeout=10)
        return {(tp.topic.removeprefix(prefix), tp.partition): tp.offset for tp in found}
    finally:
        consumer.close()


def _consumer(bootstrap: str, group: str) -> Consumer:
    return Consumer({
        "bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False, "log_level": 0,
        "fetch.wait.max.ms": 50,
    })  # fmt: skip


def _said(message: Any) -> Said:
    return Said(
        message.offset(), message.timestamp()[1], message.key(), message.value(), message.headers() or []
    )
