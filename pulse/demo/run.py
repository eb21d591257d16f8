"""The demo's course: broker, worker, publisher, table, verdict."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from itertools import count, takewhile
from math import ceil
from pathlib import Path
from typing import Any, cast

from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pulse.app.board import beside, serving
from pulse.app.city import City, load_city, prepare
from pulse.app.logging import configure
from pulse.app.service import found_topics, service
from pulse.app.settings import Settings, load_settings
from pulse.assessor.assessor import TOGETHER, Assessor, Stopped
from pulse.brokers import in_process
from pulse.demo.progress import Playing
from pulse.errors import OperatorError
from pulse.simulate.city import City as Simulated
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.gate import Gate, Open, Window
from pulse.simulate.publish import publish
from pulse.simulate.seasons import YEAR, midnight
from pulse.simulate.targets import LEAST, scaled
from pulse.simulate.year import Plan as Year
from pulse.terminal.figures import table
from pulse.terminal.screen import console, styled
from pulse.verify.report import show
from pulse.verify.run import verify
from schemas.registry import event_types
from sinks.clickhouse.beside.server import shared
from sinks.clickhouse.connection import connect
from sinks.clickhouse.folder import holder, locked
from sinks.clickhouse.reads.figures import clock, lit
from streams.kafka import create_topics, stamped
from streams.worker import Worker

MARK = "demo.json"
OVER = date(YEAR + 1, 4, 30)
"""Where a whole year stands: by then the last correction of the last late event has come."""


@dataclass(frozen=True)
class Options:
    """What the command line said."""

    scale: float
    seed: int
    heartbeat_days: int
    until: date | None
    """The year's last day that is published; None: all of it."""
    kafka: str | None
    partitions: int
    data_dir: Path
    fresh: bool
    leave: bool

    @property
    def year(self) -> dict[str, object]:
        """What decides which year is published."""
        whole: dict[str, object] = {
            "scale": self.scale,
            "seed": self.seed,
            "heartbeat_days": self.heartbeat_days,
        }
        return whole if self.until is None else whole | {"until": self.until.isoformat()}

    def of(self, year: Mapping[str, Any]) -> Options:
        """The same for the year that `year` tells of."""
        until = date.fromisoformat(year["until"]) if "until" in year else None
        return replace(self, **{**year, "until": until})


