"""ClickHouse's HTTP interface on the folder's socket, in a thread and an event loop of its own.

It has as much of it as clickhouse-connect uses without compression. Results are streamed at the client's
pace. An error midway cuts the connection, because HTTP has no better way to report it then.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from aiohttp import web
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.beside import address
from sinks.clickhouse.beside.engine import Handle, Handles
from sinks.clickhouse.beside.statement import Failed, Statement, status

T = TypeVar("T")

TOGETHER = 6
"""How many statements run at a time. One command has two at most: `verify` asks while it reads a long answer."""
_TURN = 60.0
"""Seconds for which a statement waits for its turn."""
_STALLED = 600.0
"""Seconds for which a result waits for its client to read on."""
_BODY = 64 << 20
"""The most bytes of a statement with its rows: commands write little, and the worker does not write through here."""
_CHUNK = 1 << 20
"""Bytes that are passed on at once. The first ones are held back, so that an error in a short result gets a
proper status."""
_STOPPED = 10.0
"""Seconds to wait for the server's thread to end."""

log = logging.getLogger("pulse")


@contextmanager
def shared(client: Client) -> Iterator[None]:
    """While the block runs, other processes of this user may query the folder that `client` has open.

    Does nothing for a server, or for a folder that another process holds. Where the file system has no
    sockets, it logs a warning and the work goes on without.
    """
    folder = getattr(client, "path", None)  # the embedded client's
    if folder is None or (folder := Path(os.path.realpath(folder))) in address.OWN:
        yield
        return
    server = _Server(folder)
    try:
        server.start()
    except OSError as error:
        log.warning("other commands cannot ask this process: no socket in %s: %s", folder, error)
        yield
        return
    try:
        yield
    finally:
        server.stop()


class _Server:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handles = Handles(folder)
        self._threads = ThreadPoolExecutor(2 * TOGETHER + 1, thread_name_prefix="beside")
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="beside", daemon=True)
        self._ready = threading.Event()

    def start(self) -> None:
        """Listen, and return once requests are answered. Raises OSError."""
        self._socket = address.listen(self._folder)
        address.OWN.add(self._folder)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Stop listening, and end the statements that still run."""
        address.forget(self._folder)
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_STOPPED)
        self._socket.close()
        address.OWN.discard(self._folder)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._turns = asyncio.Semaphore(TOGETHER)
        app = web.Application(client_max_size=_BODY)
        app.router.add_get("/ping", _ping)
        app.router.add_route("*", "/", self._asked)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        try:
            await runner.setup()
            await web.SockSite(runner, self._socket).start()
            self._ready.set()
            await self._over.wait()
        except Exception:
            log.exception("other commands cannot ask this process any more: a bug; counting goes on")
        finally:
            self._ready.set()
            await runner.cleanup()
            await self._on_thread(self._handles.close)
            self._threads.shutdown(wait=False)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._threads, work)

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(_TURN):
                await self._turns.acquire()
        except TimeoutError:
            return _failed(
                Failed(
                    f"Code: 202. DB::Exception: {TOGETHER} statements run in this process already. "
                    f"(TOO_MANY_SIMULTANEOUS_QUERIES)"
                )
            )
        try:
            handle = await self._on_thread(self._handles.take)
            try:
                statement = await _statement(request)
                if statement.kind == "select":
                    return await self._select(request, handle, statement)
                return await self._run(request, handle, statement)
            finally:
                self._handles.give(handle)
        except Failed as failed:
            return _failed(failed)
        finally:
            self._turns.release()

    async def _run(self, request: web.Request, handle: Handle, statement: Statement) -> web.Response:
        running = asyncio.ensure_future(self._on_thread(lambda: handle.run(statement)))
        try:
            answer = await asyncio.shield(running)
        except asyncio.CancelledError:  # the client is gone; the statement is run to its end
            with suppress(Failed):
                await running
            raise
        summary = {"read_rows": str(answer.read_rows), "written_rows": str(answer.written_rows)}
        headers = _headers(request, handle) | {"X-ClickHouse-Summary": json.dumps(summary)}
        return web.Response(body=answer.data, headers=headers)

    async def _select(self, request: web.Request, handle: Handle, statement: Statement) -> web.StreamResponse:
        mark = uuid4().hex
        out, into = os.pipe()
        running = asyncio.ensure_future(self._on_thread(lambda: handle.stream(statement, mark, into)))
        reader = asyncio.StreamReader(_CHUNK)
        pipe, _ = await self._loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(out, "rb", 0)
        )
        response = web.StreamResponse(
            headers=_headers(request, handle) | {"X-ClickHouse-Format": statement.format}
        )
        try:
            first = bytearray()
            while len(first) < _CHUNK and (more := await reader.read(_CHUNK)):
                first += more
            if len(first) < _CHUNK:
                await running  # raises Failed while a proper status can still be sent
            await response.prepare(request)
            piece = bytes(first)
            while more := await reader.read(_CHUNK):
                async with asyncio.timeout(_STALLED):
                    await response.write(piece)
                piece = more
            await (
                running
            )  # before the last piece: the engine ends an Arrow stream properly even where it failed
            await response.write(piece)
            await response.write_eof()
        except (Failed, ConnectionError, TimeoutError) as error:
            if isinstance(error, Failed) and not response.prepared:
                raise
            log.debug("an answer was cut: %s", error)
            if request.transport is not None:
                request.transport.abort()
        finally:
            pipe.close()
            await self._end(running, mark)
        return response

    async def _end(self, running: asyncio.Future[None], mark: str) -> None:
        """Have the engine end a statement that still runs, and wait until it has ended."""
        while not running.done():
            handle = await self._on_thread(self._handles.take)
            try:
                with suppress(Failed):
                    await self._on_thread(lambda taken=handle: taken.kill(mark))  # type: ignore[misc]
            finally:
                self._handles.give(handle)
            await asyncio.wait([running], timeout=0.2)
        running.cancelled() or running.exception()


async def _ping(request: web.Request) -> web.Response:
    return web.Response(text="Ok.\n")


async def _statement(request: web.Request) -> Statement:
    """The statement of a request: as in ClickHouse the URL's `query` followed by the body, or the fields of a
    form. Raises Failed where it is too large."""
    try:
        if request.content_type.startswith("multipart/"):  # many parameters
            return Statement.of_form(request.query, await request.post())
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Failed(
            f"Code: 307. DB::Exception: more than {_BODY} bytes in one statement. (TOO_MANY_BYTES)"
        ) from None
    query = (request.query["query"] + "\n").encode() if "query" in request.query else b""
    return Statement.of(query + body, request.query)


def _headers(request: web.Request, handle: Handle) -> dict[str, str]:
    return {
        "X-ClickHouse-Query-Id": request.query.get("query_id") or str(uuid4()),
        "X-ClickHouse-Timezone": handle.zone,
    }


def _failed(failed: Failed) -> web.Response:
    headers: Mapping[str, str] = {"X-ClickHouse-Exception-Code": str(failed.code)}
    return web.Response(status=status(failed.code), headers=headers, text=f"{failed}\n")
