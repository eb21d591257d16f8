"""One reader for all viewers: it checks the source for changes, keeps the latest snapshot and calls the listeners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from time import monotonic
from typing import TypeVar

import structlog

from dashboards.web.data import DoesNotAnswer, NotYet
from dashboards.web.model.course import Course
from dashboards.web.model.findings import Findings
from dashboards.web.model.light import Light
from dashboards.web.model.snapshot import DepartmentFeed, Snapshot
from dashboards.web.model.source import BoardSource
from dashboards.web.pages.chrome import Health
from dashboards.web.shared import Shared
from dashboards.web.suppression import guarded, guarded_course, guarded_findings

T = TypeVar("T")

LOOK = 0.2
"""Seconds between two checks for a new assessment."""

LEAST = 1.0
"""The least seconds between two readings of the lights. The clock and the counts are also read this often."""

SLOW = 10.0
"""Seconds between two readings of the departments' feeds, which count four weeks of messages."""

COURSES = 64
"""The most courses kept for the present version."""

RATE = 10.0
"""Seconds over which the rate of events is averaged."""

log = structlog.get_logger("pulse")


class Feed:
    """The board's single connection to its source. It belongs to one event loop; the source runs in one thread."""

    def __init__(self, source: BoardSource, lag: Callable[[], int | None], least: int) -> None:
        """`lag` returns the number of events waiting in Kafka, or None. `least`: smallest group of persons
        that a public board shows; 0: not public."""
        self._source, self._lag, self.least = source, lag, least
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="board")
        self._courses: Shared[tuple[str, str], Course] = Shared(COURSES)
        self._feeds: list[DepartmentFeed] = []
        self._findings = Findings((), (), ())
        self._slow_at = self._found_at = -SLOW
        self._read_at = -LEAST
        self._history: list[tuple[float, int]] = []
        self._trouble = False
        self.snapshot: Snapshot | None = None
        self.version = 0
        """Increases whenever the pages may have changed."""
        self.listeners: set[Callable[[], None]] = set()
        """Called in the event loop after each check."""

    async def run(self) -> None:
        """Check for changes every LOOK seconds, until cancelled."""
        looked, seen = -LEAST, None
        while True:
            begun = monotonic()
            try:
                assessment = await self._ask(self._source.last_assessment)
                # After a quiet second a new figure is read at once; otherwise readings are LEAST seconds apart.
                if begun - looked >= LEAST or (assessment != seen and begun - self._read_at >= LEAST):
                    await self._look()
                    looked, seen = begun, assessment
                self._trouble = False
            except NotYet:
                self._trouble = False
            except DoesNotAnswer as error:
                if not self._trouble:
                    log.warning("the board's database does not answer", error=str(error))
                self._trouble = True
            for listener in list(self.listeners):
                listener()
            await asyncio.sleep(max(0.0, LOOK - (monotonic() - begun)))

    async def _look(self) -> None:
        stream = await self._ask(self._source.stream)
        self._history = [(at, n) for at, n in self._history if at > monotonic() - RATE] + [
            (monotonic(), stream.events)
        ]
        old = self.snapshot
        if old is not None and stream == old.stream:
            return
        moved = old is None or (stream.assessed_ms, stream.day) != (old.stream.assessed_ms, old.stream.day)
        # New lights are not delayed by reading the feeds, unless these have waited too long for a quiet moment.
        since_slow = monotonic() - self._slow_at
        slow = old is None or since_slow >= (3 * SLOW if moved else SLOW)

        def read() -> Snapshot:
            source = self._source
            lights = source.lights() if moved or old is None else old.lights
            if not lights or not stream.assessed_ms:
                raise NotYet("no lights yet: nothing has been assessed")
            if slow:
                self._feeds = source.feeds()
            if old is not None and not moved:
                return replace(old, stream=stream, feeds=self._feeds)
            if old is not None and not slow and _standing(lights) == _standing(old.lights):
                fresh = replace(old, stream=stream, lights=lights, feeds=self._feeds)
            else:
                fresh = Snapshot(
                    frame=source.frame(),
                    stream=stream,
                    lights=lights,
                    actions=source.actions(),
                    changes=source.changes(stream.day - timedelta(6)),
                    feeds=self._feeds,
                    unlit=source.unlit(),
                )
            return guarded(fresh, self.least)

        self.snapshot = await self._ask(read)
        if moved:
            self._read_at = monotonic()
        if moved or slow:  # if only the clock has moved, only the footer changes
            self.version += 1
        if slow:
            self._slow_at = monotonic()
        if moved:
            self._courses.clear()

    @property
    def health(self) -> Health:
        """The stream's health, for the footer of each page."""
        (first, before), (last, now) = (
            (self._history[0], self._history[-1]) if self._history else ((0.0, 0), (0.0, 0))
        )
        rate = max(0, now - before) / (last - first) if last > first else 0.0
        return Health(rate, self._lag(), self._trouble)

    async def course(self, indicator: str, region: str) -> Course:
        """An indicator's course in a region, for the present snapshot. Raises DoesNotAnswer."""
        snapshot = self.snapshot
        if snapshot is None:
            raise NotYet("no lights yet")

        async def read() -> Course:
            found = await self._ask(lambda: self._source.course(indicator, region))
            return guarded_course(found, snapshot, self.least)

        return await self._courses.get((indicator, region), read)

    async def findings(self) -> Findings:
        """What departments must fix, at most SLOW seconds old. Raises DoesNotAnswer."""
        if monotonic() - self._found_at >= SLOW:

            def read() -> Findings:
                source = self._source
                found = Findings(source.refusals(), source.orphans(), source.conflicts())
                return guarded_findings(found, self.least)

            self._findings = await self._ask(read)
            self._found_at = monotonic()
        return self._findings

    def close(self) -> None:
        """Wait for the running query and end the thread."""
        with suppress(RuntimeError):
            self._thread.shutdown(cancel_futures=True)

    async def _ask(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _standing(lights: Sequence[Light]) -> list[tuple[str, str, str, date]]:
    """The part of the lights that determines actions and changes: if it is the same, these need not be read again."""
    return [(light.indicator, light.region, light.status, light.standing.since) for light in lights]
