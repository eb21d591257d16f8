"""`python -m bench.viewers FOLDER [COUNT]`: one board with COUNT simultaneous viewers.

FOLDER is a COPY of an embedded database with lights that no other process has open; it is written to. Set
PULSE_CLOCK as it was when the database was made. The viewers are websocket sessions, like a browser's, in a
second process, spread over the board's pages. The figures of all indicators are changed some times, and the
lights are judged after each change. Printed: how long a page takes, how long from the judged lights to each
viewer's page, and the CPU use of the board's thread, at rest and with each change.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from math import inf
from typing import Any
from urllib.request import urlopen

import aiohttp
import socketio  # type: ignore[import-untyped]

from bench.live import flush
from dashboards.web.data import ClickHouseSource
from dashboards.web.server import Board, BoardConfig
from pulse.app.city import load_city, prepare
from pulse.app.settings import load_settings
from pulse.assessor.assessor import Assessor
from sinks.clickhouse.connection import connect

VIEWERS = 100
CHANGES = 5
REST = 10.0
"""Seconds at rest, and after each change."""
PAGES = ("/", "/?wall", "/action/{action}", "/county/{county}", "/indicator/{indicator}", "/data")

_QUERY = re.compile(r"query: (\{'client_id'[^}]*\})")


class Viewer:
    """One browser's session: loads a page, then listens for updates and reports them on standard output."""

    def __init__(self, number: int, url: str) -> None:
        self._number, self._url = number, url
        self._socket = socketio.AsyncClient(reconnection=False)

    async def look(self, session: aiohttp.ClientSession, base: str) -> float:
        """Open the page; returns how long loading took, in seconds."""
        begun = time.monotonic()
        async with session.get(base + self._url) as answer:
            answer.raise_for_status()
            page = await answer.text()
        took = time.monotonic() - begun
        found = _QUERY.search(page)
        assert found is not None, f"{self._url} is not a page of the board"
        query = json.loads(found[1].replace("'", '"').replace("True", "true")) | {
            "document_id": f"d{self._number}", "tab_id": f"t{self._number}",
        }  # fmt: skip
        words = "&".join(
            f"{key}={str(value).lower() if value is True else value}" for key, value in query.items()
        )
        self._socket.on("update", self._heard)
        path = "_nicegui_ws/socket.io"
        await self._socket.connect(f"{base}?{words}", socketio_path=path, transports=["websocket"])
        return took

    def _heard(self, elements: dict[str, Any]) -> None:
        pieces = {each["props"].get("data-piece") for each in elements.values() if isinstance(each, dict)}
        if pieces - {"foot", None}:
            print(json.dumps([self._number, time.monotonic()]), flush=True)

    async def leave(self) -> None:
        """Close the page."""
        await self._socket.disconnect()


async def watch(base: str, pages: Sequence[str], count: int) -> None:
    """Main function of the second process: run all viewers until standard input ends."""
    viewers = [Viewer(number, pages[number % len(pages)]) for number in range(count)]
    async with aiohttp.ClientSession() as session:
        took = [await viewer.look(session, base) for viewer in viewers]
        print(json.dumps(took), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        for viewer in viewers:
            await viewer.leave()


@contextmanager
def watching(
    base: str, pages: Sequence[str], count: int
) -> Iterator[tuple[list[float], subprocess.Popen[str]]]:
    """Start all viewers in a second process; yields the seconds that each page took, and the process."""
    command = [sys.executable, "-m", "bench.viewers", "--watch", base, json.dumps(pages), str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield json.loads(process.stdout.readline()), process
    finally:
        process.stdin.close()
        process.wait()


def main(folder: str, count: int) -> None:
    """Serve the board to all viewers, change figures, and print the times."""
    url = f"chdb://{folder}"
    settings, client = load_settings(), connect(url)
    city = load_city(settings)
    prepare(client, city, settings)
    client.set_client_setting("max_threads", 1)
    assessor = Assessor(city.catalogue, city.regions)
    assessor.refresh(client)
    source = ClickHouseSource(connect(url))
    board = Board(source, BoardConfig(port=0))
    board.start()
    first = city.catalogue.indicators[0]
    names = {"action": first.action, "county": city.regions.counties[0].code, "indicator": first.id}
    pages = [page.format(**names) for page in PAGES]
    thread = next(each for each in threading.enumerate() if each.name == "board")
    assert thread.ident is not None
    clock = time.pthread_getcpuclockid(thread.ident)
    _until_drawn(board.address)
    with watching(board.address.rstrip("/"), pages, count) as (took, viewers):
        print(f"{count} viewers     a page takes: median {_ms(took)}, longest {max(took) * 1e3:.0f} ms")
        time.sleep(REST)  # let the newly opened pages settle
        cpu = time.clock_gettime(clock)
        time.sleep(REST)
        print(f"at rest         board's thread: {(time.clock_gettime(clock) - cpu) / REST:.1%} of a core")
        judged: list[float] = []
        cpu = time.clock_gettime(clock)
        for change in range(CHANGES):
            for number in range(len(city.catalogue.indicators)):
                flush(client, city.catalogue, number)
            assessor.refresh(client)
            judged.append(time.monotonic())
            time.sleep(REST)
            print(f"change {change + 1}", file=sys.stderr)
        cpu = (time.clock_gettime(clock) - cpu) / CHANGES
        assert viewers.stdin is not None
        viewers.stdin.close()
        heard = [json.loads(line) for line in viewers.stdout or []]
    print(f"each change     board's thread: {cpu:.2f} s of a core, with {REST:.0f} s of rest")
    delays: dict[str, list[float]] = {page: [] for page in pages if page != "/data"}
    for at, number in product(judged, range(count)):
        if (page := pages[number % len(pages)]) in delays:
            delays[page].append(
                min((when - at for who, when in heard if who == number and when >= at), default=inf)
            )
    for page, each in delays.items():
        print(f"judged to page  median {_ms(each)}, longest {max(each) * 1e3:.0f} ms   {page}")
    board.stop()
    source.close()
    client.close()


def _until_drawn(address: str) -> None:
    """Wait for the feed's first snapshot: before it the board shows its waiting page."""
    while True:
        with urlopen(address) as answer:
            if b'"data-piece":"lagging"' in answer.read():
                return
        time.sleep(0.2)


def _ms(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1e3:.0f} ms"


if __name__ == "__main__":
    if sys.argv[1] == "--watch":
        asyncio.run(watch(sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])))
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else VIEWERS)
