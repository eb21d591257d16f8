"""Writes the events of a file with the CloudEvents SDK for Python, 1.x, and aiokafka."""

import asyncio
import json
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer
from cloudevents.http import CloudEvent
from cloudevents.kafka import to_binary, to_structured


async def main(bootstrap: str, topic: str, mode: str, events: list[dict[str, object]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for described in events:
            data = described.pop("data", None)
            if mode == "binary":
                # The binding fails without a content type, and on attributes that are no text.
                described = {name: _text(value) for name, value in described.items()}
                described.setdefault("datacontenttype", "application/json")
            event = CloudEvent(described, data)
            write = to_binary if mode == "binary" else to_structured
            message = write(event)
            key = message.key or event["subject"]
            await producer.send_and_wait(
                topic, message.value, key.encode(), headers=[*message.headers.items()]
            )


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    address, name, chosen, partitioner, file = sys.argv[1:]
    assert partitioner == "default"
    asyncio.run(main(address, name, chosen, json.loads(Path(file).read_text("utf-8"))))
