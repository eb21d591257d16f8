"""`pulse demo`: the whole pipeline on one machine, with a simulated city."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click


@click.command("demo")
@click.option(
    "--scale",
    type=click.FloatRange(0.002, 4),
    default=0.05,
    show_default=True,
    help="1.0 is the real city's size.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another year."
)
@click.option(
    "--heartbeat-days",
    type=click.IntRange(0, 365),
    default=1,
    show_default=True,
    help="Days of hourly device heartbeats.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    metavar="DAY",
    help="End the year with this day, such as 2023-09-26: forecasts still have something to say.",
)
@click.option(
    "--kafka",
    default=None,
    metavar="HOST:PORT|apache",
    help="A real Kafka. Default: a broker inside this process.",
)
@click.option(
    "--partitions",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Of each topic that is made.",
)
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), default=Path("data"), show_default=True,
    help="The embedded ClickHouse's folder; it survives a restart.",
)  # fmt: skip
@click.option("--fresh", is_flag=True, help="Empty the data folder first.")
@click.option(
    "--exit",
    "leave",
    is_flag=True,
    help="End after the verdict; exit status 0 if every figure agrees, else 1.",
)
def command(
    scale: float,
    seed: int,
    heartbeat_days: int,
    until: datetime | None,
    kafka: str | None,
    partitions: int,
    data_dir: Path,
    fresh: bool,
    leave: bool,
) -> None:
    """The whole path on one machine: a simulated plan-year of Jining through Kafka, Faust and ClickHouse.

    Publishes the year as fast as the worker keeps up, while the web board says how far it is; prints the table of
    all indicators, recomputes every figure from the ledger by another route, and goes on counting until Ctrl-C:
    publish events of your own to the address shown, and see them on the board. The year stands where it ended, at the
    end of --until or of the year: what you publish comes on that day, whatever your client's clock says.

    \b
    pulse demo                                a twentieth of the city, half a minute
    pulse demo --scale 1 --fresh              the whole city
    pulse demo --until 2023-09-26 --fresh     as it stands late in September
    pulse demo --kafka apache                 on a real Apache Kafka, fetched once (45 MB) and started here
    pulse demo --kafka 127.0.0.1:9092         on a Kafka that runs already
    """
    import asyncio
    import shutil
    from contextlib import AbstractContextManager, nullcontext

    from pulse.demo.options import DemoOptions
    from pulse.demo.run import run_demo
    from pulse.simulate.seasons import YEAR
    from pulse.terminal.screen import console

    if until is not None and until.year != YEAR:
        raise click.BadParameter(f"the simulated year is {YEAR}", param_hint="--until")
    folder = data_dir.absolute()
    broker: AbstractContextManager[str | None]
    if kafka == "apache":
        from pulse.brokers.apache import running

        if fresh:
            shutil.rmtree(folder / "kafka", ignore_errors=True)
        broker = running(console(), folder / "kafka")
    else:
        broker = nullcontext(kafka)
    with broker as address:
        last = until.date() if until else None
        options = DemoOptions(scale, seed, heartbeat_days, last, address, partitions, folder, fresh, leave)
        status = asyncio.run(run_demo(options, console()))
    sys.exit(status)
