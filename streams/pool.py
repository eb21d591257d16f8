"""The shards of this worker: made when a partition is assigned, dropped when it is revoked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from faust.types import TP, EventT

from streams.commands import Log
from streams.driver import Driver, Source
from streams.kafka import Logs

MakeDriver = Callable[[TP, Source], Driver]


class Partition:
    """A partition as Faust's consumer reads it: implements `streams.driver.Source`."""

    def __init__(self, tp: TP, logs: Logs, consumer: Callable[[], Any]) -> None:
        self._tp, self._logs, self._consumer = tp, logs, consumer
        self._batches: deque[EventT] = deque()

    def took(self, batch: EventT) -> None:
        """A batch is on its way through the shard."""
        self._batches.append(batch)

    async def log(self) -> Log:
        """The log's bounds now. Raises Unavailable."""
        return await self._logs.bounds(self._tp.topic, self._tp.partition)

    async def seek(self, offset: int) -> None:
        """Read from `offset` on."""
        consumer = self._consumer()
        await consumer.seek(self._tp, offset)
        consumer.stands_at(self._tp, offset)

    async def reread(self, offset: int) -> None:
        """What Faust dropped on the way is to be read again."""
        await self._consumer().seek(self._tp, offset)

    def ack(self, offset: int) -> None:
        """Everything up to and including `offset` is done: so are the batches that end there or before."""
        while self._batches and self._batches[0].message.offset <= offset:
            self._batches.popleft().ack()


class Pool:
    """All drivers. The first exception of any of them ends the worker: `failure` tells it.

    `budget`: bytes of values that all of them together may hold unacknowledged before no more is read.
    """

    def __init__(
        self, make: MakeDriver, logs: Logs, consumer: Callable[[], Any], *, budget: int = 256 << 20
    ) -> None:
        self._make, self._logs, self._consumer, self._budget = make, logs, consumer, budget
        self._drivers: dict[TP, Driver] = {}
        self._partitions: dict[TP, Partition] = {}
        self._tasks: dict[TP, asyncio.Task[None]] = {}
        self._closed = False
        self.failure: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def __iter__(self) -> Iterator[Driver]:
        """The drivers of the shards that are ours now."""
        return iter(list(self._drivers.values()))

    def assigned(self, tps: Iterable[TP]) -> None:
        """These partitions are ours: take each over that was not ours already."""
        for tp in tps:
            if tp not in self._drivers and not self._closed:
                partition = self._partitions[tp] = Partition(tp, self._logs, self._consumer)
                driver = self._drivers[tp] = self._make(tp, partition)
                task = self._tasks[tp] = asyncio.create_task(
                    driver.run(), name=f"shard {tp.topic}/{tp.partition}"
                )
                task.add_done_callback(self._done)

    async def revoked(self, tps: Iterable[TP], within: float) -> None:
        """These are no longer ours: finish what was read, for at most `within` seconds, and forget them."""
        mine = [
            (self._drivers.pop(tp), self._tasks.pop(tp), self._partitions.pop(tp))
            for tp in tps
            if tp in self._drivers
        ]
        drains = [asyncio.create_task(driver.drain()) for driver, _, _ in mine]
        if drains:
            _, late = await asyncio.wait(drains, timeout=within)
            for drain in late:
                drain.cancel()
        for driver, task, _ in mine:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            driver.shard.revoked()

    async def close(self, within: float) -> None:
        """Give all back, and take no more."""
        self._closed = True
        await self.revoked(list(self._drivers), within)

    async def feed(self, batch: EventT) -> None:
        """A batch arrived. Where it does not follow on what the shard has, it is read again from there."""
        tp = batch.message.tp
        begin, records = batch.value
        driver = self._drivers.get(tp)
        if driver is None or not driver.ready:
            return
        partition = self._partitions[tp]
        if begin is None or begin > driver.next:
            await partition.reread(driver.next)
        else:
            partition.took(batch)
            await driver.feed(records)

    def fail(self, error: BaseException) -> None:
        """Something unexpected happened: the worker must end without acking anything more."""
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
        """The next offset that the shard has not got."""
        driver = self._drivers.get(tp)
        return driver.next if driver is not None and driver.ready else None

    def _done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)
