"""The web board, served by its own process or beside a worker with the embedded engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

from pulse.app.backlog import LOOK, own_lag
from pulse.app.city import City
from pulse.app.settings import BadSettings, Settings
from pulse.errors import CannotListen
from sinks.clickhouse.beside.server import shared
from sinks.clickhouse.connection import connect

if TYPE_CHECKING:  # NiceGUI takes a second to import
    from dashboards.web.pages.waiting import Progress
    from streams.worker import Worker


@contextmanager
def serving(
    settings: Settings,
    city: City,
    lag: Callable[[], int | None],
    *,
    any_port: bool = False,
    progress: Callable[[], Progress | None] = lambda: None,
) -> Iterator[str | None]:
    """Serve the board while the block runs. Yields its address, or None if the settings turn the board off.

    `lag` returns how many events wait in Kafka. `any_port` allows another port if the configured one is
    taken. `progress` returns how far a year that is being replayed here has come; the board shows it until
    lights exist. Raises CannotListen, CannotConnect, BadSettings.
    """
    if not settings.board_port:
        yield None
        return
    from dashboards.web.data import ClickHouseSource
    from dashboards.web.server import Board, BoardConfig

    if settings.board_password and settings.board_user_header:
        raise BadSettings(
            "PULSE_BOARD_PASSWORD and PULSE_BOARD_USER_HEADER: set one of them, the way users come in"
        )
    config = BoardConfig(
        settings.board_host,
        settings.board_port,
        settings.board_password.get_secret_value() if settings.board_password else "",
        settings.board_user_header or "",
        settings.board_min_group if settings.board_public else 0,
    )
    client = connect(settings.clickhouse.get_secret_value())
    source = ClickHouseSource(client, city.catalogue.units)
    try:
        try:
            board = Board(source, config, lag, progress)
        except CannotListen:
            if not any_port:
                raise
            board = Board(source, config._replace(port=0), lag, progress)
        board.start()
        try:
            with shared(client):
                yield board.address
        finally:
            board.stop()
    finally:
        source.close()


@asynccontextmanager
async def beside(
    worker: Worker,
    settings: Settings,
    city: City,
    *,
    any_port: bool = False,
    progress: Callable[[], Progress | None] = lambda: None,
) -> AsyncIterator[str | None]:
    """Serve the board beside a running worker with the embedded engine, while the block runs; yields its address.

    Yields None if ClickHouse is a server: then `pulse board` serves the board. Raises as `serving` does.
    """
    if not settings.clickhouse.get_secret_value().startswith("chdb://"):
        yield None
        return
    waiting: int | None = None

    async def measure() -> None:
        nonlocal waiting
        while True:
            waiting = await own_lag(worker)
            await asyncio.sleep(LOOK)

    measuring = asyncio.create_task(measure())
    try:
        # Opening takes a second and closing up to a few: neither may block the event loop that counts.
        opened = serving(settings, city, lambda: waiting, any_port=any_port, progress=progress)
        address = await asyncio.to_thread(opened.__enter__)
        try:
            yield address
        finally:
            await asyncio.to_thread(opened.__exit__, None, None, None)
    finally:
        measuring.cancel()
        with suppress(asyncio.CancelledError):
            await measuring
