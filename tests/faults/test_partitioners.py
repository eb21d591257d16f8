"""Departments whose clients place keys by different rules, side by side, speaking of the same subjects.

Java's rule (murmur2), which aiokafka has of itself and librdkafka on demand, and librdkafka's own (CRC32).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer

from pulse.simulate.dispatch import Dispatch
from tests.faults.chatter import Chatter
from tests.faults.log import Said
from tests.faults.recount import Expected, cells
from tests.faults.world import World


def librdkafka(partitioner: str) -> Callable[[World, Sequence[Dispatch]], None]:
    def publish(world: World, messages: Sequence[Dispatch]) -> None:
        producer = Producer({
            "bootstrap.servers": world.broker.bootstrap, "partitioner": partitioner, "acks": "all", "log_level": 0,
        })  # fmt: skip
        for sent in messages:
            producer.produce(world.prefix + sent.topic, sent.value, sent.key, headers=sent.headers)
        assert producer.flush(60) == 0

    return publish


def aiokafka(world: World, messages: Sequence[Dispatch]) -> None:
    async def publish() -> None:
        async with AIOKafkaProducer(bootstrap_servers=world.broker.bootstrap, acks="all") as producer:
            for sent in messages:
                await producer.send(world.prefix + sent.topic, sent.value, sent.key, headers=sent.headers)
            await producer.flush()

    asyncio.run(publish())


CLIENTS = (librdkafka("murmur2_random"), aiokafka, librdkafka("consistent_random"))


def told(world: World, messages: Sequence[Dispatch]) -> Expected:
    """What was said, as if each topic were one log: whoever published it, and wherever it came to lie."""
    expected = Expected(world.city, dict.fromkeys(world.city.topics, 1))
    for topic in world.city.topics:
        own = [sent for sent in messages if sent.topic == topic]
        expected.read((topic, 0), [Said(n, 2**41, m.key, m.value, m.headers) for n, m in enumerate(own)])
    return expected


def test_java_and_librdkafka_side_by_side(world: World) -> None:
    """What lies wrong is sent on, kills or not; each event counts once, wherever it was put."""
    messages = Chatter(901, malformed=0, misrouted=0).say(3000)
    shares = [messages[n :: len(CLIENTS)] for n in range(len(CLIENTS))]
    threads = [
        threading.Thread(target=publish, args=(world, share))
        for publish, share in zip(CLIENTS, shares, strict=True)
    ]
    worker = world.start(instance="one")
    for thread in threads:
        thread.start()
    for _ in range(3):
        worker.kill()
        worker = world.start(instance="one")
    for thread in threads:
        thread.join()
    found = world.check()
    placed_wrong = "SELECT count() FROM events FINAL WHERE outcome = 're-keyed'"
    rekeyed = world.client.query(placed_wrong).result_rows[0][0]
    # Of CRC32's third of the messages two in three lie wrong, of the others none.
    assert 0.9 * 2 / 3 * len(shares[2]) < rekeyed < len(shares[2])
    assert found >= len(messages) + rekeyed, "what was sent on and not yet written is sent on again"
    assert cells(world.client) == told(world, messages).cells()
