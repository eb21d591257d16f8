"""The embedded engine, as an HTTP request wants it used: with a database, settings and parameters of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import chdb

from sinks.clickhouse.beside.engine import Answer
from sinks.clickhouse.beside.statement import Failed, Statement, quoted


class Engine:
    """One handle on one folder. For one thread."""

    def __init__(self, folder: Path) -> None:
        self._handle = chdb.connect(str(folder))
        self._database = "default"
        self._settings: Mapping[str, str] = {}
        self.zone, self.version = self._query("SELECT timezone(), version()").bytes().decode().split()

    def run(self, statement: Statement) -> Answer:
        """Returns once the statement has taken effect. Raises Failed."""
        self._prepare(statement)
        if statement.rows is None:
            result = self._query(statement.sql, statement.parameters)
            return Answer(result.bytes(), result.rows_read(), result.rows_written())
        # Not `send_insert`, which takes bytes: on a full disk it calls an insert done that is not (chdb 4.4).
        with NamedTemporaryFile() as file:
            file.write(statement.rows)
            file.flush()
            insert = statement.sql.decode()
            result = self._query(f"{insert} FROM INFILE '{file.name}' FORMAT {statement.format}")
        return Answer(b"", result.rows_read(), result.rows_read())

    def name(self, code: int) -> str:
        """The name of an error code."""
        return str(self._query(f"SELECT errorCodeToName({code})").bytes().decode().strip())

    def close(self) -> None:
        """Let go of the folder."""
        self._handle.close()

    def _prepare(self, statement: Statement) -> None:
        """The handle keeps database and settings; a request brings its own, and nobody else's stay behind."""
        if statement.database != self._database:
            self._query(f"USE `{statement.database}`")
            self._database = statement.database
        for name in self._settings.keys() - statement.settings.keys():
            self._query(f"SET {name} = DEFAULT")
        self._settings = {n: v for n, v in self._settings.items() if n in statement.settings}
        for name, value in statement.settings.items():
            if self._settings.get(name) != value:
                self._query(f"SET {name} = {quoted(value)}")
                self._settings = {**self._settings, name: value}

    def _query(self, sql: str | bytes, parameters: Mapping[str, str] = {}) -> Any:
        try:
            return self._handle.query(sql, "TabSeparated", params=dict(parameters))
        except RuntimeError as error:
            raise Failed(str(error)) from None
