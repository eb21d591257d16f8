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
from streams.ports import Unavailable

REDRIVEN = "pulse-redriven"
"""Header of a redriven message: topic/partition/offset of the letter."""


class Gone(NamedTuple):
    """A message that Kafka does not hold any more."""

    topic: str
    partition: int
    offset: int


async def redrive(
    bootstrap: str, prefix: str, places: Sequence[tuple[str, int, int]]
) -> tuple[list[tuple[tuple[str, int, int], int]], list[Gone]]:
    """Publish messages again; `places` are (bare topic, partition, offset).

    Returns what was published, each with its new offset in the same partition, and what is gone. Raises Unavailable.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none"
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=LARGEST)
    done, gone = [], []
    try:
        await consumer.start()
        await producer.start()
        for topic, partition, offset in places:
            tp = TopicPartition(prefix + topic, partition)
            consumer.assign([tp])
            async with asyncio.timeout(ANSWER):
                start = (await consumer.beginning_offsets([tp]))[tp]
                end = (await consumer.end_offsets([tp]))[tp]
                if not start <= offset < end:
                    gone.append(Gone(topic, partition, offset))
                    continue
                consumer.seek(tp, offset)
                message = await consumer.getone(tp)
            if message.offset != offset:  # deleted between the log's start and its end
                gone.append(Gone(topic, partition, offset))
                continue
            headers = [(name, value) for name, value in message.headers if name not in (ORIGIN, REDRIVEN)]
            sent = await producer.send_and_wait(
                tp.topic,
                value=message.value,
                key=message.key,
                partition=partition,
                headers=[*headers, (REDRIVEN, f"{topic}/{partition}/{offset}".encode())],
            )
            done.append(((topic, partition, offset), sent.offset))
    except (KafkaError, TimeoutError) as error:
        raise Unavailable(f"Kafka at {bootstrap}: {error!r}") from error
    finally:
        await producer.stop()
        await consumer.stop()
    return done, gone
