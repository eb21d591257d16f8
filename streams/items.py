"""What a partition's log is read as: records, offsets that hold no event, and what cannot be read. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

LAST_MOMENT = 10_413_791_999_999
"""The latest append time that ClickHouse's DateTime64(3) holds (the end of 2299), in milliseconds. A topic whose publishers
set the time may hold any number."""


class Record(msgspec.Struct, gc=False):
    """A message, as `schemas.event.Message` has it."""

    begin: int
    """The log holds nothing at the offsets from this one up to `offset`."""
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
    """Bytes in memory, as far as its sender chose them; 0 for a record that was not fetched."""


class Gap(NamedTuple):
    """The log holds no event from `begin` up to and including `offset`."""

    begin: int
    offset: int
    value: None = None
    weight: int = 0


class Unreadable(NamedTuple):
    """A batch that cannot be read: nothing is known of its offsets. It is the last item of a fetch.

    `begin` and `offset` are its first offset, as far as that is known; `last` is its last, where its header can be believed.
    """

    begin: int
    offset: int
    last: int
    why: str
    value: None = None
    weight: int = 0


Item = Record | Gap | Unreadable


def weight(key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> int:
    """Bytes of a record's key, value and headers. It costs 1.2 µs where there are nine headers."""
    size = len(value or b"") + len(key or b"")
    for name, content in headers:
        size += len(name) + len(content or b"")
    return size
