"""Kafka beside Faust's consumer: which topics there are, where logs end, sends that are awaited."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition, errors
from confluent_kafka.admin import AdminClient, NewTopic

from pulse.brokers.apache import ApacheKafka
from pulse.brokers.in_process import in_process_broker
from streams.commands import LogBounds, Outgoing
from streams.kafka import KafkaSender, Logs, Topic, Unsendable, create_topics, stamped, topics
from streams.ports import Unavailable

TOPICS = {"k.one": 3, "k.two": 1}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with in_process_broker(TOPICS) as address:
        yield address


@pytest.fixture
def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


async def read(address: str, topic: str, partition: int, count: int) -> list[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=address, fetch_max_wait_ms=50)
    await consumer.start()
    try:
        tp = TopicPartition(topic, partition)
        consumer.assign([tp])
        await consumer.seek_to_beginning()
        found: list[Any] = []
        async with asyncio.timeout(10):
            while len(found) < count:
                found += (await consumer.getmany(timeout_ms=50)).get(tp, [])
        return found
    finally:
        await consumer.stop()


# --- Topics ---


def test_topics_that_exist_are_found_with_their_partitions(address: str) -> None:
    assert topics(address, [*TOPICS, "k.missing"], ids=False) == {
        name: Topic(partitions, "") for name, partitions in TOPICS.items()
    }


def test_looking_makes_no_topic(address: str) -> None:
    for _ in range(2):
        assert "k.missing" not in topics(address, ["k.missing"], ids=False)


def test_the_in_process_broker_is_not_asked_for_what_it_never_answers(address: str) -> None:
    begun = time.monotonic()
    assert {name: topic.id for name, topic in topics(address, list(TOPICS)).items()} == dict.fromkeys(
        TOPICS, ""
    )
    assert stamped(address, list(TOPICS)) == {}
    assert time.monotonic() - begun < 5


def test_topics_that_exist_are_not_made_again(address: str) -> None:
    assert create_topics(address, TOPICS) == []


@pytest.mark.parametrize(
    "ask", [lambda address: topics(address, ["a"]), lambda address: create_topics(address, {"a": 1})]
)
def test_a_port_at_which_nobody_listens_is_refused_quickly(ask: Any, nowhere: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Unavailable, match=f"Kafka at {nowhere}: "):
        ask(nowhere)
    assert time.monotonic() - begun < 5


async def test_clients_refuse_it_too(nowhere: str) -> None:
    for client in (Logs(nowhere, {}), KafkaSender(nowhere, "k.")):
        with pytest.raises(Unavailable, match=f"Kafka at {nowhere}: "):
            async with asyncio.timeout(10):
                await client.start()
        await client.stop()


# --- Bounds ---


async def test_bounds_are_those_of_now(address: str) -> None:
    known = {"k.one": Topic(3, "")}
    logs = Logs(address, known)
    await logs.start()
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    try:
        assert await logs.bounds("k.one", 2) == LogBounds(0, 0, "", 3)
        for end in (1, 2):
            await producer.send_and_wait("k.one", b"x", partition=2)
            assert await logs.bounds("k.one", 2) == LogBounds(0, end, "", 3)
        assert await logs.ends() == {("k.one", 0): 0, ("k.one", 1): 0, ("k.one", 2): 2}
    finally:
        await producer.stop()
        await logs.stop()


async def test_a_topic_that_is_another_now_is_named(address: str) -> None:
    for was, said in ((Topic(3, ""), None), (Topic(2, ""), "k.one: counted with 2 partitions, now 3")):
        logs = Logs(address, {"k.one": was})
        await logs.start()
        try:
            found = await logs.changed()
            assert found is None if said is None else (found or "").startswith(said)
        finally:
            await logs.stop()


async def test_bounds_of_a_broker_that_went_away_are_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.kafka.ANSWER", 0.3)
    with in_process_broker({"k.one": 1}) as address:
        logs = Logs(address, {"k.one": Topic(1, "")})
        await logs.start()
    try:
        for ask in (lambda: logs.bounds("k.one", 0), logs.ends):
            with pytest.raises(Unavailable):
                await ask()
    finally:
        await logs.stop()


# --- Sending ---


async def test_a_send_returns_when_the_broker_has_each(address: str) -> None:
    sender = KafkaSender(address, "k.")
    await sender.start()
    try:
        headers = [("pulse-origin", b"one/0/7")]
        await sender.send([
            Outgoing("one", 1, b"key", b"first", headers, 1_688_000_000_000), Outgoing("one", 1, None, b"second", []),
        ])  # fmt: skip
        got = await read(address, "k.one", 1, 2)
    finally:
        await sender.stop()
    assert got[0].timestamp == 1_688_000_000_000
    assert got[1].timestamp > 1_700_000_000_000
    assert [(m.key, m.value, list(m.headers)) for m in got] == [
        (b"key", b"first", headers), (None, b"second", []),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "passes",
    [errors.UnknownTopicOrPartitionError(), errors.KafkaConnectionError(), errors.KafkaTimeoutError()],
)
async def test_a_missing_topic_or_a_cut_connection_may_pass(passes: Exception, monkeypatch: Any) -> None:
    """On Kafka a missing topic may be in the making; the in-process broker makes any topic that is written to."""

    async def send(*_: Any, **__: Any) -> None:
        raise passes

    sender = KafkaSender("127.0.0.1:1", "k.")
    monkeypatch.setattr(sender._producer, "send", send)
    with pytest.raises(Unavailable, match=type(passes).__name__):
        await sender.send([Outgoing("missing", None, b"", b"", [])])
    await sender.stop()


async def test_what_can_never_be_sent_says_what_to_do(address: str) -> None:
    sender = KafkaSender(address, "k.")
    await sender.start()
    try:
        with pytest.raises(Unsendable, match=r"raise max.message.bytes of k.one"):
            await sender.send([Outgoing("one", 0, None, bytes(3 << 20), [])])
    finally:
        await sender.stop()


async def test_what_is_too_old_for_its_topic_says_what_to_do(kafka: ApacheKafka) -> None:
    limited = {"message.timestamp.type": "CreateTime", "message.timestamp.before.max.ms": "86400000"}
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.create_topics([NewTopic("old.one", 1, 1, config=limited)])["old.one"].result(30)
    sender = KafkaSender(kafka.bootstrap, "old.")
    await sender.start()
    try:
        with pytest.raises(Unsendable, match=r"message.timestamp.before.max.ms of old.one"):
            await sender.send([Outgoing("one", 0, b"k", b"v", [], 0)])
    finally:
        await sender.stop()
