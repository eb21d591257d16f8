"""Decompresses batches up to a limit: a megabyte of zstd may be thirty gigabytes of zeros, and no broker
refuses it.

aiokafka's own functions decompress a batch of any size at once. One such batch would exhaust the worker's
memory, and again after each restart. Here it becomes a batch that cannot be read
(`streams.items.Unreadable`), which stops only its own partition.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Callable
from typing import Any

import cramjam
from aiokafka.record import default_records, legacy_records

LARGEST = 256 << 20
"""The most bytes of a decompressed batch. Batches of real events, a few megabytes on the wire at most,
stay far below."""


class TooLarge(ValueError):
    """A batch is larger than `LARGEST` when it is decompressed."""

    def __init__(self) -> None:
        super().__init__(f"the batch has more than {LARGEST} bytes when it is unpacked")


def gzip_decode(payload: Any) -> bytes:
    """Decompress a whole gzip stream. Raises TooLarge; zlib.error or ValueError if it is not a valid one."""
    unpacked = bytearray()
    rest = bytes(payload)
    while rest:  # a stream may have several members
        member = zlib.decompressobj(wbits=31)
        unpacked += member.decompress(rest, LARGEST + 1 - len(unpacked))
        if len(unpacked) > LARGEST:
            raise TooLarge
        if not member.eof:
            raise ValueError("the gzip stream ends too early")
        rest = member.unused_data
    return bytes(unpacked)


def zstd_decode(payload: Any) -> bytes:
    """Decompress all zstd frames. Raises TooLarge; cramjam.DecompressionError if they are not valid."""
    return _into(cramjam.zstd.decompress_into, payload)


def lz4_decode(payload: Any) -> bytes:
    """Decompress all LZ4 frames. Raises TooLarge; cramjam.DecompressionError if they are not valid."""
    return _into(cramjam.lz4.decompress_into, payload)


def _into(decompress: Callable[[Any, Any], int], payload: Any) -> bytes:
    with mmap.mmap(-1, LARGEST) as room:  # takes no memory until it is written to
        try:
            size = decompress(payload, room)
        except cramjam.DecompressionError as error:
            if "whole buffer" in str(error):
                raise TooLarge from None
            raise
        return room[:size]


def bound() -> None:
    """Replace aiokafka's own functions with these, in its compiled modules and in the others.

    Snappy needs no limit: it never decompresses to more than some twenty times its size.
    """
    from aiokafka.record._crecords import default_records as compiled
    from aiokafka.record._crecords import legacy_records as compiled_legacy

    for module in (default_records, legacy_records, compiled, compiled_legacy):
        for decode in (gzip_decode, zstd_decode, lz4_decode):
            if hasattr(module, decode.__name__):
                setattr(module, decode.__name__, decode)
