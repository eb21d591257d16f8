"""The assessor beside a worker. It has its own thread and connection, so counting never waits for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from pulse.app.backlog import FAR_BEHIND, up_to_date
from pulse.app.city import City
from pulse.app.settings import Settings
from pulse.assessor.assessor import Assessor
from pulse.errors import OperatorError, Stopped
from sinks.clickhouse.connection import connect
from sinks.clickhouse.failures import first_line, transient
from sinks.light_metrics import LightMetrics, read
from streams.driver import Watcher
from streams.items import Unreadable

LOOK = 1.0
"""Seconds between two checks for new figures when this worker wrote nothing: another worker may have written some."""
UNHURRIED = 60.0
"""Seconds between two assessments while the backlog is above FAR_BEHIND."""

log = structlog.get_logger("pulse")


class Flushes:
    """A `streams.driver.Watcher` that forwards everything to another watcher and sets `written` after each flush."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self.written = asyncio.Event()

    def took(self, step: str, seconds: float) -> None:
        """A step succeeded."""
        self._watcher.took(step, seconds)
        if step == "flush":
            self.written.set()

    def retrying(
        self, topic: str, partition: int, step: str, error: Exception, attempt: int, delay: float
    ) -> None:
        """A step failed for now."""
        self._watcher.retrying(topic, partition, step, error, attempt, delay)

    def paused(self, topic: str, partition: int, why: str) -> None:
        """Reading of a partition has been paused."""
        self._watcher.paused(topic, partition, why)

    def unreadable(self, topic: str, partition: int, what: Unreadable) -> None:
        """A partition is stuck at content that cannot be read."""
        self._watcher.unreadable(topic, partition, what)


class Assessing:
    """Assesses the lights until cancelled. While this worker is not the one that assesses (`mine`), it keeps no state."""

    def __init__(
        self,
        settings: Settings,
        city: City,
        metrics: LightMetrics,
        mine: Callable[[], bool],
        behind: Callable[[], Awaitable[int | None]],
        written: asyncio.Event,
    ) -> None:
        """`written` is set by the worker whenever it has written figures, and cleared here."""
        self._settings, self._city, self._metrics = settings, city, metrics
        self._mine, self._behind, self._written = mine, behind, written
        self._stop = threading.Event()
        self._client: Client | None = None
        self._assessor: Assessor | None = None
        self._later = 0.0

    async def run(self, begin: asyncio.Event | None = None) -> None:
        """Assess as soon as figures have been written, and check every second. If `begin` is given, wait for it first.

        When cancelled, it stops after the current indicator, even during the first assessment of a whole year.
        """
        if begin is not None:
            await begin.wait()
        loop = asyncio.get_running_loop()
        executor = ThreadPoolExecutor(1, thread_name_prefix="assessor")
        try:
            while True:
                self._written.clear()
                begun = loop.time()
                if self._mine():
                    far = (await self._behind() or 0) > FAR_BEHIND
                    if not far or loop.time() >= self._later:
                        await loop.run_in_executor(executor, self._guarded)
                        self._later = loop.time() + UNHURRIED
                elif self._assessor is not None:
                    self._assessor = None
                    self._metrics.forget()
                # Rest as long as the work took, a second at most, so that counting has the core in between.
                await asyncio.sleep(min(LOOK, loop.time() - begun))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._written.wait(), LOOK)
        finally:
            self._stop.set()
            with suppress(RuntimeError):
                executor.submit(self._close)
            executor.shutdown()

    def _guarded(self) -> None:
        """Assess and log any error: counting must go on. The age of the lights shows that they are not updated."""
        try:
            self._look()
        except Stopped:
            self._assessor = None
        except Exception as error:
            self._assessor = None
            if isinstance(error, OperatorError) or (
                isinstance(error, (ClickHouseError, OSError)) and transient(error)
            ):
                log.warning("lights are not assessed now, trying again", error=first_line(error))
            else:
                log.exception("lights are not assessed: a bug; the figures are counted on")

    def _look(self) -> None:
        begun, settings = time.monotonic(), self._settings
        if self._client is None:
            self._client = connect(settings.clickhouse.get_secret_value())
            self._client.set_client_setting("max_threads", 1)  # the other cores are for counting
        if self._assessor is None:
            self._assessor = Assessor(self._city.catalogue, self._city.regions)
        client = self._client
        done = self._assessor.refresh(
            client, remember=lambda: up_to_date(client, settings), stop=self._stop.is_set
        )
        if done is not None:
            self._metrics.show(read(self._client))
            log.debug(
                "assessed",
                indicators=done.indicators,
                rows=done.rows,
                seconds=round(time.monotonic() - begun, 2),
            )
        if self._assessor.as_of is not None:
            self._metrics.looked(self._assessor.as_of, datetime.now(UTC))

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
