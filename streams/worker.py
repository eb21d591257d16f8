"""A worker: one process's share of all topics, from start to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import faust
from faust.types import TP

from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from streams.app import DRAIN, build_app
from streams.counting.calendar import Calendar
from streams.driver import Driver, Source, Watcher
from streams.kafka import KafkaSender, Logs, Topic
from streams.pool import Pool
from streams.ports import Store
from streams.shard import Shard


@dataclass(frozen=True)
class Plan:
    """What a worker counts, and how."""

    catalogue: Catalogue
    contract: Contract
    calendar: Calendar
    generation: str
    topics: Mapping[str, Topic]
    """Bare system name → the topic as the broker has it."""


@dataclass(frozen=True)
class Membership:
    """How a worker takes part in its consumer group; see `streams.app.build_app`."""

    bootstrap: str
    prefix: str = "pulse."
    group: str = "pulse"
    instance: str | None = None
    session_timeout: float = 30.0


class Worker:
    """Runs until told to stop, or until something unexpected ends it without an ack."""

    def __init__(
        self,
        plan: Plan,
        membership: Membership,
        store: Store,
        watcher: Watcher,
        *,
        linger: float = 0.2,
        most: int = 50_000,
        accept_log_start: bool = False,
    ) -> None:
        self._plan, self._membership, self._store, self._watcher = plan, membership, store, watcher
        self._linger, self._most, self._accept_log_start = linger, most, accept_log_start
        self._pool: Pool | None = None
        self._logs: Logs | None = None
        self._stop = asyncio.Event()

    @property
    def shards(self) -> Iterable[Shard]:
        """The shards that are this worker's now."""
        return self._pool or ()

    def lags(self) -> Iterable[tuple[str, int, int]]:
        """(topic, partition, events) in Kafka that are not in the figures yet."""
        return self._pool.lags() if self._pool is not None else ()

    async def behind(self) -> int:
        """How many events all of the plan's logs hold beyond this worker's positions. Raises Unavailable.

        Meaningful where this is the only worker and its shards are loaded; before that everything is behind.
        """
        if self._logs is None:
            raise RuntimeError("the worker does not run")
        ends = await self._logs.ends()
        done = sum(shard.position + 1 for shard in self.shards)
        return sum(ends.values()) - done

    async def caught_up(self) -> None:
        """Returns once nothing is behind."""
        while await self.behind() > 0:  # noqa: ASYNC110 — a broker tells its logs' ends only when asked
            await asyncio.sleep(0.1)

    def stop(self) -> None:
        """Finish what was read, leave the group, and return from `run`."""
        self._stop.set()

    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Count until `stop`; `started` is called once the group has been joined.

        Raises Unavailable where Kafka does not answer at the start, Halted, or what was unexpected.
        """
        plan, membership = self._plan, self._membership
        names = {membership.prefix + name: topic for name, topic in plan.topics.items()}
        logs, sender = Logs(membership.bootstrap, names), KafkaSender(membership.bootstrap, membership.prefix)
        app = build_app(
            group=membership.group,
            bootstrap=membership.bootstrap,
            topics=list(names),
            instance=membership.instance,
            session_timeout=membership.session_timeout,
        )

        def make(tp: TP, source: Source) -> Driver:
            shard = Shard(
                catalogue=plan.catalogue,
                contract=plan.contract,
                calendar=plan.calendar,
                generation=plan.generation,
                topic=tp.topic.removeprefix(membership.prefix),
                partition=tp.partition,
                partitions=names[tp.topic].partitions,
                accept_start=self._accept_log_start,
            )
            return Driver(
                shard, self._store, sender, source, self._watcher, linger=self._linger, most=self._most
            )

        self._pool = app.reading = Pool(make, logs, lambda: app.consumer)
        await logs.start()
        self._logs = logs
        try:
            await sender.start()
            try:
                await self._count(app, self._pool, started)
            finally:
                await sender.stop()
        finally:
            await logs.stop()

    async def _count(self, app: faust.App, pool: Pool, started: Callable[[], None]) -> None:
        app.finalize()
        await app.start()
        started()
        stop, ended = asyncio.create_task(self._stop.wait()), asyncio.create_task(app.wait_until_stopped())
        try:
            await asyncio.wait({stop, ended, pool.failure}, return_when=asyncio.FIRST_COMPLETED)
            if pool.failure.done():
                raise pool.failure.result()
            if not stop.done():
                raise RuntimeError("Faust stopped by itself: see its log above")
            await pool.close(DRAIN)
        finally:
            stop.cancel()
            ended.cancel()
            await app.stop()
