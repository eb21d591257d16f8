"""Runs a demo: broker, worker, publisher, verdict. If the year is already counted, only the verdict is given."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import AsyncExitStack, ExitStack, suppress
from pathlib import Path

from rich.console import Console

from pulse.app.board import beside, serving
from pulse.app.city import prepare
from pulse.app.logging import configure
from pulse.app.service import found_topics, service
from pulse.demo.broker import broker
from pulse.demo.course import Run, new_run
from pulse.demo.folder import DataFolder
from pulse.demo.options import DemoOptions
from pulse.demo.publishing import publish_year
from pulse.demo.verdict import print_stopped, verdict
from pulse.errors import Stopped
from pulse.terminal.screen import styled
from sinks.clickhouse.beside.server import shared
from sinks.clickhouse.connection import connect


async def run_demo(options: DemoOptions, console: Console) -> int:
    """Run the demo; returns the exit status: that of the verdict, or 1 if SIGINT or SIGTERM came first.

    Raises InUse and any other OperatorError of its parts.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    folder = DataFolder(options.data_dir)
    with folder.lock():
        if folder.whole and not options.fresh and folder.year != options.year:
            console.print(
                f"The folder holds another year ({folder.description}): that one is shown. --fresh begins a new one."
            )
            options = options.for_year(folder.year)
        if options.fresh or (not folder.whole and options.kafka is None):
            folder.clear()  # the in-process broker forgot its log: half a year cannot be continued
        configure("console", "warning")
        # A broker that has just started has no coordinator yet.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        run = new_run(options, folder, console, stop)
        if options.kafka is None and folder.whole:
            return await _show_again(run)
        with broker(run) as run:
            return await _count(run)


async def _show_again(run: Run) -> int:
    """Give the verdict on a whole year of an earlier run; its log ended with the in-process broker."""
    run.console.print(
        styled(
            ("Figures of an earlier run", "bold"),
            f" in {run.options.data_dir}: {run.folder.description}. The in-process broker forgot its log when that run "
            f"ended, so nothing can be counted on top of them: --fresh begins a new year.",
        )
    )
    client = connect(run.settings.clickhouse.get_secret_value(), alone=True)
    prepare(client, run.city, run.settings)
    with ExitStack() as stack:
        stack.enter_context(shared(client))
        if not run.options.leave:  # the lights exist, so the board is useful while everything is recomputed
            board = serving(
                run.settings, run.city, lambda: None, any_port=True, progress=lambda: run.progress.now
            )
            run.show_board(stack.enter_context(board))
        try:
            status = await asyncio.to_thread(verdict, run, client)
        except Stopped:
            return print_stopped(run)
        if not run.options.leave:
            run.console.print(
                "Ctrl-C ends. Nothing can be published to this one: --fresh begins a year that takes events."
            )
            await run.stop.wait()
    return status


async def _count(run: Run) -> int:
    """Publish the year, count it and give the verdict; then keep counting until stopped, unless `leave` is set."""
    topics = found_topics(run.settings, run.city)
    client = connect(run.settings.clickhouse.get_secret_value(), alone=True)
    prepare(client, run.city, run.settings)
    judged = asyncio.Event()  # a year passes in a minute: judge it once, when it is whole
    counting = service(run.settings, run.city, client, topics, assess_after=judged)
    async with counting as (worker, store), AsyncExitStack() as stack:
        stack.enter_context(shared(client))
        if not run.options.leave:
            board = beside(worker, run.settings, run.city, any_port=True, progress=lambda: run.progress.now)
            run.show_board(await stack.enter_async_context(board))
        joined = asyncio.Event()
        running = asyncio.create_task(worker.run(joined.set))
        stopped = asyncio.create_task(run.stop.wait())
        publishing = asyncio.create_task(publish_year(run, worker, joined))
        try:
            await asyncio.wait({running, stopped, publishing}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running  # raises what ended it
            if not publishing.done():
                run.console.print("stopped before the year was whole")
                return 1
            await publishing
            run.folder.mark_whole(run.options.year)
            try:
                status = await store.run(lambda client: verdict(run, client))
            except Stopped:
                return print_stopped(run)
            judged.set()
            if not run.options.leave and not run.stop.is_set():
                _show_addresses(run)
                await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    await running
                run.console.print(
                    f"Stopping. The figures stay in {run.options.data_dir}; --fresh begins a new year."
                )
            return status
        finally:
            publishing.cancel()
            stopped.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await publishing
            worker.stop()
            if not running.done():
                await running


def _show_addresses(run: Run) -> None:
    settings = run.settings
    metrics = (
        f"http://{settings.metrics_host}:{settings.metrics_port}/metrics" if settings.metrics_port else "off"
    )
    year = run.city.catalogue.plan.start.year
    run.console.print(f"\nCounting on. Kafka {settings.kafka} · metrics {metrics} · Ctrl-C ends.")
    run.console.print(
        f"The clock stands at the end of {run.settings.clock}, when the last correction of {year} had come: what you "
        f"publish arrives then. Date your events in {year}.",
        soft_wrap=True,
    )
    pulse = Path(sys.argv[0])
    run.console.print(
        f"Beside it: PULSE_KAFKA={settings.kafka} PULSE_CLICKHOUSE={settings.clickhouse.get_secret_value()} "
        f"{pulse if pulse.name == 'pulse' else 'pulse'} status --region 370831",
        soft_wrap=True,
        style="dim",
    )
