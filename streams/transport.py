"""Faust's transport, with whole fetches instead of single messages.

Faust hands an agent one message at a time: 6 000–13 000 events a second. Here each partition's share of a
fetch travels through Faust as one message, whose value is the list of records: 180 000–300 000. Faust's
bookkeeping of acks then sees a message a batch, known by its last offset, acked in order by its shard.

It leans on internals (`_acked`, `_acked_index`, `_unacked_messages`), so Faust is pinned exactly and
tests/streams/test_transport.py holds that commits reach the topic's end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage


class Reading(Protocol):
    """Who decides where each partition is read from."""

    def wanted(self, tp: TP) -> bool:
        """Whether the partition may be read yet: its shard is loaded and knows from where."""

    def resume_at(self, tp: TP) -> int:
        """The next offset that the partition's shard has not folded."""


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """Reads partitions once their shards are ready, from where those stand; one message a fetch."""

    @property
    def _reading(self) -> Reading:
        reading: Reading = self.app.reading
        return reading

    async def _getmany(
        self, active_partitions: set[TP] | None, timeout: float  # noqa: ASYNC109 — Faust's signature
    ) -> Mapping[TP, list[Any]]:
        wanted = {tp for tp in active_partitions or () if self._reading.wanted(tp)}
        if not wanted:
            await self.sleep(0.02)
            return {}
        fetched = await super()._getmany(wanted, timeout)
        return {tp: [records] for tp, records in fetched.items() if records}

    def _to_message(self, tp: TP, record: Sequence[Any]) -> ConsumerMessage:
        message: ConsumerMessage = super()._to_message(tp, record[-1])
        message.key, message.value = None, record
        return message

    async def perform_seek(self) -> None:
        """After a rebalance or a stopped flow: every ready partition from where its shard stands.

        Kafka's committed offset is for lag tools; the position in ClickHouse is the truth.
        """
        for tp in self.assignment():
            if self._reading.wanted(tp):
                await self.seek(tp, self._reading.resume_at(tp))

    async def seek(self, partition: TP, offset: int) -> None:
        """Read the partition from `offset` on; a batch ends at its last offset, so nothing is below it."""
        await self._seek(partition, offset)
        self._read_offset[partition] = offset or None
        self._committed_offset[partition] = offset or None

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Between two batches' last offsets there is always a gap: it means nothing."""

    def _new_offset(self, tp: TP) -> int | None:
        """What to commit: the end of the last acked batch; shards ack in order."""
        acked = self._acked[tp]
        if not acked:
            return None
        last: int = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return last + 1


class BatchTransport(driver.Transport):  # type: ignore[misc]
    """The aiokafka transport with that consumer."""

    Consumer = BatchConsumer
