"""A worker: one process's share of all topics, from start to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

import faust
from aiokafka import errors
from faust.types import TP

from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from streams.app import DRAIN, build_app
from streams.breaker import NORMAL, Limits
from streams.counting.calendar import Calendar
from streams.driver import Driver, LogSource, Watcher
from streams.kafka import Isolation, KafkaSender, Logs, Topic, passes, unavailable
from streams.logs import log_name
from streams.pool import Pool
from streams.ports import Store, Unavailable
from streams.shard import Shard
from streams.stopped_clock import StoppedClock
from streams.takeover import Halted

LOOK = 10.0
"""Seconds between two checks whether the topics are still the same."""

JOINING = 2.0
"""Seconds for which a worker that is stopped while it joins its group still waits for the group's answer."""

GOODBYE = 5.0
"""Seconds for leaving the group."""


@dataclass(frozen=True)
class WorkerPlan:
    """What a worker counts, and how."""

    catalogue: Catalogue
    contract: Contract
    calendar: Calendar
    generation: str
    topics: Mapping[str, Topic]
    """Bare system name → the topic as the broker has it."""
    logs: Mapping[str, int] = field(default_factory=dict)
    """Bare system name → the number of the topic's log of today; 1 where it is missing. See
    `streams.logs`."""
    stopped_clock: StoppedClock | None = None
    """Where the clock of a simulated or replayed year stands; None for a clock that goes on."""


@dataclass(frozen=True)
class Membership:
    """How a worker takes part in its consumer group; see `streams.app.build_app`."""

    bootstrap: str
    prefix: str = "pulse."
    group: str = "pulse"
    instance: str | None = None
    session_timeout: float = 30.0
    isolation: Isolation = "read_committed"


