"""Reads a span of a partition's log once, outside any consumer group, for the operator's commands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition, errors

import streams.records  # noqa: F401 — makes consumers return our items
from streams.items import Gap, Item, LogRecord, Unreadable
from streams.kafka import ANSWER, Isolation, unavailable


async def span(
    bootstrap: str, place: tuple[str, int], first: int, last: int, isolation: Isolation = "read_committed"
) -> Sequence[Item]:
    """What a partition (Kafka's topic, partition) holds from offset `first` up to and including `last`.

    The log must hold these offsets. Stops at the first batch that cannot be read. Raises Unavailable.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level=isolation,
    )
    try:
        await consumer.start()
        return await read(consumer, TopicPartition(*place), first, last)
    except (errors.KafkaError, TimeoutError) as error:
        raise unavailable(bootstrap, error) from error
    finally:
        await consumer.stop()


async def read(consumer: AIOKafkaConsumer, tp: TopicPartition, first: int, last: int) -> Sequence[Item]:
    """Like `span`, with a running consumer. Raises KafkaError, or TimeoutError if nothing comes for
    `ANSWER` seconds."""
    consumer.assign([tp])
    consumer.seek(tp, first)
    found: list[Item] = []
    while not found or found[-1].offset < last:
        async with asyncio.timeout(ANSWER):
            some: Sequence[Item] = ()
            while not some:
                some = (await consumer.getmany(tp, timeout_ms=1000)).get(tp, ())
        found.extend(some)
        if isinstance(found[-1], Unreadable):
            break
    return [item for item in found if item.begin <= last and item.offset >= first]


def lying(items: Sequence[Item], offset: int) -> LogRecord | Gap | Unreadable | None:
    """The item at an offset; None if the span has none."""
    return next((item for item in items if item.begin <= offset <= item.offset), None)
