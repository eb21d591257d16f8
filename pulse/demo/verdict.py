"""The demo's verdict: judges every light, prints the table of all indicators, and recomputes every figure."""

from __future__ import annotations

import time

from clickhouse_connect.driver.client import Client

from pulse.assessor.assessor import Assessor
from pulse.demo.course import Run
from pulse.simulate.targets import LEAST
from pulse.terminal.figures import table
from pulse.verify.report import show
from pulse.verify.run import verify
from schemas.registry import event_types
from sinks.clickhouse.reads.figures import clock, lit


def verdict(run: Run, client: Client) -> int:
    """Print the verdict; returns the exit status: 0 if every figure agrees, else 1. Blocks for seconds to minutes.

    Raises Stopped at the next query after `run.stop` is set.
    """
    city, console = run.city, run.console
    with console.status("Judging every indicator on every day …"):
        _judge(run, client)
    day = clock(client)[1]
    found = lit(client, city.regions.code, day)
    title = f"{city.catalogue.plan.name.zh} · {city.regions.zh} · {day}"
    console.print()
    console.print(table(found, title, console.width))
    if run.options.scale != 1:
        console.print(
            f"A city at scale {run.options.scale}: targets of {LEAST} and more are shown at its size; rates and "
            f"small numbers are the plan's own.\n",
            style="dim",
        )
    with console.status("Recomputing every figure from the ledger …"):
        report = verify(client, city.catalogue, city.regions, event_types, stop=run.stop.is_set)
    show(report, console)
    return 1 if report.differences else 0


def _judge(run: Run, client: Client) -> None:
    begun = time.monotonic()

    def progress(judged: int, due: int) -> None:
        run.progress.judging(judged / due, time.monotonic() - begun)

    Assessor(run.city.catalogue, run.city.regions).refresh(client, stop=run.stop.is_set, progress=progress)


def print_stopped(run: Run) -> int:
    """Print what to know after `verdict` raised Stopped; returns the exit status."""
    run.console.print("stopped before the verdict: the year is whole, and the next `pulse demo` shows it")
    return 1
