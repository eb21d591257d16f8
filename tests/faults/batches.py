"""Batches of records of any bytes, as no client's library would make them, and a client that sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from random import Random
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from tests.faults.spoiling import Raw

CODECS = (0, 1, 2, 3, 4)
"""None, gzip, snappy, lz4, zstd."""

_SIZE = 8 << 20


class Name(str):
    """A header's name whose bytes may be no UTF-8."""

    __slots__ = ("raw",)
    raw: bytes

    def encode(self, *_: Any) -> bytes:
        return self.raw


def named(raw: bytes) -> Name:
    """A header's name of these bytes, for aiokafka's builder in Python."""
    name = Name("a name")
    name.raw = raw
    return name


class Batch(BatchBuilder):  # type: ignore[misc]
    """Records of one partition, ready for `AIOKafkaProducer.send_batch`."""

    def __init__(self, records: Iterable[Raw], codec: int, *, transactional: bool = False) -> None:
        super().__init__(_SIZE, codec, is_transactional=transactional)
        self._builder = _DefaultRecordBatchBuilderPy(2, codec, transactional, -1, -1, 0, _SIZE)
        for record in records:
            headers = [(named(name), content) for name, content in record.headers]
            built = self.append(
                timestamp=record.timestamp, key=record.key, value=record.value, headers=headers
            )
            assert built is not None, "a batch is full"

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._builder.set_producer_state(producer_id, producer_epoch, base_sequence)


def batched(records: Sequence[Raw], random: Random) -> list[tuple[tuple[str, int], list[Raw]]]:
    """Records as batches of (topic, partition), in an order that keeps that of each partition.

    A record that is large goes alone, and compressed it fits what a broker takes.
    """
    found: list[tuple[tuple[str, int], list[Raw]]] = []
    for shard, these in groupby(sorted(records, key=_shard), _shard):
        batch: list[Raw] = []
        size, most = 0, 0
        for record in these:
            if batch and (len(batch) >= most or size + _size(record) > 400_000):
                found.append((shard, batch))
                batch, size = [], 0
            if not batch:
                most = random.choice((1, 3, 20, 200))
            batch.append(record)
            size += _size(record)
        found.append((shard, batch))
    order = [shard for shard, _ in found]
    random.shuffle(order)
    waiting = {shard: iter([batch for of, batch in found if of == shard]) for shard in order}
    return [(shard, next(waiting[shard])) for shard in order]


def codec_of(batch: Sequence[Raw], random: Random) -> int:
    """Any, where the broker takes it; it takes a megabyte."""
    return random.choice(CODECS if sum(map(_size, batch)) < 900_000 else CODECS[1:])


@asynccontextmanager
async def producing(bootstrap: str, transactional: str | None = None) -> AsyncIterator[AIOKafkaProducer]:
    """A client; with a name for transactions, if that is given."""
    words: dict[str, Any] = {} if transactional is None else {"transactional_id": transactional}
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        max_request_size=2 * _SIZE,
        request_timeout_ms=120_000,
        **words,
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def send(producer: AIOKafkaProducer, prefix: str, records: Sequence[Raw], random: Random) -> None:
    """Returns when the broker has them. In a transaction, where one is open."""
    transactional = producer._txn_manager is not None
    sent = [
        await producer.send_batch(
            Batch(batch, codec_of(batch, random), transactional=transactional), prefix + topic, partition=partition
        )
        for (topic, partition), batch in batched(records, random)
    ]  # fmt: skip
    await asyncio.gather(*sent)


def _shard(record: Raw) -> tuple[str, int]:
    return record.topic, record.partition


def _size(record: Raw) -> int:
    headers = sum(len(name) + len(content or b"") + 6 for name, content in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers + 30
