"""Faults of messages: each function takes a good structured message and returns it broken.

The good message is still sent later, as if the department had repaired its feed and sent it again. So refused
faults do not change the figures. `misplaced` and `keyless` leave the event intact: only the partition (and
the key) is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson

from pulse.simulate.dispatch import Dispatch

Fault = Callable[[Dispatch, np.random.Generator], Dispatch]


def _event(change: Callable[[dict[str, Any]], None]) -> Fault:
    """A fault that changes the event and leaves the message's form as it is."""

    def spoil(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
        event = orjson.loads(sent.value or b"{}")
        event["data"] = event.get("data") or {"region": "370811"}
        change(event)
        return sent._replace(value=orjson.dumps(event))

    return spoil


def truncated(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """A value that is cut off."""
    value = sent.value or b""
    return sent._replace(value=value[: int(rng.integers(1, max(2, len(value) - 1)))])


def nothing(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """A null value: a tombstone where none is meant."""
    return sent._replace(value=None)


def noise(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """Random bytes instead of text."""
    return sent._replace(value=rng.bytes(int(rng.integers(20, 4_000))))


def gbk(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """Text in GBK, the encoding of an old system."""
    event = orjson.loads(sent.value or b"{}")
    event["data"] = {"region": "370811", "name": "济宁市社区"}
    return sent._replace(value=orjson.dumps(event).decode().encode("gbk"))


def headless(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """No content type and no attributes."""
    return sent._replace(headers=[])


def dashed(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """Attribute headers with the prefix of HTTP, `ce-`, instead of Kafka's `ce_`."""
    return sent._replace(headers=[("ce-specversion", b"1.0"), ("ce-id", b"1"), ("ce-type", b"x.y")])


def half_headed(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """Binary mode without an id and with an unreadable source."""
    headers = [("content-type", b"application/json"), ("ce_specversion", b"1.0"), ("ce_source", b"\xff\xfe")]
    return sent._replace(headers=headers)


def astray(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """In the topic of another department."""
    topics = ("sports", "science", "housing", "red-cross")
    return sent._replace(
        topic=topics[(topics.index(sent.topic) + 1) % 4] if sent.topic in topics else "sports"
    )


def _text_region(event: dict[str, Any]) -> None:
    event["data"]["region"] = 370811


def _unknown_county(event: dict[str, Any]) -> None:
    event["data"]["region"] = "370899" + str(event["data"]["region"])[6:]


def _no_offset(event: dict[str, Any]) -> None:
    event["time"] = event["time"].removesuffix("Z").removesuffix("+08:00")


def _far_future(event: dict[str, Any]) -> None:
    event["time"] = "2203" + event["time"][4:]


def _no_region(event: dict[str, Any]) -> None:
    del event["data"]["region"]


def _unknown_field(event: dict[str, Any]) -> None:
    event["data"]["beizhu"] = "补录"
    event.pop("dataschema", None)


def _stamp_as_revision(event: dict[str, Any]) -> None:
    event["revision"] = 1_684_000_000


def _no_id(event: dict[str, Any]) -> None:
    del event["id"]


def _unknown_type(event: dict[str, Any]) -> None:
    event["type"] += "-v2"


def misplaced(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """Sent to a random partition, which may happen to be the right one."""
    return sent._replace(partition=int(rng.integers(1 << 16)))


def keyless(sent: Dispatch, rng: np.random.Generator) -> Dispatch:
    """Sent to a random partition and without a key."""
    return misplaced(sent, rng)._replace(key=None)


MALFORMED: tuple[Fault, ...] = (
    truncated, nothing, noise, gbk, headless, dashed, half_headed, astray,
    *map(_event, (
        _text_region, _unknown_county, _no_offset, _far_future, _no_region, _unknown_field, _stamp_as_revision,
        _no_id, _unknown_type,
    )),
)  # fmt: skip
"""Each of these is refused."""

MISROUTED: tuple[Fault, ...] = (misplaced, misplaced, keyless)
"""Each of these must be sent on to its right partition."""
