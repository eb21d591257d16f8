"""The assessor beside a worker: a thread and a connection of its own, so that counting never waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from cli.city import City
from cli.settings import Settings
from sinks.clickhouse.connection import CannotConnect, connect
from sinks.clickhouse.failures import first_line, transient
from sinks.clickhouse.lights import Assessor
from sinks.light_metrics import LightMetrics, read

LOOK = 1.0
"""Seconds between two looks at whether anything moved."""
FAR_BEHIND = 10_000
"""Events in Kafka that are not in the figures yet, from which on there is no hurry: the figures are of the past."""
UNHURRIED = 60.0
"""Seconds between two assessments then."""

log = structlog.get_logger("pulse")


class Assessing:
    """Runs until cancelled. Where this worker is not the one that assesses (`mine`), it holds nothing."""

    def __init__(
        self,
        settings: Settings,
        city: City,
        metrics: LightMetrics,
        mine: Callable[[], bool],
        behind: Callable[[], Awaitable[int]],
    ) -> None:
        self._settings, self._city, self._metrics = settings, city, metrics
        self._mine, self._behind = mine, behind
        self._client: Client | None = None
        self._assessor: Assessor | None = None
        self._later = 0.0

    async def run(self, begin: asyncio.Event | None = None) -> None:
        """Look every second. `begin`: not before this is set."""
        if begin is not None:
            await begin.wait()
        loop = asyncio.get_running_loop()
        executor = ThreadPoolExecutor(1, thread_name_prefix="assessor")
        try:
            while True:
                if self._mine():
                    far = await self._behind() > FAR_BEHIND
                    if not far or loop.time() >= self._later:
                        await loop.run_in_executor(executor, self._guarded, far)
                        self._later = loop.time() + UNHURRIED
                elif self._assessor is not None:
                    self._assessor = None
                    self._metrics.forget()
                await asyncio.sleep(LOOK)
        finally:
            with suppress(RuntimeError):
                executor.submit(self._close)
            executor.shutdown()

    def _guarded(self, far: bool) -> None:
        """Whatever goes wrong, counting goes on; lights that stand still say so by their age."""
        try:
            self._look(far)
        except Exception as error:
            self._assessor = None
            if isinstance(error, CannotConnect) or (
                isinstance(error, (ClickHouseError, OSError)) and transient(error)
            ):
                log.warning("lights are not assessed now, trying again", error=first_line(error))
            else:
                log.exception("lights are not assessed: a bug; the figures are counted on")

    def _look(self, far: bool) -> None:
        begun = time.monotonic()
        if self._client is None:
            self._client = connect(self._settings.clickhouse.get_secret_value())
            self._client.set_client_setting("max_threads", 1)  # the other cores are for counting
        if self._assessor is None:
            self._assessor = Assessor(self._city.catalogue, self._city.regions)
        done = self._assessor.refresh(self._client, remember=self._settings.clock == "wall" and not far)
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
