"""The embedded engine, as an HTTP request wants it used: with a database, settings and parameters of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

import chdb

from tests.clickhouse_face.faults import Kind

_WITH_ROWS = re.compile(rb"\s*(INSERT\s+INTO\s[^\n]*?)\s+FORMAT\s+(\w+)[ \t]*\r?\n", re.I)
"""The head of an insert whose rows follow as bytes."""

_FORMAT = re.compile(rb"\bFORMAT\s+(\w+)\s*;?\s*\Z", re.I)
_COMMENTS = rb"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_INSERTS = re.compile(_COMMENTS + rb"INSERT\b", re.I | re.S)
_SELECTS = re.compile(_COMMENTS + rb"(\(|(SELECT|WITH|SHOW|EXISTS|DESC|DESCRIBE|EXPLAIN)\b)", re.I | re.S)


def kind(text: bytes) -> Kind:
    """Which kind of statement this begins."""
    return "insert" if _INSERTS.match(text) else "select" if _SELECTS.match(text) else "other"


class Failed(Exception):
    """The engine refused; the text is ClickHouse's own."""

    def __init__(self, said: str) -> None:
        text = said[max(said.find("Code: "), 0) :].strip()
        super().__init__(text)
        found = re.match(r"Code: (\d+)", text)
        self.code = int(found[1]) if found else 1002  # UNKNOWN_EXCEPTION


class Statement(NamedTuple):
    """A request, taken apart."""

    sql: bytes
    """Without the rows of an insert."""
    kind: Kind
    rows: bytes | None
    format: str
    """Of the rows that go in, or of those that come out."""
    database: str
    settings: Mapping[str, str]
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, text: bytes, query: Mapping[str, str], settings: Mapping[str, str]) -> Statement:
        """The statement in a request's text, its URL's words and what among them are settings."""
        parameters = {name[6:]: value for name, value in query.items() if name.startswith("param_")}
        words = query.get("database", "default"), settings, parameters
        if head := _WITH_ROWS.match(text):
            return cls(head[1], "insert", text[head.end() :], head[2].decode(), *words)
        found = _FORMAT.search(text)
        return cls(text, kind(text), None, found[1].decode() if found else "TabSeparated", *words)


class Answer(NamedTuple):
    """What came of a statement."""

    data: bytes
    read_rows: int
    written_rows: int


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
                quoted = value.replace("\\", "\\\\").replace("'", "\\'")
                self._query(f"SET {name} = '{quoted}'")
                self._settings = {**self._settings, name: value}

    def _query(self, sql: str | bytes, parameters: Mapping[str, str] = {}) -> Any:
        try:
            return self._handle.query(sql, "TabSeparated", params=dict(parameters))
        except RuntimeError as error:
            raise Failed(str(error)) from None
