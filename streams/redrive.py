"""Redriving: a refused message is published to its topic again, as it was, marked with where it came from.

Its masked copy is no use for that: the message is read from its own place in Kafka. Publishing it twice does no
harm: where it counts now, the second is a duplicate.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from streams.flush import ORIGIN
from streams.items import Record
from streams.kafka import ANSWER, MESSAGE_BYTES, unavailable
from streams.logs import Beginning, LogOffset, log_number, topic_of
from streams.partition import murmur2
from streams.reading import lying, read

REDRIVEN = "pulse-redriven"
"""Header of a redriven message: log/partition/offset of the letter."""


class Sent(NamedTuple):
    """A message that was published again."""

    place: LogOffset
    to: LogOffset
    """Where it lies now: in the topic's log of today."""


class Left(NamedTuple):
    """A message that cannot be published again."""

    place: LogOffset
    why: str
    """In words, with what to do."""


GONE = "Kafka holds it no longer; its department must publish it"
TOO_LARGE = (
    "with the mark of a redrive it is larger than Kafka takes; raise its topic's max.message.bytes a little, or its "
    "department must publish it"
)


async def redrive(
    bootstrap: str, prefix: str, places: Sequence[LogOffset], logs: Sequence[Beginning] = ()
) -> AsyncIterator[Sent | Left]:
    """Publish the messages of these places again, one after the other, and tell what became of each as it is known.

    `logs`: how topics' further logs began. Each goes to the partition in which it lay, or, where its topic has had more
    partitions since, to that of its key. Raises Unavailable; what was told before stands.
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
                # Not `send`: it takes no message without key and value, which a department's client may send.
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


async def _lying(consumer: AIOKafkaConsumer, tp: TopicPartition, offset: int) -> Record | None:
    """The message at an offset; None where Kafka does not hold it any more."""
    consumer.assign([tp])
    async with asyncio.timeout(ANSWER):
        start = (await consumer.beginning_offsets([tp]))[tp]
        end = (await consumer.end_offsets([tp]))[tp]
    if not start <= offset < end:
        return None
    found = lying(await read(consumer, tp, offset, offset), offset)
    return found if isinstance(found, Record) else None  # compacted, or it cannot be read


def _since(log: str, logs: Sequence[Beginning]) -> list[Beginning]:
    """How the logs began that came after a log of the same topic."""
    return [each for each in logs if each.topic == topic_of(log) and each.number > log_number(log)]


def _home(partition: int, key: bytes | None, since: Sequence[Beginning]) -> int:
    """The partition in today's log of a message that lay in `partition`."""
    if not since or key is None:
        return partition
    return (murmur2(key) & 0x7FFFFFFF) % since[-1].partitions
