"""Publishes the simulated year to Kafka as fast as the worker counts it, with a progress bar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from itertools import takewhile

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pulse.brokers import in_process
from pulse.demo.course import Run
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.gate import Gate, OpenGate, WindowGate
from pulse.simulate.publish import publish
from pulse.simulate.seasons import midnight
from pulse.simulate.year import SimulatedYear
from streams.worker import Worker

SHARE_OF_BROKER = 0.4
"""Share of the in-process broker's capacity that waiting messages may fill. The worker also writes there: it
sends misplaced events on."""
LOOK = 0.25
"""Seconds between two updates of the bar."""


async def publish_year(run: Run, worker: Worker, joined: asyncio.Event) -> None:
    """Publish the year and return once it is counted. `joined` is set when the worker has joined its group.

    If a real Kafka already holds the whole year, it is only counted. Raises PublishError, Unavailable.
    """
    with run.console.status("Starting the worker …"):
        await joined.wait()
    year = await asyncio.to_thread(SimulatedYear, run.simulated)
    publishing = not (run.folder.whole and run.options.kafka)
    total = await asyncio.to_thread(_total, run, year) if publishing else 0
    async with _bar(run, worker, total):
        if publishing:
            await publish(
                run.progress.watched(_dispatches(run, year)), run.settings.kafka, run.options.partitions,
                gate=_gate(run, worker), prefix=run.settings.topic_prefix,
            )  # fmt: skip
        await worker.caught_up()
    run.progress.counting(worker.shards, 0)  # total 0: everything is counted


def _total(run: Run, year: SimulatedYear) -> int:
    """Number of messages to be published."""
    until = run.options.until
    return year.sums.messages if until is None else year.before(_end(until))


def _dispatches(run: Run, year: SimulatedYear) -> Iterator[Dispatch]:
    if run.options.until is None:
        return year.dispatches()
    end = _end(run.options.until)
    return takewhile(lambda one: one.published_at_us < end, year.dispatches())


def _end(day: date) -> int:
    """The instant at which a day is over, microseconds UTC."""
    return midnight(day + timedelta(1))


def _gate(run: Run, worker: Worker) -> Gate:
    """The publisher's gate. With the in-process broker, which drops what it cannot keep, it waits for the worker."""
    if run.options.kafka is not None:
        return OpenGate()

    def position(topic: str, partition: int) -> int:
        for shard in worker.shards:
            if shard.topic == topic and shard.partition == partition:
                return shard.position + 1
        return 0

    return WindowGate(
        position, int(in_process.MESSAGES * SHARE_OF_BROKER), int(in_process.BYTES * SHARE_OF_BROKER)
    )


@asynccontextmanager
async def _bar(run: Run, worker: Worker, total: int) -> AsyncIterator[None]:
    """Show a bar in the terminal while the block runs. `total`: messages to be published."""
    columns = (
        TextColumn("[bold]{task.description}"), BarColumn(40), TextColumn("{task.completed:>9,.0f} / {task.total:,.0f}"),
        TextColumn("{task.fields[rate]:>8,.0f}/s"), TextColumn("lag {task.fields[lag]:>6,.0f}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=run.console) as bars:
        bar = bars.add_task("registers", total=total, rate=0, lag=0)

        async def update() -> None:
            while True:
                now = run.progress.counting(worker.shards, total)
                bars.update(
                    bar,
                    description=now.day.isoformat() if now.day else "registers",
                    completed=now.counted,
                    total=now.total,
                    rate=now.rate,
                    lag=max(0, run.progress.published - now.counted),
                )
                await asyncio.sleep(LOOK)

        updating = asyncio.create_task(update())
        try:
            yield
        finally:
            updating.cancel()
            with suppress(asyncio.CancelledError):
                await updating
