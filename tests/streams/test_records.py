"""A fetch's bytes as items: what is between records, header names of any bytes, and what cannot be read."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from hypothesis import given
from hypothesis import strategies as st

from streams.items import LAST_MOMENT, Gap, LogRecord, Unreadable
from streams.records import Batches, Records

PARTITION = TopicPartition("t", 0)
CONTROL, TRANSACTIONAL = 0x20, 0x10
COMMIT, ABORT = b"\0\0\0\1", b"\0\0\0\0"
"""Keys of the markers of transactions."""
AT = 1_700_000_000_000


class Name(str):
    """A header's name that is not UTF-8."""

    __slots__ = ("raw",)
    raw: bytes

    def encode(self, *_: Any) -> bytes:
        return self.raw


def name(raw: bytes) -> Name:
    found = Name("a name")
    found.raw = raw
    return found


def batch(
    first: int,
    values: Sequence[bytes],
    *,
    headers: Sequence[tuple[str, bytes | None]] = (),
    key: bytes = b"k",
    producer: int = -1,
    attributes: int = 0,
    time: int = AT,
    codec: int = 0,
    more: int = 0,
    room: int = 1 << 20,
) -> bytes:
    """A batch as it lies in a log; `more`: so many offsets at its end were compacted away."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, producer, 0, 0, room)
    for n, value in enumerate(values):
        assert builder.append(n, time, key, value, list(headers))
    built = bytearray(builder.build())
    struct.pack_into(">q", built, 0, first)
    flags, last = struct.unpack_from(">hi", built, 21)
    struct.pack_into(">hi", built, 21, flags | attributes, last + more)
    return _signed(built)


def _signed(built: bytearray) -> bytes:
    from aiokafka.record.util import calc_crc32c

    struct.pack_into(">I", built, 17, calc_crc32c(bytes(built[21:])))
    return bytes(built)


def read(
    data: bytes, begin: int = 0, aborted: Sequence[tuple[int, int]] = (), level: int = fetcher.READ_COMMITTED
) -> tuple[list[Any], int]:
    """The items of a fetch from `begin` on, and where the next one goes on."""
    records = Records(PARTITION, Batches(data), list(aborted), begin, None, None, True, level)
    return list(records), records.next_fetch_offset


def shown(items: Sequence[Any]) -> list[Any]:
    return [(item.begin, item.offset, item.value) if isinstance(item, LogRecord) else item for item in items]


def test_records_that_follow_one_another() -> None:
    items, after = read(batch(5, [b"a", b"b"]) + batch(7, [b"c"]), 5)
    assert shown(items) == [(5, 5, b"a"), (6, 6, b"b"), (7, 7, b"c")]
    assert after == 8
    assert items[0] == LogRecord(5, "t", 0, 5, AT, 0, b"k", b"a", (), 2)


def test_what_lies_between_them_is_said_by_the_next_one() -> None:
    items, _ = read(batch(5, [b"a"], more=2) + batch(20, [b"b"]), 3)
    assert shown(items) == [(3, 5, b"a"), (6, 20, b"b")]


def test_a_fetch_that_ends_in_nothing_says_how_far() -> None:
    marker = batch(6, [b"\0\0\0\0\0\0"], key=COMMIT, producer=1, attributes=CONTROL | TRANSACTIONAL)
    items, after = read(batch(5, [b"a"], producer=1, attributes=TRANSACTIONAL) + marker, 5)
    assert shown(items) == [(5, 5, b"a"), Gap(6, 6)]
    assert after == 7
    assert read(marker, 6) == ([Gap(6, 6)], 7)
    assert read(b"", 6) == ([], 6)


def test_events_of_an_aborted_transaction_are_none() -> None:
    events = batch(0, [b"a", b"b"], producer=9, attributes=TRANSACTIONAL)
    marker = batch(2, [b"\0\0\0\0\0\0"], key=ABORT, producer=9, attributes=CONTROL | TRANSACTIONAL)
    after = batch(3, [b"c"], producer=9, attributes=TRANSACTIONAL)
    log = events + marker + after
    assert shown(read(log, aborted=[(9, 0)])[0]) == [(0, 3, b"c")]
    everything = shown(read(log, aborted=[(9, 0)], level=fetcher.READ_UNCOMMITTED)[0])
    assert everything == [(0, 0, b"a"), (1, 1, b"b"), (2, 3, b"c")]


@pytest.mark.parametrize("level", [fetcher.READ_COMMITTED, fetcher.READ_UNCOMMITTED])
@pytest.mark.parametrize("attributes", [0, TRANSACTIONAL, CONTROL | TRANSACTIONAL])
def test_of_a_producers_last_batch_compaction_leaves_the_header(attributes: int, level: int) -> None:
    items, after = read(emptied(3, 5, attributes) + batch(6, [b"a"]), 3, level=level)
    assert shown(items) == [(3, 6, b"a")]
    assert after == 7


def emptied(first: int, last: int, attributes: int) -> bytes:
    """As Kafka's log cleaner keeps a producer's last batch: without records."""
    built = bytearray(batch(first, [b"\0\0\0\0\0\0"], key=COMMIT, producer=9, attributes=attributes)[:61])
    struct.pack_into(">i", built, 8, len(built) - 12)
    struct.pack_into(">i", built, 23, last - first)
    struct.pack_into(">i", built, 57, 0)
    return _signed(built)


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
def test_the_name_of_a_header_may_be_any_bytes(codec: int) -> None:
    headers = [("content-type", b"x"), (name("来源".encode("gbk")), b"abc"), ("none", None)]
    log = batch(0, [b"a", b"b"], headers=headers, codec=codec) + batch(2, [b"c"])
    items, after = read(log)
    assert shown(items) == [(0, 0, b"a"), (1, 1, b"b"), (2, 2, b"c")]
    assert items[0].headers == (("content-type", b"x"), ("\\xc0\\xb4Դ", b"abc"), ("none", None))
    assert after == 3


@given(
    st.lists(st.tuples(st.binary(max_size=6), st.none() | st.binary(max_size=6)), max_size=4),
    st.binary(max_size=9),
)
def test_any_headers_are_read(headers: list[tuple[bytes, bytes | None]], value: bytes) -> None:
    given_headers = [(name(raw), content) for raw, content in headers]
    [record], _ = read(batch(0, [value], headers=given_headers))
    assert record.value == value
    assert record.headers == tuple(
        (raw.decode("utf-8", "backslashreplace"), content) for raw, content in headers
    )


@pytest.mark.parametrize(
    ("time", "right"), [(-9_000_000_000_000, 0), (-1, 0), (1 << 60, LAST_MOMENT), (AT, AT)]
)
def test_a_publishers_time_may_be_any_number(time: int, right: int) -> None:
    [record], _ = read(batch(0, [b"a"], time=time))
    assert record.timestamp == right


def damaged(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]


def test_what_lies_before_a_damaged_batch_is_handed_out() -> None:
    log = batch(0, [b"a"]) + damaged(batch(1, [b"b", b"c"]), 65) + batch(3, [b"d"])
    items, after = read(log)
    assert shown(items) == [
        (0, 0, b"a"),
        Unreadable(1, 1, 2, "[Error 2] CorruptRecordException: the checksum is wrong"),
    ]
    assert after == 1, "it is read again from there"
    assert read(log[len(batch(0, [b"a"])) :], 1)[0] == items[1:]


def test_an_unknown_codec_is_told() -> None:
    unknown = bytearray(batch(0, [b"a"]))
    struct.pack_into(">h", unknown, 21, 6)
    [item], after = read(_signed(unknown))
    assert item[:3] == (0, 0, 0)
    assert "codec" in item.why
    assert after == 0


@pytest.mark.parametrize("codec", [1, 3, 4])
def test_a_batch_that_would_take_all_memory_is_told(codec: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.decompression.LARGEST", 1 << 20)
    few, many = (
        batch(first, [bytes(500_000)] * n, codec=codec, room=1 << 30) for first, n in ((0, 2), (2, 3))
    )
    assert len(many) < 20_000, "on the wire it is a trifle"
    items, after = read(few + many)
    assert shown(items[:2]) == [(0, 0, bytes(500_000)), (1, 1, bytes(500_000))]
    assert items[2:] == [
        Unreadable(2, 2, 4, "TooLarge: the batch has more than 1048576 bytes when it is unpacked")
    ]
    assert after == 2


def test_a_length_that_is_damaged_is_told() -> None:
    short = bytearray(batch(1, [b"b"]))
    struct.pack_into(">i", short, 8, 3)
    items, _ = read(batch(0, [b"a"]) + bytes(short))
    assert [type(item) for item in items] == [LogRecord, Unreadable]


@given(st.data())
def test_whatever_is_flipped_ends_nobody(data: st.DataObject) -> None:
    """What is handed out follows on from the beginning, and the next fetch goes on behind it."""
    log = bytearray(
        batch(0, [b"a" * 20, b"b"], headers=[("x", b"y")]) + batch(2, [b"c"], codec=1) + batch(3, [b"d"])
    )
    for _ in range(data.draw(st.integers(1, 4))):
        log[data.draw(st.integers(8, len(log) - 1))] ^= data.draw(st.integers(1, 255))
    items, after = read(bytes(log))
    reached = 0
    for item in items:
        assert item.begin == reached
        reached = item.offset if isinstance(item, Unreadable) else item.offset + 1
    assert after == reached


def test_the_two_are_in_place_of_aiokafkas_own() -> None:
    assert (fetcher.MemoryRecords, fetcher.PartitionRecords) == (Batches, Records)


def test_what_a_record_weighs() -> None:
    """A null value beside a megabyte of headers takes memory too: reading stops at FETCH_BYTES, a pool at its budget."""
    [record], _ = read(batch(0, [b"abc"], headers=[("na", bytes(1000)), ("no", None)], key=bytes(100)))
    assert [each.weight for each in (record, Gap(1, 9), Unreadable(1, 1, 2, "so"))] == [1107, 0, 0]
