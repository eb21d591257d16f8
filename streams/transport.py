"""Faust's transport, with whole fetches instead of single messages.

Faust hands an agent one message at a time: 6 000–13 000 events a second. Here each partition's share of a
fetch travels through Faust as one message, whose value is the list of records: 180 000–300 000. Faust's
bookkeeping of acks then sees a message a batch, known by its last offset, acked in order by its shard.

It leans on internals (`_acked`, `_acked_index`, `_unacked_messages`), so Faust is pinned exactly and
tests/streams/test_transport.py holds that commits reach the topic's end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage


class Reading(Protocol):
    """Who decides where each partition is read from."""

    def owner(self, tp: TP) -> object | None:
        """Who may read the partition now; None until its shard is loaded and knows from where."""

    def resume_at(self, tp: TP) -> int:
        """The next offset that the partition's shard has not folded."""


class Fetch(NamedTuple):
    """A partition's share of a fetch, and for whom it was fetched: what an earlier owner left in a buffer must
    not pass for what follows on the position of the next one."""

    owner: object
    records: Sequence[Any]


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """Reads partitions once their shards are ready, from where those stand; one message a fetch."""

    @property
    def _reading(self) -> Reading:
        reading: Reading = self.app.reading
        return reading

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 (the name is Faust's)
    ) -> Mapping[TP, list[Fetch]]:
        owners = {
            tp: owner for tp in active_partitions or () if (owner := self._reading.owner(tp)) is not None
        }
        if not owners:
            await self.sleep(0.02)
            return {}
        fetched = await super()._getmany(set(owners), timeout)
        return {tp: [Fetch(owners[tp], records)] for tp, records in fetched.items() if records}

    def _to_message(self, tp: TP, record: Fetch) -> ConsumerMessage:
        message: ConsumerMessage = super()._to_message(tp, record.records[-1])
        message.key, message.value = None, record
        return message

    async def perform_seek(self) -> None:
        """After a rebalance or a stopped flow: every ready partition from where its shard stands.

        Kafka's committed offset is for lag tools; the position in ClickHouse is the truth.
        """
        for tp in self.assignment():
            if self._reading.owner(tp) is not None:
                await self.seek(tp, self._reading.resume_at(tp))

    async def seek(self, partition: TP, offset: int) -> None:
        """Read the partition from `offset` on; a batch ends at its last offset, so nothing is below it."""
        await self._seek(partition, offset)
        self._read_offset[partition] = offset or None
        self._committed_offset[partition] = (
            None  # what is in the shard's hands is below `offset`, and still to come
        )

    def stands_at(self, partition: TP, offset: int) -> None:
        """The shard was taken over and goes on from `offset`: Kafka hears that with the next commit, be there
        new events or not."""
        if offset:
            self._acked[partition].append(offset - 1)

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
