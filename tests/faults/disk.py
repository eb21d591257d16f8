"""What lies in Kafka, read from the broker's own files: no client, and nothing of the product, takes part.

Rules: Kafka's documentation, "Message format" (batches of version 2, control batches).
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from aiokafka import codec

from tests.faults.log import Said

_HEADER = struct.Struct(">qiibIhiqqqhii")
_ABORT = 0
_LATEST = int(datetime(2300, 1, 1, tzinfo=UTC).timestamp() * 1000) - 1
_CODECS: dict[int, Callable[[bytes], bytes]] = {
    1: codec.gzip_decode, 2: codec.snappy_decode, 3: codec.lz4_decode, 4: codec.zstd_decode,
}  # fmt: skip


class Lying(NamedTuple):
    """A partition's log."""

    messages: list[Said]
    """What counts, read committed: nothing of aborted transactions.

    Times are brought into the years from 1970 to 2299; bytes of headers' names that are no UTF-8 are written as `\\xNN`.
    """
    end: int
    """The offset that comes next."""
    codecs: set[int]
    """Which were met."""


def lying(folder: Path, topic: str, partition: int) -> Lying:
    """The log of a partition, from the files of a broker that keeps its data somewhere in the folder.

    Raises AssertionError where a transaction is open.
    """
    messages: dict[int, Said] = {}
    open: defaultdict[int, list[int]] = defaultdict(list)
    codecs: set[int] = set()
    end = 0
    for segment in sorted(folder.rglob(f"{topic}-{partition}/*.log")):
        data, at = segment.read_bytes(), 0
        while at < len(data):
            (first, length, _, magic, _, attributes, last, base, largest, producer, _, _, count) = (
                _HEADER.unpack_from(data, at)
            )
            assert magic == 2
            body = data[at + _HEADER.size : at + 12 + length]
            at += 12 + length
            end = first + last + 1
            if attributes & 0x20:
                [marker] = _records(body, first, 0, count)
                ended = open.pop(producer, [])
                if marker.key is not None and struct.unpack(">hh", marker.key)[1] == _ABORT:
                    for offset in ended:
                        del messages[offset]
                continue
            if how := attributes & 0x07:
                codecs.add(how)
                body = _CODECS[how](body)
            for said in _records(body, first, base, count):
                time = largest if attributes & 0x08 else said.timestamp
                messages[said.offset] = said._replace(timestamp=min(max(time, 0), _LATEST))
                if attributes & 0x10:
                    open[producer].append(said.offset)
    assert not open, f"{topic}/{partition}: transactions are open"
    return Lying([messages[offset] for offset in sorted(messages)], end, codecs)


def _records(body: bytes, first: int, base: int, count: int) -> list[Said]:
    found, at = [], 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def text() -> bytes | None:
        nonlocal at
        length = number()
        if length < 0:
            return None
        at += length
        return bytes(body[at - length : at])

    for _ in range(count):
        number()
        at += 1
        time, offset = base + number(), first + number()
        key, value = text(), text()
        headers = []
        for _ in range(number()):
            name = (text() or b"").decode("utf-8", "backslashreplace")
            headers.append((name, text()))
        found.append(Said(offset, time, key, value, headers))
    assert at == len(body)
    return found
