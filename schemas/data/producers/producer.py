import os
from datetime import datetime

from cloudevents.core.bindings.kafka import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from confluent_kafka import Producer

producer = Producer(
    {
        "bootstrap.servers": os.environ["KAFKA"],
        "partitioner": "murmur2_random",
        "acks": "all",
    }
)


def publish(data, **extensions):
    event = CloudEvent(
        {
            "specversion": "1.0",
            "id": "2023-000001",
            "source": "//minzheng.example/visits",
            "type": "civil-affairs.elder-visit",
            "subject": "elder-000001",
            "time": datetime.fromisoformat("2023-06-01T08:30:00+08:00"),
            **({} if data is None else {"datacontenttype": "application/json"}),
            **extensions,
        },
        data,
    )
    message = to_binary(event, JSONFormat())
    producer.produce(
        "pulse.civil-affairs",
        key=event.get_subject(),
        value=message.value or None,
        headers=message.headers,
        on_delivery=delivered,
    )


def delivered(error, message):
    if error:
        raise SystemExit(f"not published: {error}")


publish({"region": "370831001001"})
publish({"region": "370831001002"}, revision=1)
publish(None, revision=2, void=True)
producer.flush()