class Worker:
    """Runs until `stop` is called, or until something unexpected ends it without an ack."""

    def __init__(
        self,
        plan: WorkerPlan,
        membership: Membership,
        store: Store,
        watcher: Watcher,
        *,
        linger: float = 0.2,
        most: int = 50_000,
        budget: int = 256 << 20,
        limits: Limits = NORMAL,
        accept_log_start: bool = False,
    ) -> None:
        """`linger`, `most`, `limits`: see `Driver`; `budget`: see `Pool`."""
        self._plan, self._membership, self._store, self._watcher = plan, membership, store, watcher
        self._linger, self._most, self._budget = linger, most, budget
        self._limits, self._accept_log_start = limits, accept_log_start
        self._pool: Pool | None = None
        self._logs: Logs | None = None
        self._stop = asyncio.Event()

    @property
    def drivers(self) -> Iterable[Driver]:
        """The drivers of the shards that this worker owns now."""
        return self._pool or ()

    @property
    def shards(self) -> Iterable[Shard]:
        """The shards that this worker owns now."""
        return [driver.shard for driver in self.drivers]

    async def lags(self) -> dict[tuple[str, int], int]:
        """(bare topic, partition) → how many events in Kafka are not in the figures yet, for this worker's
        shards.

        Raises Unavailable; RuntimeError if the worker does not run.
        """
        ends = await self._running().ends()
        prefix = self._membership.prefix
        return {
            (shard.topic, shard.partition): max(0, end - shard.position - 1)
            for shard in self.shards
            if (end := ends.get((prefix + shard.topic, shard.partition))) is not None
        }

    async def behind(self) -> int:
        """How many events all of the plan's logs hold beyond this worker's positions.

        Meaningful if this is the only worker and its shards are loaded; before that everything is behind.
        Raises Unavailable; RuntimeError if the worker does not run.
        """
        ends = await self._running().ends()
        done = sum(shard.position + 1 for shard in self.shards)
        return sum(ends.values()) - done

    async def caught_up(self) -> None:
        """Wait until nothing is behind. Raises what `behind` raises."""
        while await self.behind() > 0:  # noqa: ASYNC110 — a broker tells its logs' ends only when asked
            await asyncio.sleep(0.1)

    def _running(self) -> Logs:
        if self._logs is None:
            raise RuntimeError("the worker does not run")
        return self._logs

    def stop(self) -> None:
        """Finish what was read, leave the group, and return from `run`."""
        self._stop.set()

    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Count until `stop`; `started` is called once the group has been joined.

        Raises Unavailable if Kafka does not answer at the start, Halted, or any unexpected error.
        """
        with TemporaryDirectory(prefix="pulse-") as folder:
            await self._run(folder, started)

    async def _run(self, folder: str, started: Callable[[], None]) -> None:
        plan, membership = self._plan, self._membership
        names = {membership.prefix + name: topic for name, topic in plan.topics.items()}
        app = build_app(
            group=membership.group,
            bootstrap=membership.bootstrap,
            topics=list(names),
            instance=membership.instance,
            session_timeout=membership.session_timeout,
            isolation=membership.isolation,
            folder=folder,
        )
        logs = Logs(membership.bootstrap, names, membership.isolation)
        sender = KafkaSender(membership.bootstrap, membership.prefix)

        def make(tp: TP, source: LogSource) -> Driver:
            topic = tp.topic.removeprefix(membership.prefix)
            shard = Shard(
                catalogue=plan.catalogue,
                contract=plan.contract,
                calendar=plan.calendar,
                generation=plan.generation,
                topic=topic,
                partition=tp.partition,
                partitions=names[tp.topic].partitions,
                log=log_name(topic, plan.logs.get(topic, 1)),
                accept_start=self._accept_log_start,
                stopped_clock=plan.stopped_clock,
            )
            return Driver(
                shard,
                self._store,
                sender,
                source,
                self._watcher,
                linger=self._linger,
                most=self._most,
                limits=self._limits,
            )

        self._pool = app.pool = Pool(make, logs, lambda: app.consumer, budget=self._budget)
        try:
            await logs.start()
            self._logs = logs
            await sender.start()
            await self._count(app, self._pool, started)
        finally:
            await sender.stop()
            await logs.stop()

    async def _count(self, app: faust.App, pool: Pool, started: Callable[[], None]) -> None:
        app.finalize()
        starting, stop = asyncio.create_task(self._join(app)), asyncio.create_task(self._stop.wait())
        watching = asyncio.create_task(self._watch_topics(pool))
        ended: asyncio.Task[None] | None = None
        try:
            await _first(starting, stop, pool.failure)
            if starting.done():
                await starting
                started()
                ended = asyncio.create_task(app.wait_until_stopped())
                await _first(stop, ended, pool.failure)
            if stop.done() and not pool.failure.done():
                await pool.close(DRAIN)
            if pool.failure.done():
                raise pool.failure.result()
            if not stop.done():
                raise RuntimeError("Faust stopped by itself: see its log above")
        finally:
            await pool.close(0.0)
            await _leave(app, starting)
            tasks = [task for task in (starting, stop, watching, ended) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _join(self, app: faust.App) -> None:
        """Start Faust. Raises Unavailable."""
        try:
            await app.start()
        except errors.KafkaError as error:
            if passes(error):
                raise unavailable(self._membership.bootstrap, error) from error
            raise

    async def _watch_topics(self, pool: Pool) -> None:
        """End the worker if a topic is made anew or gets more partitions while it runs.

        Reading might go on as if nothing had happened, so the topics' ids are checked.
        """
        while not pool.failure.done():
            await asyncio.sleep(LOOK)
            try:
                if reason := await self._running().changed():
                    pool.fail(Halted(reason))
            except Unavailable:
                continue
            except Exception as error:
                pool.fail(error)


async def _leave(app: faust.App, starting: asyncio.Task[None]) -> None:
    """Stop Faust, even while it waits for its group. If Kafka does not answer, the group notices by
    itself."""
    await asyncio.wait({starting}, timeout=JOINING)
    if app.rebalancing or not starting.done():
        await app.consumer.break_off()
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE):
            await app.stop()


async def _first(*waits: asyncio.Future[Any]) -> None:
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
