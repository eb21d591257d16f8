"""Shows a page with NiceGUI: its pieces are elements, which are updated when they have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from time import monotonic

from nicegui import Client, ui

from dashboards.web.address import View
from dashboards.web.data import DoesNotAnswer
from dashboards.web.feed import Feed
from dashboards.web.pages import chrome, waiting
from dashboards.web.pages.waiting import Progress
from dashboards.web.parts import Page, Piece
from dashboards.web.routes import Router
from dashboards.web.texts import say

CALM = 2.0
"""The least seconds between two changes of large numerals."""

FOOT = 1.0
"""Seconds between two updates of the footer."""

FOLLOW = 0.5
"""Seconds between two updates of the progress, before there are lights."""

AGAIN = 2.0
"""Seconds after which a page that could not be rendered is tried again."""


class Screen:
    """One viewer's page. Its elements are created once; after that only their content changes."""

    def __init__(self, router: Router, view: View, client: Client) -> None:
        self._router, self._view, self._client = router, view, client
        self._feed = router.feed
        self._elements: dict[str, ui.html | ui.echart] = {}
        self._shown: dict[str, Piece] = {}
        self._at: dict[str, float] = {}
        self._version = -1
        self._drawing: asyncio.Task[None] | None = None

    async def build(self) -> Page:
        """Create the page's elements. Raises DoesNotAnswer if there is nothing to show yet."""
        feed, view = self._feed, self._view
        found = await self._router.page(view)
        snapshot = feed.snapshot
        assert snapshot is not None
        with self._client.content.classes("board wall" if view.wall else "board"):
            if not view.wall:
                ui.html(chrome.head(snapshot, view), sanitize=False, tag="header").classes("top")
            # Quasar's page already is the `main` landmark.
            with ui.element("div").props("id=content tabindex=-1").classes(f"grid {_kind(view)}"):
                for piece in found.pieces:
                    self._make(piece)
            self._make(self._foot())
        self._version = feed.version
        feed.listeners.add(self._on_look)
        self._client.on_delete(lambda: feed.listeners.discard(self._on_look))
        return found

    def _make(self, piece: Piece) -> None:
        if piece.chart is not None:
            element: ui.html | ui.echart = ui.echart(piece.chart, renderer="svg")
            element.props["role"] = "img"
            element.props["aria-label"] = piece.label
        else:
            element = ui.html(piece.html, sanitize=False, tag=piece.element)
            if piece.label:
                element.props["aria-label"] = piece.label
        element.classes(piece.class_)
        element.props["data-piece"] = piece.key
        self._elements[piece.key] = element
        self._shown[piece.key], self._at[piece.key] = piece, -inf  # shown, but not changed yet

    def _foot(self) -> Piece:
        snapshot = self._feed.snapshot
        assert snapshot is not None
        return Piece(
            "foot", chrome.foot(snapshot, self._view, self._feed.health, self._feed.least), "footer", "foot"
        )

    def _on_look(self) -> None:
        """Listener of the feed: start an update. If one is still running, the next check of the feed starts another."""
        if self._drawing is None or self._drawing.done():
            self._drawing = asyncio.get_running_loop().create_task(self._renew())

    async def _renew(self) -> None:
        if not self._client.has_socket_connection:
            return
        now = monotonic()
        if now - self._at["foot"] >= FOOT:
            self._put(self._foot(), now)
        version = self._feed.version
        if version == self._version:
            return
        try:
            found = await self._router.page(self._view)
        except DoesNotAnswer:
            return
        waiting = False
        for piece in found.pieces:
            if piece.key not in self._elements:
                self._client.run_javascript(
                    "location.reload()"
                )  # the page has new pieces: for instance a course that just began
                return
            if piece.calm and now - self._at[piece.key] < CALM and piece != self._shown[piece.key]:
                waiting = True
            else:
                self._put(piece, now)
        if not waiting:
            self._version = version

    def _put(self, piece: Piece, now: float) -> None:
        if piece == self._shown[piece.key]:
            return
        element = self._elements[piece.key]
        if isinstance(element, ui.html):
            element.set_content(piece.html)
        elif piece.chart is not None:
            element.options.clear()
            element.options.update(piece.chart)
            element.update()
        self._shown[piece.key], self._at[piece.key] = piece, now


def _kind(view: View) -> str:
    return f"page-{view.path.split('/')[1] or 'overview'}"


class Waiting:
    """The page before there are lights. It shows the progress, and reloads as soon as the board can be shown."""

    def __init__(self, feed: Feed, view: View, progress: Progress | None, client: Client) -> None:
        self._feed, self._view, self._client = feed, view, client
        self._first = progress
        self._elements: dict[str, ui.html] = {}
        self._shown: dict[str, Piece] = {}
        self._bar: ui.element | None = None

    def build(self, look: Callable[[], Progress | None]) -> None:
        """Create the page's elements. `look` returns the present progress."""
        view, first = self._view, self._first
        with (
            self._client.content.classes("board"),
            ui.element("div").props("id=content tabindex=-1").classes("grid page-waiting"),
        ):
            for piece in waiting.pieces(first, view, trouble=self._feed.health.trouble):
                self._make(piece)
                if piece.key == "steps":
                    self._bar = ui.element("div").classes("progress")
                    with self._bar.props("role=progressbar aria-valuemin=0 aria-valuemax=100"):
                        ui.element("i")
                    self._bar.props["aria-label"] = say(view.lang, "progress")
        if first is not None:
            self._move(first)
        # If there are lights but the page could not be rendered, try again less often.
        rest = AGAIN if self._feed.snapshot is not None else FOLLOW
        ui.timer(rest, lambda: self._renew(look()))

    def _make(self, piece: Piece) -> None:
        element = ui.html(piece.html, sanitize=False, tag=piece.element).classes(piece.class_)
        element.props["data-piece"] = piece.key
        self._elements[piece.key], self._shown[piece.key] = element, piece

    def _renew(self, progress: Progress | None) -> None:
        if not self._client.has_socket_connection:
            return
        if self._feed.snapshot is not None or (progress is None) != (self._first is None):
            ui.navigate.reload()
            return
        for piece in waiting.pieces(progress, self._view, trouble=self._feed.health.trouble):
            if piece != self._shown[piece.key]:
                self._elements[piece.key].set_content(piece.html)
                self._shown[piece.key] = piece
        if progress is not None:
            self._move(progress)

    def _move(self, progress: Progress) -> None:
        ui.page_title(f"{waiting.title(progress, self._view)} · City Pulse")
        if self._bar is not None:
            self._bar.style(f"--done:{100 * progress.done:.1f}%")
            self._bar.props["aria-valuenow"] = round(100 * progress.done)
            self._bar.update()
