"""The shards of this worker: made when a partition is assigned, dropped when it is revoked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from faust.types import TP, EventT

from streams.commands import LogBounds
from streams.driver import Driver, LogSource
from streams.kafka import Logs

MakeDriver = Callable[[TP, LogSource], Driver]


class Reader:
    """A partition as Faust's consumer reads it: implements `streams.driver.LogSource`."""

    def __init__(self, tp: TP, logs: Logs, consumer: Callable[[], Any]) -> None:
        self._tp, self._logs, self._consumer = tp, logs, consumer

    async def log(self) -> LogBounds:
        """The log's bounds now. Raises Unavailable."""
        return await self._logs.bounds(self._tp.topic, self._tp.partition)

    async def read_from(self, offset: int) -> None:
        """Read from `offset` on."""
        consumer = self._consumer()
        await consumer.seek(self._tp, offset)
        consumer.stands_at(self._tp, offset)

    def ack(self, offset: int) -> None:
        """Mark everything up to and including `offset` as done."""
        self._consumer().stands_at(self._tp, offset + 1)

    def withheld(self) -> int:
        """How many offsets lie behind an open transaction and cannot be read before it ends."""
        count: int = self._consumer().withheld(self._tp)
        return count


class Pool:
    """All drivers of this worker. `failure` gets the first exception of any of them, which ends the worker.

    `budget`: no more is read while all drivers together hold this many bytes of unacknowledged records.
    """

    def __init__(
        self, make: MakeDriver, logs: Logs, consumer: Callable[[], Any], *, budget: int = 256 << 20
    ) -> None:
        self._make, self._logs, self._consumer, self._budget = make, logs, consumer, budget
        self._drivers: dict[TP, Driver] = {}
        self._tasks: dict[TP, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        """Tasks that end the drivers of partitions that were given back."""
        self._closed = False
        self.failure: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def __iter__(self) -> Iterator[Driver]:
        """The drivers of the shards that this worker owns now."""
        return iter(list(self._drivers.values()))

    def assigned(self, tps: Iterable[TP]) -> None:
        """Take over these partitions: start a driver for each that has none yet."""
        for tp in tps:
            if tp not in self._drivers and not self._closed:
                driver = self._drivers[tp] = self._make(tp, Reader(tp, self._logs, self._consumer))
                task = self._tasks[tp] = asyncio.create_task(
                    driver.run(), name=f"shard {tp.topic}/{tp.partition}"
                )
                task.add_done_callback(self._done)

    async def revoked(self, tps: Iterable[TP], within: float) -> None:
        """Give these partitions back: finish what was read, for at most `within` seconds, and drop their
        drivers."""
        if ends := self._let_go(tps, within):
            await asyncio.wait(ends)

    async def close(self, within: float) -> None:
        """Give all partitions back within `within` seconds, and take no more.

        The limit also holds for partitions that an earlier rebalance is still giving back.
        """
        self._closed = True
        self._let_go(list(self._drivers), within)
        if self._ending:
            _, late = await asyncio.wait(set(self._ending), timeout=within)
            for end in late:
                end.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _let_go(self, tps: Iterable[TP], within: float) -> set[asyncio.Task[None]]:
        ends = {
            asyncio.create_task(_end(self._drivers.pop(tp), self._tasks.pop(tp), within))
            for tp in tps
            if tp in self._drivers
        }
        self._ending |= ends
        for end in ends:
            end.add_done_callback(self._ending.discard)
        return ends

    async def deliver(self, batch: EventT) -> None:
        """Hand a batch to its shard. If it does not follow on what the shard has, read on from the shard's
        next offset.

        Raises Halted.
        """
        tp = batch.message.tp
        driver = self._drivers.get(tp)
        if driver is not None and driver.ready and not await driver.take(batch.value):
            await self._consumer().seek(tp, driver.next)

    def fail(self, error: BaseException) -> None:
        """End the worker with this error, without acking anything more. Only the first error counts."""
        if not self.failure.done():
            self.failure.set_result(error)

    # --- streams.transport.Reading ---

    def wanted(self, tp: TP) -> bool:
        """Whether the partition may be read now."""
        driver = self._drivers.get(tp)
        if driver is None or not driver.ready or driver.full:
            return False
        return sum(other.size for other in self._drivers.values()) < self._budget

    def resume_at(self, tp: TP) -> int | None:
        """The next offset that the shard lacks; None while it is not ready."""
        driver = self._drivers.get(tp)
        return driver.next if driver is not None and driver.ready else None

    def _done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)


async def _end(driver: Driver, task: asyncio.Task[None], within: float) -> None:
    """Let a driver finish what was read, for at most `within` seconds or until it ends by itself; then end it."""
    drain = asyncio.create_task(driver.drain())
    try:
        await asyncio.wait({drain, task}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        drain.cancel()
        task.cancel()
        await asyncio.gather(drain, task, return_exceptions=True)
        driver.shard.revoked()
