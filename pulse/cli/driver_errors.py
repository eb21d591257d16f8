"""Turns driver errors into one sentence: what does not answer, where, and what to do. Full messages belong in logs."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator

_DRIVERS = {"clickhouse_connect", "aiokafka", "confluent_kafka"}

_FILES = {
    errno.ENOSPC: "the disk is full: make room, then try again",
    errno.EDQUOT: "the disk quota is used up: make room, then try again",
    errno.EACCES: "this user may not write there: choose another place, or change its rights",
    errno.EROFS: "the file system is read-only: choose another place",
}


def explained(error: BaseException) -> str | None:
    """A sentence for the operator about a driver's error; None if the error is not one of these, so probably a bug."""
    for each in _causes(error):
        if isinstance(each, OSError) and each.errno in _FILES:
            return f"{each.filename or 'a file'}: {_FILES[each.errno]}"
    if not _DRIVERS.intersection(sys.modules):
        return None
    for each in _causes(error):
        if (sentence := _kafka(each)) is not None:
            return sentence
    if "clickhouse_connect" in sys.modules:
        from sinks.clickhouse.connection import asked
        from sinks.clickhouse.failures import explanation as explained_by_clickhouse

        if (sentence := explained_by_clickhouse(error)) is not None:
            return f"ClickHouse at {asked()}: {sentence}"
    return None


def _kafka(error: BaseException) -> str | None:
    root = type(error).__module__.partition(".")[0]
    name = type(error).__name__
    if root in ("cimpl", "confluent_kafka"):
        cause = error.args[0] if error.args else None
        name, what = getattr(cause, "name", lambda: name)(), getattr(cause, "str", lambda: str(error))()
    elif root == "aiokafka":
        what = str(error)
    else:
        return None
    word = name.upper().replace("_", "").removesuffix("ERROR").removesuffix("FAILED")
    for part, todo in _KAFKA:
        if part in word:
            return f"Kafka: {todo} ({what[:200]})"
    return f"Kafka: {name}: {what[:300]}. Check PULSE_KAFKA and the broker's own log"


_KAFKA = (
    ("AUTHENTICATION", "the broker does not accept user or password"),
    ("AUTHORIZATION", "the account lacks a right on a topic or group: grant it"),
    ("MESSAGESIZE", "a message is larger than the broker takes: raise max.message.bytes of its topic"),
    ("MSGSIZE", "a message is larger than the broker takes: raise max.message.bytes of its topic"),
    ("UNKNOWNTOPIC", "a topic is not there: `pulse topics` shows which, `pulse topics --create` makes them"),
    ("SSL", "no TLS with the broker: check the listener's port and certificate"),
    ("TIMEOUT", "no answer in time: is PULSE_KAFKA right, and is the broker running?"),
    ("TIMEDOUT", "no answer in time: is PULSE_KAFKA right, and is the broker running?"),
    ("TRANSPORT", "the broker does not answer: is PULSE_KAFKA right, and is it running?"),
    ("BROKERSDOWN", "the broker does not answer: is PULSE_KAFKA right, and is it running?"),
    ("CONNECTION", "the broker does not answer: is PULSE_KAFKA right, and is it running?"),
    ("NODENOTREADY", "the broker does not answer: is PULSE_KAFKA right, and is it running?"),
)
"""Part of an error's name in either Kafka library → what it means and what to do. The first match is used."""


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__
