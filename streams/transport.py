"""Faust's transport, with whole fetches instead of single messages.

Faust hands an agent one message at a time, at 6 000–13 000 events a second. Here each partition's share of a
fetch travels through Faust as one message, whose value is the list of items: 180 000–300 000 events a second.
These messages are never acked. Instead a shard reports its position (`stands_at`), and that is committed.

Faust may drop what it has fetched at any time: at a rebalance, while its flow is stopped, when buffers are
cleared. Every item says from which offset on the log holds nothing before it (`streams.records`). So a batch
that does not follow on what the shard has is noticed and read again.

The module relies on internals (`_filter_tps_with_pending_acks`, `_new_offset`, `_read_offset`,
`_fetch_records`). So Faust is pinned exactly, and tests/streams/test_transport.py checks that commits reach
the topic's end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import chain, repeat
from typing import Any, Protocol

from aiokafka import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams import records as records
from streams.items import Item

FETCH_BYTES = 4 << 20
"""A fetch stops once its items have this many bytes (`Record.weight`)."""

SLICES = (5, 10, 20, 40)
"""How many records are unpacked between two checks of a fetch's size. The last number holds for all
further slices."""


WAIT_MS = 200
"""Milliseconds for which the broker may keep a fetch open when it has nothing. Faust's value is 1500. A
partition that has just become wanted again would wait so long, and every partition would on a broker that
does not answer sooner when something comes (the in-process one)."""


class Reading(Protocol):
    """Decides whether, and from where, each partition is read."""

    def wanted(self, tp: TP) -> bool:
        """Whether the partition may be read now: its shard is loaded, and there is room for more."""

    def resume_at(self, tp: TP) -> int | None:
        """The next offset that the partition's shard lacks; None until it is loaded."""


class _Nowhere(dict[TP, Any]):
    """Replaces Faust's read offsets, by which it drops what looks like a repeat: the shard recognises
    repeats itself."""

    def __getitem__(self, tp: TP) -> None:
        return None

    def __setitem__(self, tp: TP, offset: Any) -> None:
        pass


class _Thread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Faust's consumer thread, with options for which Faust has no setting, and with a safe commit."""

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit only offsets of assigned partitions, and nothing if none are left.

        Faust checks the assignment, waits, and calls this. A rebalance may come in between, and a commit of
        nothing would end the worker.
        """
        mine = self.assignment()
        offsets = {tp: offset for tp, offset in offsets.items() if tp in mine}
        return bool(offsets) and await super()._commit(offsets)

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = WAIT_MS
        consumer._isolation_level = self.app.isolation
        return consumer


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """Reads partitions once their shards are ready, from the shards' next offsets; a partition's fetch is
    one message."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._read_offset = _Nowhere()
        self._stands: dict[TP, int] = {}
        """The offsets that shards reported since the last commit. Not Faust's `_acked`: it acks what it
        skips at a rebalance."""

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    @property
    def _reading(self) -> Reading:
        reading: Reading = self.app.pool
        return reading

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 (the name is Faust's)
    ) -> Mapping[TP, list[list[Item]]]:
        wanted = {tp for tp in active_partitions or () if self._reading.wanted(tp)}
        if not wanted:
            await self.sleep(0.02)
            return {}
        fetched = await self._thread.call_thread(self._read, wanted, timeout)
        return {tp: [items] for tp, items in fetched.items()}

    async def _read(
        self,
        wanted: set[TP],
        timeout: float,  # noqa: ASYNC109 (handed on)
    ) -> Mapping[TP, list[Item]]:
        """Read items until they have FETCH_BYTES bytes, are as many as a fetch may have, or no more have
        arrived.

        aiokafka limits a fetch only by its number of records, and unpacks them as they are taken: a megabyte
        in Kafka may be gigabytes here. Runs on the consumer's own thread, which does nothing else once the
        first items have come.
        """
        consumer = self._thread._ensure_consumer()
        found: dict[TP, list[Item]] = {}
        size, left = 0, consumer._max_poll_records
        for most in chain(SLICES, repeat(SLICES[-1])):
            if size >= FETCH_BYTES or left <= 0:
                break
            some = await self._thread._fetch_records(
                consumer, wanted, timeout=0 if found else timeout, max_records=min(most, left)
            )
            if not some:
                break
            for tp, items in some.items():
                found.setdefault(tp, []).extend(items)
                size += sum(item.weight for item in items)
                left -= len(items)
        return found

    def _to_message(self, tp: TP, record: list[Item]) -> ConsumerMessage:
        """One message with a partition's items as its value. Faust itself uses only its last offset."""
        end = record[-1].offset
        return ConsumerMessage(
            tp.topic, tp.partition, end, 0.0, 0, (), None, record, None, tp=tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    async def perform_seek(self) -> None:
        """After a rebalance or a stopped flow: seek every ready partition to its shard's next offset.

        The position in ClickHouse is the truth. Kafka's committed offset only serves lag tools.
        """
        for tp in self.assignment():
            if (offset := self._reading.resume_at(tp)) is not None:
                await self.seek(tp, offset)

    async def seek(self, partition: TP, offset: int) -> None:
        """Read the partition from `offset` on. Runs on the consumer's own thread, where a fetch may be
        under way."""
        await self._thread.call_thread(self._seek, partition, offset)
        self._committed_offset[partition] = None  # the shard has what is below `offset`

    def withheld(self, partition: TP) -> int:
        """How many offsets of the log lie behind an open transaction and cannot be read before it ends."""
        consumer, tp = self._thread._ensure_consumer(), TopicPartition(partition.topic, partition.partition)
        try:
            readable, end = consumer.last_stable_offset(tp), consumer.highwater(tp)
        except (
            AssertionError,
            KeyError,
        ):  # not assigned, or no longer: the consumer's thread is in a rebalance
            return 0
        known = readable is not None and readable >= 0 and end is not None
        return max(0, end - readable) if known else 0

    def stands_at(self, partition: TP, offset: int) -> None:
        """The shard's rows below `offset` are complete. The next commit tells Kafka so, even without new
        events."""
        if offset:
            self._stands[partition] = offset

    async def break_off(self) -> None:
        """Stop waiting for the group, because the worker is ending. A group answers a join only when all
        members have come."""
        thread = self._thread
        coordinator = getattr(thread._consumer, "_coordinator", None)
        if coordinator is not None:
            ending = _cancelled(coordinator._coordination_task)
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(ending, thread.thread_loop))

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: there is always a gap between the last offsets of two batches."""

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        """The partitions with something to commit. `topics` is ignored: this worker always commits all."""
        return iter(list(self._stands))

    def _new_offset(self, tp: TP) -> int | None:
        """The offset to commit: the last one that the shard reported, or None."""
        return self._stands.pop(tp, None)

    async def on_stop(self) -> None:
        """Wait for the commit under way before stopping.

        It may have begun before the last shard reported its offset, and Faust would not begin another one
        meanwhile.
        """
        await self.maybe_wait_for_commit_to_finish()
        await super().on_stop()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class BatchTransport(driver.Transport):  # type: ignore[misc]
    """The aiokafka transport with `BatchConsumer`."""

    Consumer = BatchConsumer
