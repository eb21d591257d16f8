"""ClickHouse's HTTP interface, as much of it as clickhouse-connect uses, and the faults on the way.

Every statement runs on the engine's one thread, so statements follow one another. Sessions, users, external
data and progress headers are not there; an answer comes whole, as with `wait_end_of_query=1`.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import lz4.frame
from aiohttp import web
from backports import zstd

from sinks.clickhouse.beside.engine import Answer, Handle
from sinks.clickhouse.beside.statement import Failed, Statement, kind, status
from tests.clickhouse_face.faults import Fault, Faults

T = TypeVar("T")

_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": zstd.decompress, "lz4": lz4.frame.decompress, "gzip": gzip.decompress,
}  # fmt: skip
_PACK: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": zstd.compress, "lz4": lz4.frame.compress, "gzip": gzip.compress,
}  # fmt: skip
"""The order in which ClickHouse prefers them."""


class Cut(Exception):
    """The connection ends here."""


class Server:
    """The face of one engine. Make, start, close: in one event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._faults, self._others = Faults(), asyncio.Event()

    async def start(self, port: int) -> int:
        """Open the engine and listen on loopback; returns the port."""
        self._engine: Handle = await self._on_thread(lambda: Handle(self._folder))
        app = web.Application(client_max_size=2**30)
        app.router.add_get("/ping", self._ping)
        app.router.add_get("/_faults", self._struck)
        app.router.add_put("/_faults", self._set_faults)
        app.router.add_put("/_disk", self._disk)
        app.router.add_route("*", "/", self._statement)
        self._runner = web.AppRunner(app, auto_decompress=False, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, shutdown_timeout=1)
        await site.start()
        found: int = self._runner.addresses[0][1]
        return found

    async def close(self) -> None:
        """Stop listening and let go of the folder."""
        await self._runner.cleanup()
        await self._on_thread(self._engine.close)
        self._thread.shutdown()

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # --- What a tester may ask ---

    async def _ping(self, request: web.Request) -> web.Response:
        return web.Response(text="Ok.\n")

    async def _struck(self, request: web.Request) -> web.Response:
        return web.json_response(self._faults.struck)

    async def _set_faults(self, request: web.Request) -> web.Response:
        self._faults.set(Fault(**words) for words in await request.json())
        held, self._others = self._others, asyncio.Event()
        held.set()
        return web.Response()

    async def _disk(self, request: web.Request) -> web.Response:
        """Fill the disk up to so many bytes, or give it all back (null)."""
        ballast = self._folder / "ballast"
        ballast.unlink(missing_ok=True)
        left = await request.json()
        if left is not None:
            await self._on_thread(lambda: _fill(ballast, left))
        return web.Response()

    # --- What a client asks ---

    async def _statement(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.content_type.startswith("multipart/"):
                return await self._form(request)
            body = _Body(request)
            head = await body.head()
            fault = self._faults.strike(kind(head), head.decode(errors="replace"))
            if fault is not None and fault.does == "half_read":
                await body.part(fault.share)
                if not fault.code:
                    raise Cut
                raise await self._made(fault)
            statement = Statement.of(await body.whole(), request.query)
            return await self._answer(request, statement, fault)
        except Failed as failed:
            return self._failed(failed)
        except Cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        except ConnectionResetError:  # whoever asked is gone: killed, or out of patience
            return web.Response()

    async def _form(self, request: web.Request) -> web.StreamResponse:
        statement = Statement.of_form(request.query, await request.post())
        fault = self._faults.strike(statement.kind, statement.sql.decode(errors="replace"))
        return await self._answer(request, statement, fault)

    async def _answer(
        self, request: web.Request, statement: Statement, fault: Fault | None
    ) -> web.StreamResponse:
        for when in ("before", "after"):
            if fault is not None and fault.when == when and (bare := await self._suffer(fault)) is not None:
                return bare
            if when == "before":
                answer = await self._on_thread(lambda: self._engine.run(statement))
        response = web.StreamResponse(headers=self._headers(request, statement, answer))
        response.enable_chunked_encoding()
        data = answer.data
        if packing := response.headers.get("Content-Encoding"):
            data = _PACK[packing](data)
        await response.prepare(request)
        if fault is not None and fault.does == "half_sent":
            await response.write(data[: math.ceil(len(data) * fault.share)])
            assert request.transport is not None
            request.transport.close()
            return response
        if data:
            await response.write(data)
        await response.write_eof()
        return response

    async def _suffer(self, fault: Fault) -> web.Response | None:
        if fault.does == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault.does == "hold":
            await self._others.wait()
        elif fault.does == "cut":
            raise Cut
        elif fault.does == "error" and fault.code:
            raise await self._made(fault)
        elif fault.does == "error":
            return web.Response(status=fault.status, text="no upstream")
        return None

    async def _made(self, fault: Fault) -> Failed:
        asked = Statement.of(f"SELECT errorCodeToName({fault.code})".encode(), {})
        name = (await self._on_thread(lambda: self._engine.run(asked))).data.decode().strip()
        return Failed(f"Code: {fault.code}. DB::Exception: made by a test. ({name})")

    def _failed(self, failed: Failed) -> web.Response:
        text = str(failed)
        if "(version " not in text:
            text += f" (version {self._engine.version})"
        headers = {"X-ClickHouse-Exception-Code": str(failed.code)}
        return web.Response(status=status(failed.code), headers=headers, text=text + "\n")

    def _headers(self, request: web.Request, statement: Statement, answer: Answer) -> dict[str, str]:
        summary = {
            "read_rows": str(answer.read_rows),
            "written_rows": str(answer.written_rows),
        }
        headers = {
            "X-ClickHouse-Summary": json.dumps(summary),
            "X-ClickHouse-Query-Id": request.query.get("query_id") or str(uuid4()),
            "X-ClickHouse-Timezone": self._engine.zone,
        }
        if statement.kind == "select":
            headers["X-ClickHouse-Format"] = statement.format
            asked = request.headers.get("Accept-Encoding", "")
            packing = next((name for name in _PACK if name in asked), None)
            if packing and request.query.get("enable_http_compression") == "1":
                headers["Content-Encoding"] = packing
        return headers


class _Body:
    """A request's statement, read as far as it is needed. The URL's part of it comes first, as in ClickHouse."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._packing = request.headers.get("Content-Encoding", "")
        self._query = (request.query["query"] + "\n").encode() if "query" in request.query else b""
        self._read = bytearray()

    async def head(self) -> bytes:
        """The statement without the rows of an insert. A packed one must be read whole for it."""
        if self._packing and not self._query:
            text = await self.whole()
        else:
            await self._read_on(lambda: b"\n" in self._text and kind(self._text) == "insert")
            text = self._text
        return text.partition(b"\n")[0] if kind(text) == "insert" else text

    async def part(self, share: float) -> None:
        """Read a part of it, as near as packets allow."""
        wanted = (self._request.content_length or 0) * share
        await self._read_on(lambda: len(self._read) >= wanted)

    async def whole(self) -> bytes:
        """All of it."""
        await self._read_on(lambda: False)
        return self._query + (
            _UNPACK[self._packing](bytes(self._read)) if self._packing else bytes(self._read)
        )

    @property
    def _text(self) -> bytes:
        return self._query + bytes(self._read)

    async def _read_on(self, enough: Callable[[], bool]) -> None:
        while not enough() and (more := await self._request.content.readany()):
            self._read += more


def _fill(ballast: Path, left: int) -> None:
    free = shutil.disk_usage(ballast.parent).free - left
    with ballast.open("wb") as file:
        while free > 0:
            free -= file.write(bytes(min(free, 2**20)))
