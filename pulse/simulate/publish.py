"""Publishes messages to Kafka as departments should: to the partition of the subject, stamped with the publication time.

librdkafka sends in its own threads, and messages are rendered in a worker thread, a thousand at a time. The
event loop only hands them over, so a worker can run in the same loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from pulse.errors import OperatorError
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.gate import Gate
from streams.partition import partition_of

PREFIX = "pulse."
"""Prefix of topic names in Kafka; the source system's name follows."""

_AT_ONCE = 1000
_FRAME = 40
"""Upper estimate of the bytes that a message takes on the wire beside its content."""

_log = logging.getLogger(__name__)


class PublishError(OperatorError):
    """A message could not be published. The message says why and what to do."""


class Unreachable(PublishError):
    """No broker answers at the address."""


@dataclass
class Counts:
    """Numbers of what has been published so far. `topics` counts messages by the topic's name in Kafka."""

    messages: int = 0
    size: int = 0
    """Bytes, uncompressed."""
    topics: dict[str, int] = field(default_factory=dict)


async def publish(
    dispatches: Iterable[Dispatch],
    bootstrap: str,
    partitions: int,
    *,
    gate: Gate,
    prefix: str = PREFIX,
    compression: str = "lz4",
    patience: float = 15.0,
    progress: Callable[[Counts], None] | None = None,
) -> Counts:
    """Publish all messages, each to the partition of its subject; return when the broker has acknowledged them.

    Every topic must exist with `partitions` partitions. A message that names a partition goes there (modulo
    `partitions`), even if it is the wrong one. `progress` is called with the counts after every thousand
    messages.

    Raises Unreachable if no broker answers within `patience` seconds, and PublishError at the first message
    that cannot be delivered, or whose topic does not exist or has another number of partitions.
    """
    sending = _Sending(bootstrap, partitions, prefix, compression, gate)
    try:
        await sending.meet(patience)
        work = asyncio.create_task(sending.send(iter(dispatches), progress or _no_progress))
        watch = asyncio.create_task(sending.watch())
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, watch):
                task.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)
        sending.check()
        return await work
    finally:
        sending.drop()


class _Sending:
    """A producer with the counts of what it has sent, and the first failure."""

    def __init__(self, bootstrap: str, partitions: int, prefix: str, compression: str, gate: Gate) -> None:
        self._bootstrap, self._partitions, self._prefix, self._gate = bootstrap, partitions, prefix, gate
        self._counts = Counts()
        self._failure = ""
        self._last_error = ""
        self._names: dict[str, str] = {}
        self._there: dict[str, int] = {}
        settings: dict[str, Any] = {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": compression,
            "linger.ms": 20,
            "queue.buffering.max.messages": 200_000,
            "queue.buffering.max.kbytes": 131_072,
            "message.timeout.ms": 60_000,
            "delivery.report.only.error": True,
            "on_delivery": self._undelivered,
            "error_cb": self._heard,
            "logger": _log,
            "log_level": 2,
        }
        self._producer = Producer(settings)

    async def meet(self, patience: float) -> None:
        """Wait for the broker and read its topics. Raises Unreachable after `patience` seconds."""
        try:
            cluster = await asyncio.to_thread(self._producer.list_topics, timeout=patience)
        except KafkaException as error:
            self._producer.poll(0)
            why = self._last_error or error.args[0].str()
            raise Unreachable(f"no Kafka broker answers at {self._bootstrap}: {why}") from None
        self._there = {name: len(topic.partitions) for name, topic in cluster.topics.items()}

    async def send(self, dispatches: Iterator[Dispatch], progress: Callable[[Counts], None]) -> Counts:
        """Hand all messages over, then wait until they are acknowledged. Raises PublishError."""
        admit, produce, counts = self._gate.admit, self._producer.produce, self._counts
        while batch := await asyncio.to_thread(list, islice(dispatches, _AT_ONCE)):
            for sent in batch:
                published, topic, key, value, headers, _ = sent
                name = self._names.get(topic) or self._name(topic)
                partition = self._partition(sent)
                size = _size(sent)
                await admit(topic, partition, size)
                while True:
                    try:
                        produce(name, value, key, partition, timestamp=published // 1000, headers=headers)
                        break
                    except BufferError:  # the broker is slower than we are
                        await asyncio.sleep(0.01)
                    except KafkaException as error:
                        raise PublishError(f"{name}/{partition}: {error.args[0].str()}") from None
                counts.size += size
                counts.topics[name] += 1
            counts.messages += len(batch)
            progress(counts)
        while await asyncio.to_thread(self._producer.flush, 0.2):
            pass
        return self._counts

    async def watch(self) -> None:
        """Poll for delivery failures, also while the gate is closed; returns at the first one."""
        while not self._failure:
            self._producer.poll(0)
            await asyncio.sleep(0.05)

    def check(self) -> None:
        """Raise PublishError if a message was not delivered."""
        if self._failure:
            raise PublishError(self._failure)

    def drop(self) -> None:
        """Drop messages that are not sent yet; after a success there are none."""
        self._producer.purge()
        self._producer.poll(0)

    def _partition(self, sent: Dispatch) -> int:
        if sent.partition is not None:
            return sent.partition % self._partitions
        return 0 if sent.key is None else partition_of(sent.key.decode(), self._partitions)

    def _name(self, topic: str) -> str:
        """The topic's name in Kafka. Raises PublishError if it does not exist with the right number of partitions."""
        name = self._prefix + topic
        there = self._there.get(name)
        if there is None:
            hint = f"create it with {self._partitions} partitions, or give another prefix"
            raise PublishError(f"topic {name} does not exist at {self._bootstrap}: {hint}")
        if there != self._partitions:
            hint = f"publish for {there} partitions"
            raise PublishError(f"topic {name} has {there} partitions, not {self._partitions}: {hint}")
        self._names[topic] = name
        self._counts.topics[name] = 0
        return name

    def _undelivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None and not self._failure:
            where = f"{message.topic()}/{message.partition()}"
            self._failure = f"{where}: not delivered: {error.str()}"

    def _heard(self, error: KafkaError) -> None:
        self._last_error = error.str()


def _size(sent: Dispatch) -> int:
    size = _FRAME + len(sent.key or b"") + len(sent.value or b"")
    for name, content in sent.headers:
        size += len(name) + len(content)
    return size


def _no_progress(counts: Counts) -> None:
    pass
