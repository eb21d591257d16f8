"""Parses a request of ClickHouse's HTTP interface: statement, rows, parameters, settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["insert", "select", "other"]

_WITH_ROWS = re.compile(rb"\s*(INSERT\s+INTO\s[^\n]*?)\s+FORMAT\s+(\w+)[ \t]*\r?\n", re.I)
"""The head of an insert whose rows follow as bytes."""

_FORMAT = re.compile(rb"\bFORMAT\s+(\w+)[\s;]*\Z", re.I)
_COMMENTS = rb"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_INSERTS = re.compile(_COMMENTS + rb"INSERT\b", re.I | re.S)
_SELECTS = re.compile(_COMMENTS + rb"(\(|(SELECT|WITH|SHOW|EXISTS|DESC|DESCRIBE|EXPLAIN)\b)", re.I | re.S)

_NO_SETTINGS = {
    "database", "query", "query_id", "session_id", "session_timeout", "session_check", "wait_end_of_query",
    "buffer_size", "compress", "decompress", "quota_key", "role", "client_protocol_version", "default_format",
    "user", "password", "enable_http_compression", "send_progress_in_http_headers",
    "http_headers_progress_interval_ms",
}  # fmt: skip
"""Parameters of a request's URL that belong to the transport and are no settings."""


def kind(text: bytes) -> Kind:
    """The kind of a statement, by its first word."""
    return "insert" if _INSERTS.match(text) else "select" if _SELECTS.match(text) else "other"


class Statement(NamedTuple):
    """A parsed request."""

    sql: bytes
    """The statement, without the rows of an insert."""
    kind: Kind
    rows: bytes | None
    format: str
    """The format of the rows that are inserted, or of the result."""
    database: str
    settings: Mapping[str, str]
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, text: bytes, arguments: Mapping[str, str]) -> Statement:
        """The statement in a request's text, with the arguments of its URL or form."""
        parameters = {name[6:]: value for name, value in arguments.items() if name.startswith("param_")}
        settings = {
            name: value
            for name, value in arguments.items()
            if name not in _NO_SETTINGS and not name.startswith("param_")
        }
        about = arguments.get("database", "default"), settings, parameters
        if head := _WITH_ROWS.match(text):
            return cls(head[1], "insert", text[head.end() :], head[2].decode(), *about)
        found = _FORMAT.search(text)
        return cls(text, kind(text), None, found[1].decode() if found else "TabSeparated", *about)

    @classmethod
    def of_form(cls, arguments: Mapping[str, str], form: Mapping[str, object]) -> Statement:
        """The statement of a form, which clickhouse-connect sends where the parameters are too long for a URL."""
        arguments = {**arguments, **{name: value for name, value in form.items() if isinstance(value, str)}}
        return cls.of(arguments.get("query", "").encode(), arguments)

    @property
    def bare(self) -> bytes:
        """The statement without its FORMAT."""
        return _FORMAT.sub(b"", self.sql).rstrip(b"; \t\r\n")


class Failed(Exception):
    """The engine refused a statement; the text is ClickHouse's own."""

    def __init__(self, message: str) -> None:
        text = message[max(message.find("Code: "), 0) :].strip()
        super().__init__(text)
        found = re.match(r"Code: (\d+)", text)
        self.code = int(found[1]) if found else 1002  # UNKNOWN_EXCEPTION


_STATUS = {60: 404, 47: 404, 81: 404, 62: 400, 53: 400, 159: 408, 209: 503, 439: 503}


def status(code: int) -> int:
    """The HTTP status of an error's code. Source: ClickHouse `exceptionCodeToHTTPStatus.cpp`."""
    return _STATUS.get(code, 500)


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
