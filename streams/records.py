"""Unpacks a fetch of a partition into records, gaps (offsets without an event) and unreadable batches.

aiokafka hands out records and does not report the offsets between them: transaction markers, events of
aborted transactions, what was compacted away. It decodes the names of headers strictly, and a batch that it
cannot read ends its consumer, and the worker with it. Here every record says from which offset on the log
holds nothing before it, the end of a fetch says up to where nothing follows, and a batch that cannot be read
is an item like any other.

aiokafka has no hook for this: importing this module puts `Batches` and `Records` in the place of two of its
classes, for every consumer of the process. aiokafka is pinned exactly, and tests/streams/test_records.py
checks that they fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, KafkaError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

from streams import decompression
from streams.items import LAST_MOMENT, Gap, Item, LogRecord, Unreadable, weight

LARGEST = 1_000_000
"""The most offsets that one batch may span. A header that claims more is damaged."""


class Batches(_MemoryRecordsPy):  # type: ignore[misc]
    """The batches of a fetch; the latest one can be read a second time."""

    latest: memoryview
    """The bytes of the batch that `next_batch` returned last, as they lie in the log."""

    def next_batch(self, *args: Any) -> Any:
        """The next batch. Raises CorruptRecordException if its length is damaged."""
        self.latest = self._next_slice
        return super().next_batch(*args)


class Records(fetcher.PartitionRecords):  # type: ignore[misc]
    """A partition's share of a fetch, item by item."""

    next_fetch_offset: int
    """The offset at which the next fetch goes on."""

    def _unpack_records(self) -> Iterator[Item]:
        told = self.next_fetch_offset
        """Everything below this offset was handed out."""
        batch = None
        try:
            while self._records.has_next():
                batch = None
                batch = self._records.next_batch()
                if self._check_crcs and not batch.validate_crc():
                    raise CorruptRecordException("the checksum is wrong")
                if not self._holds_no_event(batch):
                    for record in _records(batch, self._records):
                        if record.offset >= self.next_fetch_offset:
                            self.next_fetch_offset = record.offset + 1
                            yield self._record(told, record)
                            told = record.offset + 1
                self.next_fetch_offset = max(self.next_fetch_offset, batch.next_offset)
        except Exception as error:
            fault: Unreadable | None = _unreadable(self.next_fetch_offset, batch, error)
        else:
            fault = None
        if told < self.next_fetch_offset:
            yield Gap(told, self.next_fetch_offset - 1)
        if fault is not None:
            yield fault

    def _holds_no_event(self, batch: Any) -> bool:
        """Whether a batch is a transaction's marker, or belongs to an aborted transaction."""
        if self._isolation_level == fetcher.READ_COMMITTED and batch.producer_id is not None:
            self._consume_aborted_up_to(batch.base_offset)
            if batch.is_control_batch:
                if self._contains_abort_marker(batch):
                    self._aborted_producers.discard(batch.producer_id)
            elif batch.is_transactional and batch.producer_id in self._aborted_producers:
                return True
        return bool(batch.is_control_batch)

    def _contains_abort_marker(self, batch: Any) -> bool:
        """Whether a control batch ends an aborted transaction.

        Compaction may remove the record of a producer's last marker and leave the batch empty; it then aborts
        nothing.
        """
        marker = next(batch, None)
        return marker is not None and fetcher.ControlRecord.parse(marker.key) == fetcher.ABORT_MARKER

    def _record(self, begin: int, record: Any) -> LogRecord:
        key, value, headers = record.key, record.value, tuple(record.headers)
        return LogRecord(
            begin,
            self._tp.topic,
            self._tp.partition,
            record.offset,
            min(max(record.timestamp or 0, 0), LAST_MOMENT),
            record.timestamp_type,
            key,
            value,
            headers,
            weight(key, value, headers),
        )


def _records(batch: Any, batches: Batches) -> Iterator[Any]:
    """A batch's records. If one fails, all are read again leniently, from the first on: a header's name
    may not be UTF-8."""
    try:
        yield from batch
    except Exception:
        if batch.magic < _WITH_HEADERS:
            raise
        again = _DefaultRecordBatchPy(batches.latest)
        again._maybe_uncompress()
        again._buffer = _Lenient(again._buffer)
        yield from again


_WITH_HEADERS = 2
"""The first format of batches whose records have headers."""


class _Lenient(bytearray):
    """Bytes whose parts can always be decoded."""

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        return _Lenient(part) if isinstance(index, slice) else part

    def decode(self, *_: Any) -> str:
        """Decode as UTF-8; bytes that are not UTF-8 become `\\xNN`."""
        return super().decode("utf-8", "backslashreplace")


def _unreadable(offset: int, batch: Any, error: Exception) -> Unreadable:
    last = offset if batch is None else batch.next_offset - 1
    if not offset <= last < offset + LARGEST:
        last = offset
    why = str(error) if isinstance(error, KafkaError) else f"{type(error).__name__}: {error}"
    return Unreadable(offset, offset, last, why)


decompression.bound()
fetcher.MemoryRecords = Batches
fetcher.PartitionRecords = Records