class Demo:
    """One run of `pulse demo`."""

    def __init__(self, options: Options, out: Console | None = None) -> None:
        self._options = options
        self._console = out or console()
        self._stop = asyncio.Event()

    async def run(self) -> int:
        """The exit status: that of the verdict."""
        options = self._options
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        mark = Mark(options.data_dir)
        mark.lock()
        if mark.whole and not options.fresh and mark.year != options.year:
            self._console.print(
                f"The folder holds another year ({mark.about}): that one is shown. --fresh begins a new one."
            )
            options = self._options = options.of(mark.year)
        if options.fresh or (not mark.whole and options.kafka is None):
            mark.clear()  # the in-process broker forgot its log: half a year cannot be gone on with
        settings = self._settings(options.kafka)
        configure("console", "warning")
        logging.getLogger("aiokafka").setLevel(
            logging.CRITICAL
        )  # a broker that just started has no coordinator yet
        city = load_city(settings)
        self._simulated = Simulated(options.seed, options.scale, options.heartbeat_days)
        city = city._replace(catalogue=scaled(city.catalogue, self._simulated))
        self._playing = Playing(city)
        if options.kafka is None and mark.whole:
            return await self._again(settings, city, mark)
        with self._broker(settings, city) as settings:
            return await self._count(settings, city, mark)

    async def _again(self, settings: Settings, city: City, mark: Mark) -> int:
        """A whole year is in the folder, and its log is gone with the process that held it."""
        self._console.print(
            styled(
                ("Figures of an earlier run", "bold"),
                f" in {self._options.data_dir}: {mark.about}. The in-process broker forgot its log when that run ended, "
                f"so nothing can be counted on top of them: --fresh begins a new year.",
            )
        )
        client = connect(settings.clickhouse.get_secret_value(), alone=True)
        prepare(client, city, settings)
        with ExitStack() as stack:
            stack.enter_context(shared(client))
            if not self._options.leave:  # the lights are there: something to see while all is recomputed
                board = serving(
                    settings, city, lambda: None, any_port=True, progress=lambda: self._playing.now
                )
                self._seen(stack.enter_context(board))
            try:
                status = await asyncio.to_thread(self._verdict, client, city)
            except Stopped:
                return self._stopped_early()
            if not self._options.leave:
                self._console.print("Ctrl-C ends.")
                await self._stop.wait()
        return status

    async def _count(self, settings: Settings, city: City, mark: Mark) -> int:
        there = found_topics(settings, city, ids=self._options.kafka is not None)
        client = connect(settings.clickhouse.get_secret_value(), alone=True)
        prepare(client, city, settings)
        judged = asyncio.Event()  # a year in a minute: judged once it is whole, not at each of its days
        counting = service(settings, city, client, there, assess_after=judged)
        async with counting as (worker, store), AsyncExitStack() as stack:
            stack.enter_context(shared(client))
            if not self._options.leave:
                board = beside(worker, settings, city, any_port=True, progress=lambda: self._playing.now)
                self._seen(await stack.enter_async_context(board))
            joined = asyncio.Event()
            running = asyncio.create_task(worker.run(joined.set))
            stopped = asyncio.create_task(self._stop.wait())
            work = asyncio.create_task(self._publish_and_wait(settings, city, worker, joined, mark))
            try:
                await asyncio.wait({running, stopped, work}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    await running  # raises what ended it
                if not work.done():
                    self._console.print("stopped before the year was whole")
                    return 1
                await work
                mark.set(self._options.year)
                try:
                    status = await store.run(lambda client: self._verdict(client, city))
                except Stopped:
                    return self._stopped_early()
                judged.set()
                if not self._options.leave and not self._stop.is_set():
                    self._serving(settings)
                    await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
                    if running.done():
                        await running
                return status
            finally:
                work.cancel()
                stopped.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await work
                worker.stop()
                if not running.done():
                    await running

    async def _publish_and_wait(
        self, settings: Settings, city: City, worker: Worker, joined: asyncio.Event, mark: Mark
    ) -> None:
        with self._console.status("Starting the worker …"):
            await joined.wait()
        year = await asyncio.to_thread(Year, self._simulated)
        publishing = not (mark.whole and self._options.kafka)
        total = await asyncio.to_thread(self._total, year) if publishing else 0
        columns = (
            TextColumn("[bold]{task.description}"), BarColumn(40), TextColumn("{task.completed:>9,.0f} / {task.total:,.0f}"),
            TextColumn("{task.fields[rate]:>8,.0f}/s"), TextColumn("lag {task.fields[lag]:>6,.0f}"), TimeElapsedColumn(),
        )  # fmt: skip
        with Progress(*columns, console=self._console) as progress:
            bar = progress.add_task("registers", total=total, rate=0, lag=0)
            meter = asyncio.create_task(_meter(progress, bar, self._playing, worker, total))
            try:
                if publishing:
                    await publish(
                        self._playing.watched(self._dispatches(year)), settings.kafka, self._options.partitions,
                        gate=self._gate(worker), prefix=settings.topic_prefix,
                    )  # fmt: skip
                await worker.caught_up()
            finally:
                meter.cancel()
                with suppress(asyncio.CancelledError):
                    await meter
            self._playing.counting(worker.shards, 0)  # all there is

    # --- Parts ---

    def _settings(self, kafka: str | None) -> Settings:
        return load_settings(
            kafka=kafka,
            clickhouse=f"chdb://{self._options.data_dir / 'clickhouse'}",
            clock=self._options.until or OVER,
            consumer_group="pulse-demo",
        )

    @contextmanager
    def _broker(self, settings: Settings, city: City) -> Iterator[Settings]:
        names = {
            settings.topic_prefix + name: self._options.partitions for name in (*city.topics, "dead-letters")
        }
        if self._options.kafka is not None:
            create_topics(settings.kafka, names, stamped=False)
            self._console.print(f"Kafka at {settings.kafka}")
            theirs = [name for name, broker in stamped(settings.kafka, list(names)).items() if broker]
            if theirs:
                self._console.print(
                    styled(
                        ("Kafka puts today's time", "bold"),
                        f" in topics that were there, such as {theirs[0]}, in place of the year's: figures are right, but "
                        f"all seems to come at the year's end, and lights may say 未报送. "
                        f"PULSE_TOPIC_PREFIX=demo. before the command makes topics of the demo's own.",
                    ),
                    soft_wrap=True,
                )
            yield settings
            return
        with in_process.in_process_broker(names) as address:
            self._console.print(
                styled(
                    ("In-process broker", "bold"),
                    f" at {address}: speaks Kafka's protocol, keeps everything in memory and forgets it at exit. "
                    f"For a first look; --kafka HOST:PORT for a real one.",
                )
            )
            yield self._settings(address)

    def _total(self, year: Year) -> int:
        """Messages that are published."""
        return year.sums.messages if self._options.until is None else year.before(_end(self._options.until))

    def _dispatches(self, year: Year) -> Iterator[Dispatch]:
        if self._options.until is None:
            return year.dispatches()
        end = _end(self._options.until)
        return takewhile(lambda one: one.published_at_us < end, year.dispatches())

    def _gate(self, worker: Worker) -> Gate:
        if self._options.kafka is not None:
            return Open()

        def position(topic: str, partition: int) -> int:
            for shard in worker.shards:
                if shard.topic == topic and shard.partition == partition:
                    return shard.position + 1
            return 0

        return Window(position, in_process.MESSAGES * 4 // 10, in_process.BYTES * 4 // 10)

    def _verdict(self, client: Client, city: City) -> int:
        """Raises Stopped."""
        client = cast(Client, _Heeding(client, self._stop.is_set))
        with self._console.status("Judging every indicator on every day …"):
            Assessor(city.catalogue, city.regions).refresh(
                client, stop=self._judging(len(city.catalogue.indicators))
            )
        day = clock(client)[1]
        found = lit(client, city.regions.code, day)
        title = f"{city.catalogue.plan.name.zh} · {city.regions.zh} · {day}"
        self._console.print()
        self._console.print(table(found, title, self._console.width))
        if self._options.scale != 1:
            self._console.print(
                f"A city at scale {self._options.scale}: targets of {LEAST} and more are shown at its size; rates and "
                f"small numbers are the plan's own.\n",
                style="dim",
            )
        with self._console.status("Recomputing every figure from the ledger …"):
            report = verify(client, city.catalogue, city.regions, event_types)
        show(report, self._console)
        return 1 if report.differences else 0

    def _judging(self, indicators: int) -> Callable[[], bool]:
        """Asked by the assessor before each indicator and each few of them: so it is known how far it is."""
        asked, questions, begun = count(), indicators + ceil(indicators / TOGETHER), time.monotonic()

        def stop() -> bool:
            self._playing.judging(min(1.0, next(asked) / questions), time.monotonic() - begun)
            return self._stop.is_set()

        return stop

    def _stopped_early(self) -> int:
        self._console.print(
            "stopped before the verdict: the year is whole, and the next `pulse demo` shows it"
        )
        return 1

    def _seen(self, board: str | None) -> None:
        if board is not None:
            self._console.print(styled(("Web board", "bold"), f" at {board}"))

    def _serving(self, settings: Settings) -> None:
        metrics = (
            f"http://{settings.metrics_host}:{settings.metrics_port}/metrics"
            if settings.metrics_port
            else "off"
        )
        self._console.print(f"\nCounting on. Kafka {settings.kafka} · metrics {metrics} · Ctrl-C ends.")
        self._console.print(
            f"Beside it: PULSE_CLICKHOUSE={settings.clickhouse.get_secret_value()} pulse status [--region 370831]",
            soft_wrap=True,
            style="dim",
        )


class _Heeding:
    """A client that asks before each query whether to stop: the verdict is many of them, and takes minutes."""

    def __init__(self, client: Client, stop: Callable[[], bool]) -> None:
        self._client, self._asked_to_stop = client, stop

    def __getattr__(self, name: str) -> Any:
        if self._asked_to_stop():
            raise Stopped
        return getattr(self._client, name)


def _end(day: date) -> int:
    """The instant at which a day is over, in µs."""
    return midnight(day + timedelta(1))


async def _meter(progress: Progress, bar: TaskID, playing: Playing, worker: Worker, total: int) -> None:
    """Keeps the display true."""
    while True:
        now = playing.counting(worker.shards, total)
        progress.update(
            bar,
            description=now.day.isoformat() if now.day else "registers",
            completed=now.counted,
            total=now.total,
            rate=now.rate,
            lag=max(0, playing.published - now.counted),
        )
        await asyncio.sleep(0.25)


class InUse(OperatorError):
    """Another demo works in the data folder; the text says what to do."""


class Mark:
    """A file in the data folder that says which whole year is in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / MARK

    def lock(self) -> None:
        """Keep other demos out of the folder while this process lives. Raises InUse."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self._folder / "demo.lock").open("w")
        except OSError as error:
            raise InUse(
                f"data folder {self._folder}: {error.strerror}; give --data-dir another one"
            ) from None
        try:
            flock(self._lock, LOCK_EX | LOCK_NB)
        except OSError:
            raise InUse(
                f"another demo is running in {self._folder}: end it, or give --data-dir another folder"
            ) from None

    @property
    def whole(self) -> bool:
        """Whether a year was published and counted to its end."""
        return self._file.is_file()

    @property
    def year(self) -> dict[str, Any]:
        """Which year it is: scale, seed, heartbeat days."""
        year: dict[str, Any] = json.loads(self._file.read_text("utf-8"))
        return year

    @property
    def about(self) -> str:
        """The same for people."""
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.year.items())

    def set(self, year: dict[str, object]) -> None:
        """The year is whole."""
        self._file.write_text(json.dumps(year), "utf-8")

    def clear(self) -> None:
        """Empty the folder: only what a demo made there. Raises InUse where a worker has it open."""
        if locked(self._folder / "clickhouse"):
            raise InUse(
                f"{holder(self._folder / 'clickhouse')} has {self._folder} open: end it, or give --data-dir another folder"
            )
        self._file.unlink(missing_ok=True)
        shutil.rmtree(self._folder / "clickhouse", ignore_errors=True)
