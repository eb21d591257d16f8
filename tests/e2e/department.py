"""What a department's programmer knows: the documented contract, and an ordinary Kafka client.

Topic `pulse.<system>`, key the subject, the client's own partitioner, CloudEvents 1.0 in either mode. Nothing here
imports the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaProducer

PREFIX = "pulse."
ARRIVAL = 1_704_600_000_000
"""When all messages arrive, in milliseconds: 2024-01-07, after the plan's last day."""
LARGEST = 8 << 20

Headers = list[tuple[str, bytes]]


class Sent(NamedTuple):
    """A message as handed to the producer; `partition` None leaves the choice to the key."""

    topic: str
    key: str | None
    value: bytes | None
    headers: Headers
    partition: int | None = None


class Place(NamedTuple):
    """Where it came to lie."""

    topic: str
    partition: int
    offset: int


def event(type: str, subject: str, data: Any = None, **attributes: Any) -> dict[str, Any]:
    """A CloudEvent; `attributes` set others, or replace these. One subject has one record, unless `id` says otherwise."""
    fields = {
        "specversion": "1.0",
        "id": subject,
        "source": f"//{type.partition('.')[0]}.jining.gov.cn/system",
        "type": type,
        "subject": subject,
        "time": "2023-06-10T09:00:00+08:00",
    } | attributes
    return fields if data is None else fields | {"data": data}


def structured(event: dict[str, Any], **where: Any) -> Sent:
    """In structured mode: the whole event is the value."""
    headers: Headers = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
    return Sent(_topic(event), event["subject"], orjson.dumps(event), headers)._replace(**where)


def binary(event: dict[str, Any], **where: Any) -> Sent:
    """In binary mode: attributes in headers, the data is the value."""
    headers: Headers = [("content-type", b"application/json")]
    for name, value in event.items():
        if name != "data":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            headers.append((f"ce_{name}", text.encode()))
    return Sent(_topic(event), event["subject"], orjson.dumps(event["data"]), headers)._replace(**where)


def _topic(event: dict[str, Any]) -> str:
    system: str = event["type"].partition(".")[0]
    return PREFIX + system


async def publish(address: str, messages: Iterable[Sent]) -> Sequence[Place]:
    """Sends all, in order; where each came to lie."""
    producer = AIOKafkaProducer(bootstrap_servers=address, max_request_size=LARGEST, linger_ms=5)
    await producer.start()
    try:
        futures = [
            await producer.send(
                sent.topic, sent.value, None if sent.key is None else sent.key.encode(), sent.partition,
                timestamp_ms=ARRIVAL, headers=sent.headers,
            )
            for sent in messages
        ]  # fmt: skip
        return [Place(done.topic, done.partition, done.offset) for done in [await one for one in futures]]
    finally:
        await producer.stop()
