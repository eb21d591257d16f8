"""Faust's transport, with whole fetches instead of single messages.

Faust hands an agent one message at a time: 6 000–13 000 events a second. Here each partition's share of a
fetch travels through Faust as one message, whose value is the list of records: 180 000–300 000. Nobody acks these
messages: a shard says how far it stands, and that is committed (`stands_at`).

Faust drops what it has fetched whenever it likes: at a rebalance, while its flow is stopped, when buffers are
cleared. Every item says from which offset on the log holds nothing before it (`streams.records`), so what does not follow
on what the shard has is noticed and read again. It leans on internals (`_filter_tps_with_pending_acks`, `_new_offset`,
`_read_offset`, `_fetch_records`), so Faust is pinned exactly and tests/streams/test_transport.py holds that commits reach
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
"""Bytes of the items of a fetch (`Record.weight`), after which it takes no more."""

SLICES = (5, 10, 20, 40)
"""Records that are unpacked between two looks at how large a fetch has become; the last of these for all the rest."""


WAIT_MS = 200
"""How long the broker may keep a fetch open when it has nothing. Faust's 1500 would be what a partition waits for that is
read again just now, and everybody on a broker that does not answer sooner when something comes (the in-process one)."""


class Reading(Protocol):
    """Who decides where each partition is read from."""

    def wanted(self, tp: TP) -> bool:
        """Whether the partition may be read now: its shard is loaded, and there is room for more."""

    def resume_at(self, tp: TP) -> int | None:
        """The next offset that the partition's shard has not got; None until it is loaded."""


class _Nowhere(dict[TP, Any]):
    """Faust's read offsets, with which it drops what looks like a repeat: the shard knows better."""

    def __getitem__(self, tp: TP) -> None:
        return None

    def __setitem__(self, tp: TP, offset: Any) -> None:
        pass


class _Thread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """What Faust has no setting for, and what it leaves open."""

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Faust looks what is assigned, waits, and looks again here: where a rebalance came between, nothing may be left,
        and a commit of nothing would end the worker."""
        mine = self.assignment()
        offsets = {tp: offset for tp, offset in offsets.items() if tp in mine}
        return bool(offsets) and await super()._commit(offsets)

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = WAIT_MS
        consumer._isolation_level = self.app.isolation
        return consumer


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """Reads partitions once their shards are ready, from where those stand; one message a fetch."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._read_offset = _Nowhere()
        self._stands: dict[TP, int] = {}
        """Where shards said they stand since the last commit. Not Faust's `_acked`: what it skips at a rebalance it acks."""

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
        """Items until they have FETCH_BYTES bytes, or are as many as a fetch may have, or no more are here.

        aiokafka counts a fetch in records alone, and unpacks them as they are taken: what is a megabyte in Kafka may
        be gigabytes here. On the consumer's own thread; nothing else gets its turn there once the first have come.
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
        """Faust looks at no more of it than where it ends."""
        end = record[-1].offset
        return ConsumerMessage(
            tp.topic, tp.partition, end, 0.0, 0, (), None, record, None, tp=tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    async def perform_seek(self) -> None:
        """After a rebalance or a stopped flow: every ready partition from where its shard stands.

        Kafka's committed offset is for lag tools; the position in ClickHouse is the truth.
        """
        for tp in self.assignment():
            if (offset := self._reading.resume_at(tp)) is not None:
                await self.seek(tp, offset)

    async def seek(self, partition: TP, offset: int) -> None:
        """Read the partition from `offset` on. On the consumer's own thread: a fetch may be under way there."""
        await self._thread.call_thread(self._seek, partition, offset)
        self._committed_offset[partition] = None  # what is in the shard's hands is below `offset`

    def withheld(self, partition: TP) -> int:
        """How many offsets of the log lie behind an open transaction, and may not be read before it ends."""
        consumer, tp = self._thread._ensure_consumer(), TopicPartition(partition.topic, partition.partition)
        try:
            readable, end = consumer.last_stable_offset(tp), consumer.highwater(tp)
        except (
            AssertionError,
            KeyError,
        ):  # not ours, or no longer: a rebalance goes on in the consumer's thread
            return 0
        known = readable is not None and readable >= 0 and end is not None
        return max(0, end - readable) if known else 0

    def stands_at(self, partition: TP, offset: int) -> None:
        """The shard's rows are whole below `offset`: Kafka hears that with the next commit, be there new events or
        not."""
        if offset:
            self._stands[partition] = offset

    async def break_off(self) -> None:
        """Wait no longer for the group, which answers a join when all its members have come: the worker is ending."""
        thread = self._thread
        coordinator = getattr(thread._consumer, "_coordinator", None)
        if coordinator is not None:
            ending = _cancelled(coordinator._coordination_task)
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(ending, thread.thread_loop))

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Between two batches' last offsets there is always a gap: it means nothing."""

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        """The partitions of which something is to be committed; this worker always commits all."""
        return iter(list(self._stands))

    def _new_offset(self, tp: TP) -> int | None:
        """What to commit: where the shard last said it stands."""
        return self._stands.pop(tp, None)

    async def on_stop(self) -> None:
        """A commit that is under way began before the last shard said where it stands: Faust would leave it at that."""
        await self.maybe_wait_for_commit_to_finish()
        await super().on_stop()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class BatchTransport(driver.Transport):  # type: ignore[misc]
    """The aiokafka transport with that consumer."""

    Consumer = BatchConsumer
