"""Redrives refused messages: publishes each to its topic again, unchanged except for a header with its old
place.

The copy in the dead letters is masked, so the message is read from its place in Kafka. Publishing it twice
does no harm: if it counts now, the second copy is a duplicate.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from streams.flush import ORIGIN
from streams.items import LogRecord
from streams.kafka import ANSWER, MESSAGE_BYTES, unavailable
from streams.logs import Beginning, LogOffset, log_number, topic_of
from streams.partition import murmur2
from streams.reading import lying, read

REDRIVEN = "pulse-redriven"
"""Header of a redriven message: log/partition/offset of the refused message."""


class Sent(NamedTuple):
    """A message that was published again."""

    place: LogOffset
    to: LogOffset
    """Where it lies now, in the topic's log of today."""


class Left(NamedTuple):
    """A message that cannot be published again."""

    place: LogOffset
    why: str
    """The reason in words, with what to do."""


GONE = "Kafka holds it no longer; its department must publish it"
TOO_LARGE = (
    "with the mark of a redrive it is larger than Kafka takes; raise its topic's max.message.bytes a little, or its "
    "department must publish it"
)


async def redrive(
    bootstrap: str, prefix: str, places: Sequence[LogOffset], logs: Sequence[Beginning] = ()
) -> AsyncIterator[Sent | Left]:
    """Publish the messages at these places again, one after the other, and yield the result of each as it is
    known.

    `logs`: how topics' later logs began. A message goes to the partition in which it lay. If its topic has
    had more partitions since, it goes to the partition of its key. Raises Unavailable; results that were
    already yielded stand.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none"
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=MESSAGE_BYTES)
    try:
        await consumer.start()
        await producer.start()
        for place in places:
            log, partition, offset = place
            since = _since(log, logs)
            tp = TopicPartition(prefix + topic_of(log), partition)
            message = None if any(each.anew for each in since) else await _lying(consumer, tp, offset)
            if message is None:
                yield Left(place, GONE)
                continue
            headers = [(name, value) for name, value in message.headers if name not in (ORIGIN, REDRIVEN)]
            try:
                headers.append((REDRIVEN, str(place).encode()))
                # Not `send`: it refuses messages without key and value, but a department's client may send such messages.
                batch = producer.create_batch()
                batch.append(timestamp=None, key=message.key, value=message.value, headers=headers)
                home = _home(partition, message.key, since)
                sent = await (await producer.send_batch(batch, tp.topic, partition=home))
            except MessageSizeTooLargeError:
                yield Left(place, TOO_LARGE)
            else:
                to = LogOffset(since[-1].name if since else log, sent.partition, sent.offset)
                yield Sent(place, to)
    except (KafkaError, TimeoutError) as error:
        raise unavailable(bootstrap, error) from error
    finally:
        await producer.stop()
        await consumer.stop()


async def _lying(consumer: AIOKafkaConsumer, tp: TopicPartition, offset: int) -> LogRecord | None:
    """The message at an offset; None if Kafka no longer holds it or it cannot be read."""
    consumer.assign([tp])
    async with asyncio.timeout(ANSWER):
        start = (await consumer.beginning_offsets([tp]))[tp]
        end = (await consumer.end_offsets([tp]))[tp]
    if not start <= offset < end:
        return None
    found = lying(await read(consumer, tp, offset, offset), offset)
    return found if isinstance(found, LogRecord) else None  # compacted, or it cannot be read


def _since(log: str, logs: Sequence[Beginning]) -> list[Beginning]:
    """How the later logs of the same topic began."""
    return [each for each in logs if each.topic == topic_of(log) and each.number > log_number(log)]


def _home(partition: int, key: bytes | None, since: Sequence[Beginning]) -> int:
    """The partition, in today's log, for a message that lay in `partition`."""
    if not since or key is None:
        return partition
    return (murmur2(key) & 0x7FFFFFFF) % since[-1].partitions
