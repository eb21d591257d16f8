"""Redriving: a refused message is published to its topic again, as it was, marked with where it came from.

Its masked copy is no use for that: the message is read from its own place in Kafka. Publishing it twice does no
harm: where it counts now, the second is a duplicate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from streams.flush import ORIGIN
from streams.kafka import ANSWER, LARGEST
from streams.logs import Beginning, log_number, topic_of
from streams.partition import murmur2
from streams.ports import Unavailable

REDRIVEN = "pulse-redriven"
"""Header of a redriven message: log/partition/offset of the letter."""


Place = tuple[str, int, int]
"""(log, partition, offset), see `streams.logs`."""


class Sent(NamedTuple):
    """A message that was published again."""

    place: Place
    to: Place
    """Where it lies now: in the topic's log of today."""


async def redrive(
    bootstrap: str, prefix: str, places: Sequence[Place], logs: Sequence[Beginning] = ()
) -> tuple[list[Sent], list[Place]]:
    """Publish the messages of these places again; returns what was published and what Kafka does not hold any more.

    `logs`: how topics' further logs began. Each goes to the partition in which it lay, or, where its topic has had more
    partitions since, to that of its key. Raises Unavailable.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none"
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=LARGEST)
    done: list[Sent] = []
    gone: list[Place] = []
    try:
        await consumer.start()
        await producer.start()
        for place in places:
            log, partition, offset = place
            topic, since = topic_of(log), _since(log, logs)
            if any(each.anew for each in since):
                gone.append(place)
                continue
            tp = TopicPartition(prefix + topic, partition)
            consumer.assign([tp])
            async with asyncio.timeout(ANSWER):
                start = (await consumer.beginning_offsets([tp]))[tp]
                end = (await consumer.end_offsets([tp]))[tp]
                if not start <= offset < end:
                    gone.append(place)
                    continue
                consumer.seek(tp, offset)
                message = await consumer.getone(tp)
            if message.offset != offset:  # deleted between the log's start and its end
                gone.append(place)
                continue
            headers = [(name, value) for name, value in message.headers if name not in (ORIGIN, REDRIVEN)]
            sent = await producer.send_and_wait(
                tp.topic,
                value=message.value,
                key=message.key,
                partition=_home(partition, message.key, since),
                headers=[*headers, (REDRIVEN, f"{log}/{partition}/{offset}".encode())],
            )
            done.append(Sent(place, (since[-1].name if since else log, sent.partition, sent.offset)))
    except (KafkaError, TimeoutError) as error:
        raise Unavailable(f"Kafka at {bootstrap}: {error!r}") from error
    finally:
        await producer.stop()
        await consumer.stop()
    return done, gone


def _since(log: str, logs: Sequence[Beginning]) -> list[Beginning]:
    """How the logs began that came after a log of the same topic."""
    return [each for each in logs if each.topic == topic_of(log) and each.number > log_number(log)]


def _home(partition: int, key: bytes | None, since: Sequence[Beginning]) -> int:
    """The partition in today's log of a message that lay in `partition`."""
    if not since or key is None:
        return partition
    return (murmur2(key) & 0x7FFFFFFF) % since[-1].partitions
