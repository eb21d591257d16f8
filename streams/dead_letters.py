"""A dead letter is a refused message: a row of the table `dead_letters`, and a message of the topic
`TOPIC`."""

from __future__ import annotations

from typing import Any

import orjson

from schemas.event import Message, Refusal
from schemas.masking import mask_payload
from streams.commands import Outgoing
from streams.refusals import ShardRefusal, rendered

TOPIC = "dead-letters"


def letter(log: str, partition: int, message: Message, refusal: Refusal | ShardRefusal) -> dict[str, Any]:
    """The row of `dead_letters`: where the message lies, why it was refused, and its masked value.

    A refusal by the shard is rendered in Chinese, the language that departments read.
    """
    if not isinstance(refusal, Refusal):
        refusal = rendered(refusal)
    return {
        "topic": log,
        "partition": partition,
        "offset": message.offset,
        "append_time": message.timestamp,
        "reason": refusal.reason,
        "field": refusal.field,
        "value": refusal.value,
        "expected": refusal.expected,
        "hint": refusal.hint,
        "source": refusal.source,
        "type": refusal.type,
        "id": refusal.id,
        "payload": mask_payload(message.value),
    }


def outgoing(row: dict[str, Any]) -> Outgoing:
    """The letter as a message. Its key is the place of the refused message, so that a replay repeats the
    key."""
    place = f"{row['topic']}/{row['partition']}/{row['offset']}".encode()
    headers = [("content-type", b"application/json"), ("pulse-reason", row["reason"].encode())]
    return Outgoing(TOPIC, None, place, orjson.dumps(row), headers)
