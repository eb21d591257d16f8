"""The board's HTTP server. It has its own thread and event loop, so it and counting never wait for each other."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from nicegui import Client, ui

from dashboards.web import theme
from dashboards.web.access import Gate
from dashboards.web.address import View
from dashboards.web.data import DoesNotAnswer
from dashboards.web.feed import Feed
from dashboards.web.markup import Html, tag
from dashboards.web.model.source import BoardSource
from dashboards.web.pages.waiting import Progress
from dashboards.web.parts import Page
from dashboards.web.routes import Router
from dashboards.web.screen import Screen, Waiting
from dashboards.web.tables import to_csv
from dashboards.web.texts import say
from pulse.errors import CannotListen

STOPPED = 5.0
"""Seconds that the server may take to stop."""

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1D4E7E"/>'
    '<path d="M5 18h6l3-9 4 15 3-6h6" fill="none" stroke="#fff" stroke-width="2.6" stroke-linejoin="round"/></svg>'
)

log = structlog.get_logger("pulse")


class BoardConfig(NamedTuple):
    """Where the board listens, who may use it, and what a public board shows."""

    host: str = "127.0.0.1"
    port: int = 8080
    password: str = ""
    user_header: str = ""
    least: int = 0
    """The smallest group of persons that is shown; 0: the board is not public."""


class Board:
    """The board of a process. NiceGUI has a single app, so a process can serve only one board, and only once."""

    def __init__(
        self,
        source: BoardSource,
        config: BoardConfig,
        lag: Callable[[], int | None] = lambda: None,
        progress: Callable[[], Progress | None] = lambda: None,
    ) -> None:
        """`lag` returns the number of events waiting in Kafka, `progress` that of a replayed year (shown
        until there are lights). Both are called in the board's thread.

        Raises CannotListen if the port cannot be used.
        """
        self._source, self._config, self._progress = source, config, progress
        self._feed = Feed(source, lag, config.least)
        self._socket = _listen(config)
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._serve, name="board", daemon=True)

    @property
    def address(self) -> str:
        """The board's URL."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def start(self) -> None:
        """Start serving in the board's own thread."""
        self._server = uvicorn.Server(
            uvicorn.Config(
                Gate(self._app(), self._config.password, self._config.user_header),
                log_config=None, log_level=logging.WARNING, access_log=False, timeout_graceful_shutdown=1,
                proxy_headers=False, server_header=False,
            )
        )  # fmt: skip
        self._thread.start()

    def stop(self) -> None:
        """Stop within seconds, even if viewers are connected."""
        if self._server is not None:
            self._server.should_exit = True
            self._thread.join(STOPPED)
        self._feed.close()
        self._socket.close()

    def _serve(self) -> None:
        server = self._server
        assert server is not None
        try:
            asyncio.run(server.serve([self._socket]))
        except Exception:
            log.exception("the board ended; counting goes on")

    def _app(self) -> FastAPI:
        feed = self._feed
        self._router = Router(feed)

        @asynccontextmanager
        async def life(_: FastAPI) -> AsyncIterator[None]:
            reading = asyncio.create_task(feed.run())
            try:
                yield
            finally:
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading

        app = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
        app.get("/csv/{path:path}")(self._csv)
        app.post("/enter")(_entered)
        for path in (
            "/",
            "/data",
            "/action/{which}",
            "/indicator/{which}",
            "/county/{which}",
            "/{which:path}",
        ):
            ui.page(path, response_timeout=20)(_page_builder(self._router, self._progress))
        ui.run_with(
            app,
            title="City Pulse",
            tailwind=False,
            binding_refresh_interval=None,
            show_welcome_message=False,
            favicon=_ICON,
        )
        return app

    async def _csv(self, path: str, request: Request) -> Response:
        view = View.of("/" + path, dict(request.query_params))
        key = request.query_params.get("table", "")
        try:
            found = (await self._router.page(view)).table(key)
        except DoesNotAnswer as error:
            return Response(f"{error}\n", 503)
        if found is None:
            return Response(f"/{path} has no table {key!r}\n", 404)
        name = f"{path.strip('/').replace('/', '-') or 'overview'}-{key}.csv"
        return Response(to_csv(found), media_type="text/csv; charset=utf-8",
                        headers={"content-disposition": f'attachment; filename="{name}"'})  # fmt: skip


def _listen(config: BoardConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((config.host, config.port))
        listening.listen(128)  # connections made before the server is up wait for it
    except OSError as error:
        listening.close()
        raise CannotListen(
            f"the board at {config.host}:{config.port}: {error.strerror}. Is another one running here? "
            f"Set PULSE_BOARD_PORT to a free port, or to 0 for no board."
        ) from None
    return listening


def _page_builder(router: Router, progress: Callable[[], Progress | None]) -> Callable[..., object]:
    feed = router.feed

    async def build(request: Request, client: Client) -> None:
        view = View.of(request.url.path, dict(request.query_params))
        snapshot = feed.snapshot
        ui.add_head_html(_head(feed, view))
        try:
            if snapshot is None:
                raise DoesNotAnswer("no lights yet")
            found: Page = await Screen(router, view, client).build()
        except DoesNotAnswer:
            Waiting(feed, view, progress(), client).build(progress)
            return
        ui.page_title(f"{found.title} · City Pulse")
        if not found.found:
            client.status_code = 404

    return build


def _head(feed: Feed, view: View) -> Html:
    statuses = feed.snapshot.frame.statuses if feed.snapshot else ()
    css, js = theme.stylesheet(statuses, view.theme), theme.script()
    language = "zh-CN" if view.lang == "zh" else "en"
    lost = f"{say(view.lang, 'lost')}|{say(view.lang, 'lost_text')}"
    return Html(
        f"<script>document.documentElement.lang={language!r};document.documentElement.dataset.lost={lost!r}</script>"
        + tag("style", Html(css)) + tag("script", Html(js))
    )  # fmt: skip


def _entered() -> Response:
    """A board without a password has no sign-in form: redirect to the first page."""
    return Response(status_code=303, headers={"location": "/"})
