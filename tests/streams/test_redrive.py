"""Redriving: what becomes of each message is told as it is known. Its marks and states: tests/cli/test_dead_letters.py."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from pulse.brokers.apache import ApacheKafka
from pulse.brokers.in_process import in_process_broker
from streams.items import LogRecord
from streams.logs import LogOffset
from streams.ports import Unavailable
from streams.reading import span
from streams.redrive import GONE, REDRIVEN, TOO_LARGE, Left, Sent, redrive

TOPIC = "redrive.toy"
PREFIX = "redrive."


def place(offset: int) -> LogOffset:
    return LogOffset("toy", 0, offset)


def sent(offset: int, to: int) -> Sent:
    return Sent(place(offset), place(to))


async def publish(address: str, values: Sequence[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(TOPIC, value, partition=0)
    finally:
        await producer.stop()


async def test_what_can_not_be_sent_holds_up_none_of_the_others(kafka: ApacheKafka) -> None:
    """With its mark a message is larger than it was: just below the broker's limit that is too large."""
    limited = NewTopic(TOPIC, 1, 1, config={"max.message.bytes": "1000"})
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.create_topics([limited])[TOPIC].result(30)
    await publish(kafka.bootstrap, [b"first", bytes(915), b"last"])
    places = [place(0), place(1), place(7), place(2)]
    fates = [fate async for fate in redrive(kafka.bootstrap, PREFIX, places)]
    assert fates == [sent(0, 3), Left(place(1), TOO_LARGE), Left(place(7), GONE), sent(2, 4)]


async def test_a_message_without_key_and_value_is_published_again() -> None:
    """A client may send one, though aiokafka's `send` does not."""
    with in_process_broker({TOPIC: 1}) as address:
        client = Producer({"bootstrap.servers": address})
        client.produce(TOPIC, None, None, 0, headers=[("来源", None)])
        client.flush(30)
        assert [fate async for fate in redrive(address, PREFIX, [place(0)])] == [sent(0, 1)]
        [_, again] = await span(address, (TOPIC, 0), 0, 1)
        assert isinstance(again, LogRecord)
        assert (again.key, again.value, again.headers) == (
            None, None, (("来源", None), (REDRIVEN, b"toy/0/0")),
        )  # fmt: skip


async def test_what_was_sent_is_told_though_kafka_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.redrive.ANSWER", 0.3)
    with in_process_broker({TOPIC: 1}) as address:
        await publish(address, [b"first", b"last"])
        fates = redrive(address, PREFIX, [place(0), place(1)])
        assert await anext(fates) == sent(0, 2)
    with pytest.raises(Unavailable):
        await anext(fates)
