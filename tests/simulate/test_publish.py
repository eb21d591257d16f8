"""Publishing, against the in-process broker."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from pulse.brokers.in_process import in_process_broker
from pulse.simulate.city import SimulatedCity
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.gate import OpenGate, WindowGate
from pulse.simulate.publish import PublishError, Unreachable, publish
from pulse.simulate.year import SimulatedYear, year
from schemas.registry import event_types
from streams.partition import partition_of

PARTITIONS = 3
SYSTEMS = sorted({kind.topic for kind in event_types.values()})
TOPICS = {f"t.{system}": PARTITIONS for system in SYSTEMS}


def fields(sent: Dispatch) -> tuple[object, ...]:
    return sent.topic, sent.published_at_us // 1000, sent.key, sent.value, tuple(sent.headers)


def received(record: Any) -> tuple[object, ...]:
    return record.timestamp, record.key, record.value, tuple(record.headers)


def place(sent: Dispatch) -> int:
    if sent.partition is not None:
        return sent.partition % PARTITIONS
    return partition_of((sent.key or b"").decode(), PARTITIONS)


async def test_all_is_read_back_in_its_partition_and_the_gate_holds() -> None:
    plan = SimulatedYear(SimulatedCity(2, 0.01))
    sent = list(plan.dispatches())
    position: Counter[tuple[str, int]] = Counter()
    admitted: Counter[tuple[str, int]] = Counter()
    ahead = 0

    class Watched(WindowGate):
        async def admit(self, topic: str, partition: int, size: int) -> None:
            nonlocal ahead
            await super().admit(topic, partition, size)
            admitted[topic, partition] += 1
            ahead = max(ahead, admitted[topic, partition] - position[topic, partition])

    gate = Watched(lambda topic, partition: position[topic, partition], 500, 200_000, pause=0.005)
    with in_process_broker(TOPICS) as address:
        consumer = AIOKafkaConsumer(bootstrap_servers=address, fetch_max_wait_ms=50)
        await consumer.start()
        try:
            everywhere = [TopicPartition(topic, n) for topic in TOPICS for n in range(PARTITIONS)]
            consumer.assign(everywhere)
            await consumer.seek_to_beginning()
            work = asyncio.create_task(publish(sent, address, PARTITIONS, gate=gate, prefix="t."))
            got: list[tuple[object, ...]] = []
            async with asyncio.timeout(25):
                while len(got) < len(sent):
                    for lane, records in (await consumer.getmany(timeout_ms=100)).items():
                        topic = lane.topic.removeprefix("t.")
                        got.extend((topic, *received(record)) for record in records)
                        position[topic, lane.partition] = records[-1].offset + 1
                counts = await work
        finally:
            await consumer.stop()
    assert Counter(map(fields, sent)) == Counter(got)
    assert counts.messages == len(sent) == sum(counts.topics.values())
    assert 400 < ahead <= 500
    assert admitted == Counter((one.topic, place(one)) for one in sent)


async def test_an_address_without_a_broker_is_named() -> None:
    with pytest.raises(Unreachable, match=r"no Kafka broker answers at 127\.0\.0\.1:1:"):
        await publish(year(SimulatedCity(1, 0.01)), "127.0.0.1:1", 3, gate=OpenGate(), patience=0.5)


async def test_a_missing_topic_and_another_number_of_partitions_are_named() -> None:
    some = list(islice(year(SimulatedCity(1, 0.01)), 200))
    with in_process_broker({"pulse.sports": 1}) as address:
        with pytest.raises(
            PublishError, match=r"topic pulse\..* does not exist at .*: create it with 3 partitions"
        ):
            await publish(some, address, 3, gate=OpenGate())
        only = [sent._replace(topic="sports") for sent in some]
        with pytest.raises(PublishError, match=r"topic pulse\.sports has 1 partitions, not 3"):
            await publish(only, address, 3, gate=OpenGate())


async def test_a_message_too_large_is_reported_with_its_place() -> None:
    huge = Dispatch(1_688_000_000_000_000, "sports", b"a", bytes(2_000_000), [], None)
    too_large = pytest.raises(PublishError, match=r"pulse\.sports/0: .*[Mm]essage")
    with in_process_broker({"pulse.sports": 1}) as address, too_large:
        await publish([huge], address, 1, gate=OpenGate())


async def test_a_window_counts_messages_and_bytes_of_each_partition() -> None:
    position = {("a", 0): 10, ("a", 1): 0}
    gate = WindowGate(lambda topic, partition: position[topic, partition], 3, 100, pause=0.001)
    for _ in range(3):
        await gate.admit("a", 0, 10)
    await gate.admit("a", 1, 500)  # one always fits
    fourth = asyncio.create_task(gate.admit("a", 0, 10))
    second = asyncio.create_task(gate.admit("a", 1, 1))
    await asyncio.sleep(0.01)
    assert not fourth.done()
    assert not second.done()
    position["a", 0] = 11
    position["a", 1] = 1
    async with asyncio.timeout(1):
        await fourth
        await second
