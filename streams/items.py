"""The items of a partition's log: records, gaps (offsets without an event) and unreadable batches. Plain
data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

LAST_MOMENT = 10_413_791_999_999
"""The latest append time that ClickHouse's DateTime64(3) holds (the end of 2299), in milliseconds. In a
topic whose publishers set the time, a timestamp may be any number."""


class LogRecord(msgspec.Struct, gc=False):
    """A message; implements `schemas.event.Message`."""

    begin: int
    """The log holds no event from this offset up to `offset`, which is the record's own."""
    topic: str
    partition: int
    offset: int
    timestamp: int
    """The append time in milliseconds since the epoch, from 1970 to 2299."""
    timestamp_type: int
    """0: the publisher set the timestamp; 1: the broker did."""
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    """Bytes of a name that are not UTF-8 are written as `\\xNN`."""
    weight: int = 0
    """Bytes of key, value and headers; 0 for a record that was not fetched."""


class Gap(NamedTuple):
    """The log holds no event from `begin` up to and including `offset`."""

    begin: int
    offset: int
    value: None = None
    weight: int = 0


class Unreadable(NamedTuple):
    """A batch that cannot be read, so that nothing is known of its offsets. It is the last item of a fetch.

    `begin` and `offset` are the first offset that could not be read. `last` is the batch's last offset if its
    header is plausible, else the first one again.
    """

    begin: int
    offset: int
    last: int
    why: str
    value: None = None
    weight: int = 0


Item = LogRecord | Gap | Unreadable


def weight(key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> int:
    """Bytes of a record's key, value and headers. Costs 1.2 µs for nine headers."""
    size = len(value or b"") + len(key or b"")
    for name, content in headers:
        size += len(name) + len(content or b"")
    return size
