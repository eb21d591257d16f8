"""`pulse assess`: judge how every indicator stands."""

from __future__ import annotations

from contextlib import ExitStack, closing

import click

from pulse.terminal.lines import print_line


@click.command("assess")
@click.option("--once", is_flag=True, help="Once, and end. Default: every second, until told to stop.")
def command(once: bool) -> None:
    """Judge every indicator: pace, forecast, status, and why. Writes what changed to the table of lights.

    A worker does this by itself (PULSE_ASSESS). This command is for a process of its own, or for a database that no
    worker writes to. It reads ClickHouse; running it twice changes nothing. When a month or quarter has ended, it asks
    Kafka (PULSE_KAFKA) how much waits: only where nearly all is counted is recorded for good how the period ended.
    """
    import signal
    import threading

    from pulse.app.backlog import up_to_date
    from pulse.app.city import load_city, prepare
    from pulse.app.settings import load_settings
    from pulse.assessor.assessor import Assessor
    from pulse.errors import Stopped
    from sinks.clickhouse.beside.server import shared
    from sinks.clickhouse.connection import answering, connect

    settings = load_settings()
    city = load_city(settings)
    stop = threading.Event()
    with closing(connect(settings.clickhouse.get_secret_value(), alone=True)) as client, ExitStack() as stack:
        prepare(client, city, settings)
        stack.enter_context(shared(client))
        assessor = Assessor(city.catalogue, city.regions)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                with answering():
                    done = assessor.refresh(
                        client, remember=lambda: up_to_date(client, settings), stop=stop.is_set
                    )
            except Stopped:
                return
            if done is not None and (done.indicators or once):
                print_line(f"assessed {done.indicators} indicators: {done.rows} lights changed")
            elif once:
                print_line("nothing has been counted yet: no lights")
            if once:
                return
            stop.wait(1.0)
