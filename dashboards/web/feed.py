"""One reader for all viewers: asks the source when something moved, keeps the latest snapshot, tells who listens."""

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
from dashboards.web.model import Course, Department, Findings, Light, Snapshot, Source
from dashboards.web.pages.chrome import Health
from dashboards.web.shared import Shared
from dashboards.web.suppression import guarded, guarded_course, guarded_findings

T = TypeVar("T")

LOOK = 0.2
"""Seconds between two looks at whether anything was assessed."""

LEAST = 1.0
"""Seconds between two readings, however much is going on; and after which the pulse is felt even if nothing is."""

SLOW = 10.0
"""Seconds between two readings of the departments' feeds, which count four weeks of messages."""

COURSES = 64
"""Courses kept for the version that is shown."""

RATE = 10.0
"""Seconds over which events a second are taken."""

log = structlog.get_logger("pulse")


class Feed:
    """The board's one connection to its facts. Lives in one event loop; the source in one thread beside it."""

    def __init__(self, source: Source, lag: Callable[[], int | None], least: int) -> None:
        """`lag`: events that wait in Kafka, if known. `least`: the smallest group shown on a public board; 0: not public."""
        self._source, self._lag, self.least = source, lag, least
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="board")
        self._courses: Shared[tuple[str, str], Course] = Shared(COURSES)
        self._departments: list[Department] = []
        self._findings = Findings((), (), ())
        self._slow_at = self._found_at = -SLOW
        self._read_at = -LEAST
        self._history: list[tuple[float, int]] = []
        self._trouble = False
        self.snapshot: Snapshot | None = None
        self.version = 0
        """Moves with each new snapshot."""
        self.listeners: set[Callable[[], None]] = set()
        """Called in the loop after each look."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        looked, stirred = -LEAST, None
        while True:
            begun = monotonic()
            try:
                stir = await self._ask(self._source.stir)
                # A figure after a quiet second is read at once; in a busy one readings are LEAST apart.
                if begun - looked >= LEAST or (stir != stirred and begun - self._read_at >= LEAST):
                    await self._look()
                    looked, stirred = begun, stir
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
        beat = await self._ask(self._source.beat)
        self._history = [(at, n) for at, n in self._history if at > monotonic() - RATE] + [
            (monotonic(), beat.events)
        ]
        old = self.snapshot
        if old is not None and beat == old.beat:
            return
        moved = old is None or (beat.lights, beat.day) != (old.beat.lights, old.beat.day)
        # New lights do not wait for the departments' feeds, unless those have waited long for a quiet moment.
        since_slow = monotonic() - self._slow_at
        slow = old is None or since_slow >= (3 * SLOW if moved else SLOW)

        def read() -> Snapshot:
            source = self._source
            lights = source.lights() if moved or old is None else old.lights
            if not lights or not beat.lights:
                raise NotYet("no lights yet: nothing has been assessed")
            if slow:
                self._departments = source.departments()
            if old is not None and not moved:
                return replace(old, beat=beat, departments=self._departments)
            if old is not None and not slow and _standing(lights) == _standing(old.lights):
                fresh = Snapshot(old.frame, beat, lights, old.actions, old.changes, self._departments)
                fresh = replace(fresh, unlit=old.unlit)
            else:
                since = beat.day - timedelta(6)
                fresh = Snapshot(
                    source.frame(), beat, lights, source.actions(), source.changes(since), self._departments,
                    unlit=source.unlit(),
                )  # fmt: skip
            return guarded(fresh, self.least)

        self.snapshot = await self._ask(read)
        if moved:
            self._read_at = monotonic()
        if moved or slow:  # a clock that merely goes on is the foot's business
            self.version += 1
        if slow:
            self._slow_at = monotonic()
        if moved:
            self._courses.clear()

    @property
    def health(self) -> Health:
        """The stream's, for the foot of each page."""
        (first, before), (last, now) = (
            (self._history[0], self._history[-1]) if self._history else ((0.0, 0), (0.0, 0))
        )
        rate = max(0, now - before) / (last - first) if last > first else 0.0
        return Health(rate, self._lag(), self._trouble)

    async def course(self, indicator: str, region: str) -> Course:
        """A course as of the snapshot. Raises DoesNotAnswer."""
        snapshot = self.snapshot
        if snapshot is None:
            raise NotYet("no lights yet")

        async def read() -> Course:
            found = await self._ask(lambda: self._source.course(indicator, region))
            return guarded_course(found, snapshot, self.least)

        return await self._courses.get((indicator, region), read)

    async def findings(self) -> Findings:
        """What departments must mend, at most as old as SLOW. Raises DoesNotAnswer."""
        if monotonic() - self._found_at >= SLOW:

            def read() -> Findings:
                source = self._source
                found = Findings(source.refusals(), source.orphans(), source.conflicts())
                return guarded_findings(found, self.least)

            self._findings = await self._ask(read)
            self._found_at = monotonic()
        return self._findings

    def close(self) -> None:
        """Wait for the query under way."""
        with suppress(RuntimeError):
            self._thread.shutdown(cancel_futures=True)

    async def _ask(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _standing(lights: Sequence[Light]) -> list[tuple[str, str, str, date]]:
    """What actions and changes hang on: where it is the same they are too, and need no reading."""
    return [(light.indicator, light.region, light.status, light.since) for light in lights]
