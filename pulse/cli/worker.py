"""`pulse worker`: counts events until stopped."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack

import click

from pulse.errors import OperatorError


@click.command("worker")
@click.option(
    "--accept-log-start",
    is_flag=True,
    help="Begin counting on topics whose first events are already deleted. What came before is not in the figures.",
)
def command(accept_log_start: bool) -> None:
    """Count: read the plan's topics, validate, keep exact counters, write ClickHouse.

    Start as many as there are machines: workers of one group share the partitions. A worker is disposable: kill it
    at any moment, the next one goes on exactly where the rows in ClickHouse end.

    SIGTERM and Ctrl-C finish what was read and leave the group within seconds. Exit status: 0 told to stop;
    2 something that you can mend, named on stderr; 1 a bug: the log names topic, partition and offset, and nothing
    of it was acknowledged.
    """
    from pulse.app.city import load_city, prepare
    from pulse.app.logging import configure
    from pulse.app.service import found_topics
    from pulse.app.settings import load_settings
    from sinks.clickhouse.beside.server import shared
    from sinks.clickhouse.connection import connect

    settings = load_settings()
    configure(settings.log_format, settings.log_level)
    city = load_city(settings)
    kafka_topics = found_topics(settings, city)
    client = connect(settings.clickhouse.get_secret_value(), alone=True)
    prepare(client, city, settings)

    async def run() -> None:
        from pulse.app.board import beside
        from pulse.app.service import log, service

        async with (
            service(settings, city, client, kafka_topics, accept_log_start=accept_log_start) as (worker, _),
            AsyncExitStack() as stack,
        ):
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, worker.stop)
            board = await stack.enter_async_context(beside(worker, settings, city))
            if board is not None:
                log.info("board", address=board)
            log.info(
                "joining",
                group=settings.consumer_group,
                note="a member that was killed is waited for until its session ends",
            )
            await worker.run(
                lambda: log.info("counting", kafka=settings.kafka, group=settings.consumer_group)
            )
            log.info("stopped")

    try:
        with shared(client):
            asyncio.run(run())
    except OperatorError:
        raise
    except Exception as error:
        from pulse.app.service import log
        from pulse.cli.driver_errors import explained

        if (text := explained(error)) is not None:
            log.error(
                "ended: nothing of this was acknowledged", why=text, notes=getattr(error, "__notes__", [])
            )
            sys.exit(OperatorError.exit_code)
        log.exception("a bug: nothing of this was acknowledged", notes=getattr(error, "__notes__", []))
        sys.exit(1)
