"""`pulse board`: the web board, in a process of its own."""

from __future__ import annotations

import click

from pulse.terminal.lines import print_line
from pulse.terminal.refused import CommandRefused


@click.command("board")
def command() -> None:
    """Serve the web board: how every action and county stands, live, in a browser.

    Reads ClickHouse (PULSE_CLICKHOUSE), and asks Kafka (PULSE_KAFKA) only how many events wait: without it the foot says
    that nobody knows. A worker or a demo with the embedded engine serves the board by itself; this command is for a
    process of its own beside a ClickHouse server, or for an embedded folder that no worker serves. The lights come
    from a worker, or from `pulse assess`.

    \b
    pulse board                                        http://127.0.0.1:8080/
    PULSE_BOARD_HOST=0.0.0.0 PULSE_BOARD_PASSWORD=…    for the whole house, with a shared password
    PULSE_BOARD_USER_HEADER=X-Forwarded-User           behind a proxy that signs users in
    PULSE_BOARD_PUBLIC=true                            for everybody: small numbers of persons withheld
    """
    import signal
    import threading

    from pulse.app.backlog import watched
    from pulse.app.board import serving
    from pulse.app.city import load_city
    from pulse.app.logging import configure
    from pulse.app.settings import load_settings
    from sinks.clickhouse.connection import connect

    settings = load_settings()
    configure(settings.log_format, settings.log_level)
    city = load_city(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with (
        watched(
            lambda: connect(settings.clickhouse.get_secret_value()), settings.kafka, settings.topic_prefix
        ) as lag,
        serving(settings, city, lag) as address,
    ):
        if address is None:
            raise CommandRefused("PULSE_BOARD_PORT is 0: there is no board to serve")
        print_line(f"board: {address}")
        # The kernel may hand a signal to a thread of the engine; Python runs its handler when this one wakes.
        while not stop.wait(0.5):
            pass
