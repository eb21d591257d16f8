"""Handles on a folder that this process already holds: separate from the worker's own, with limits on cores
and memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

import chdb

from sinks.clickhouse.beside.statement import Failed, Statement, quoted


def _memory() -> int:
    """The memory of this machine, or container, in bytes."""
    most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no limit is the word "max"
        return min(most, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return most


BOUNDS = {"max_threads": "1", "max_memory_usage": str(_memory() // 4)}
"""Settings of statements beside a worker, unless they bring their own: the other cores, and most of the
memory, are for counting."""


class Answer(NamedTuple):
    """The result of a statement that was not streamed."""

    data: bytes
    read_rows: int
    written_rows: int


class Handle:
    """A session in the engine; for one thread at a time. Blocks. Raises RuntimeError or Failed where it cannot be opened.

    `defaults` are settings that apply to a statement unless it brings its own.
    """

    def __init__(self, folder: Path, defaults: Mapping[str, str] = {}) -> None:
        self._handle = chdb.connect(str(folder))
        self._database = "default"
        self._defaults = defaults
        self._settings: dict[str, str] = {}
        for name, value in defaults.items():
            self._query(f"SET {name} = {quoted(value)}")
        self.zone, self.version = self._query("SELECT timezone(), version()").bytes().decode().split()

    def stream(self, statement: Statement, mark: str, into: int) -> None:
        """Write the result of a SELECT to the pipe `into`, and close it at the end. The reader sets the pace:
        only what the pipe holds is in memory. `kill` finds the statement by `mark`. Raises Failed, also midway."""
        try:
            self._prepare(statement)
            where = f"\n/* {mark} */ INTO OUTFILE '/dev/fd/{into}' APPEND COMPRESSION 'none' FORMAT {statement.format}"
            self._query(statement.bare + where.encode(), statement.parameters)
        finally:
            os.close(into)

    def run(self, statement: Statement) -> Answer:
        """Run a statement to its end; returns its whole result. Raises Failed."""
        self._prepare(statement)
        if statement.rows is None:
            result = self._query(statement.sql, statement.parameters)
            return Answer(result.bytes(), result.rows_read(), result.rows_written())
        # Not `send_insert`, which takes bytes: on a full disk it reports a failed insert as done (chdb 4.4).
        with NamedTemporaryFile() as file:
            file.write(statement.rows)
            file.flush()
            insert = statement.sql.decode()
            result = self._query(f"{insert} FROM INFILE {quoted(file.name)} FORMAT {statement.format}")
        return Answer(b"", result.rows_read(), result.rows_read())

    def kill(self, mark: str) -> None:
        """Ask the engine to end the statement that another handle streams. Raises Failed."""
        self._query(f"KILL QUERY WHERE query LIKE '%/* {mark} */%' AND query NOT LIKE 'KILL%' ASYNC")

    def close(self) -> None:
        """Close the session."""
        self._handle.close()

    def _prepare(self, statement: Statement) -> None:
        """Set the statement's database and settings, and undo those that an earlier statement left on this handle."""
        if statement.database != self._database:
            self._query(f"USE `{statement.database}`")
            self._database = statement.database
        for name in self._settings.keys() - statement.settings.keys():
            default = quoted(self._defaults[name]) if name in self._defaults else "DEFAULT"
            self._query(f"SET {name} = {default}")
            del self._settings[name]
        for name, value in statement.settings.items():
            if self._settings.get(name) != value:
                self._query(f"SET {name} = {quoted(value)}")
                self._settings[name] = value

    def _query(self, sql: str | bytes, parameters: Mapping[str, str] = {}) -> Any:
        try:
            return self._handle.query(sql, "TabSeparated", params=dict(parameters))
        except RuntimeError as error:
            raise Failed(str(error)) from None


class Handles:
    """A pool of handles that grows as needed; each goes back when its statement is over. For many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[Handle] = []
        self._idle: list[Handle] = []
        self._lock = threading.Lock()

    def take(self) -> Handle:
        """Take a handle that nobody uses. Raises Failed."""
        with self._lock:
            if not self._idle:
                try:
                    self._idle.append(Handle(self._folder, BOUNDS))
                except RuntimeError as error:
                    raise Failed(str(error)) from None
                self._all += self._idle
            return self._idle.pop()

    def give(self, handle: Handle) -> None:
        """Put a handle back."""
        with self._lock:
            self._idle.append(handle)

    def close(self) -> None:
        """Close all handles. No statement may be running."""
        with self._lock:
            self._idle.clear()
            while self._all:
                self._all.pop().close()
