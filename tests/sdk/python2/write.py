"""Writes the events of a file with the CloudEvents SDK for Python, 2.x, and confluent-kafka."""

import json
import sys
from datetime import datetime
from pathlib import Path

from cloudevents.core.bindings.kafka import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from confluent_kafka import Producer


def main() -> None:
    bootstrap, topic, mode, partitioner, file = sys.argv[1:]
    settings = {"bootstrap.servers": bootstrap, "acks": "all"}
    if partitioner != "default":
        settings["partitioner"] = partitioner
    producer = Producer(settings)
    write = to_binary if mode == "binary" else to_structured
    for described in json.loads(Path(file).read_text("utf-8")):
        data = described.pop("data", None)
        for name in ("time", "recordedtime"):
            if name in described:
                described[name] = datetime.fromisoformat(described[name])
        event = CloudEvent(described, data)
        message = write(event, JSONFormat())
        key = message.key or event.get_subject()
        producer.produce(topic, message.value, key, headers=message.headers, on_delivery=_delivered)
    assert producer.flush(60) == 0


def _delivered(error: object, _: object) -> None:
    if error is not None:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
