"""Batches are unpacked up to a size: a megabyte of zstd may be thirty gigabytes of zeros, and no broker minds.

aiokafka's own functions unpack whatever comes, all of it at once: one such batch would take the worker's memory, and
again after each restart. Here it is a batch that cannot be read (`streams.items.Unreadable`): only its partition stands.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Callable
from typing import Any

import cramjam
from aiokafka.record import default_records, legacy_records

LARGEST = 256 << 20
"""Bytes of a batch, unpacked. Batches of real events, a few megabytes on the wire at most, stay far below."""


class TooLarge(ValueError):
    """A batch is larger than `LARGEST` when it is unpacked."""

    def __init__(self) -> None:
        super().__init__(f"the batch has more than {LARGEST} bytes when it is unpacked")


def gzip_decode(payload: Any) -> bytes:
    """The whole of a gzip stream. Raises TooLarge, and zlib.error or ValueError for what is none."""
    unpacked = bytearray()
    rest = bytes(payload)
    while rest:  # members may follow one another
        member = zlib.decompressobj(wbits=31)
        unpacked += member.decompress(rest, LARGEST + 1 - len(unpacked))
        if len(unpacked) > LARGEST:
            raise TooLarge
        if not member.eof:
            raise ValueError("the gzip stream ends too early")
        rest = member.unused_data
    return bytes(unpacked)


def zstd_decode(payload: Any) -> bytes:
    """The whole of zstd frames. Raises TooLarge, and cramjam.DecompressionError for what is none."""
    return _into(cramjam.zstd.decompress_into, payload)


def lz4_decode(payload: Any) -> bytes:
    """The whole of LZ4 frames. Raises TooLarge, and cramjam.DecompressionError for what is none."""
    return _into(cramjam.lz4.decompress_into, payload)


def _into(decompress: Callable[[Any, Any], int], payload: Any) -> bytes:
    with mmap.mmap(-1, LARGEST) as room:  # costs nothing until it is written to
        try:
            size = decompress(payload, room)
        except cramjam.DecompressionError as error:
            if "whole buffer" in str(error):
                raise TooLarge from None
            raise
        return room[:size]


def bound() -> None:
    """Put these in the place of aiokafka's own, in its compiled modules and in the others. Snappy never unpacks to more
    than some twenty times its size."""
    from aiokafka.record._crecords import default_records as compiled
    from aiokafka.record._crecords import legacy_records as compiled_legacy

    for module in (default_records, legacy_records, compiled, compiled_legacy):
        for decode in (gzip_decode, zstd_decode, lz4_decode):
            if hasattr(module, decode.__name__):
                setattr(module, decode.__name__, decode)
