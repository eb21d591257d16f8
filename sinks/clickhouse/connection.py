"""One client API for the embedded engine and for a server, chosen by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from clickhouse_connect import get_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from sinks.clickhouse.failures import first_line, transient

FORMS = "chdb:///absolute/folder (embedded), http://user:password@host:8123/database, https://…"

_ENCODE = "/ ? # [ ] @ in a user, password or folder must be written %2F %3F %23 %5B %5D %40"

_CONNECT, _SILENCE = 10, 120
"""Seconds to wait for a connection, and for a sign of life of a running statement: a server that works on a long
one sends a header shortly before that time is over."""


class BadUrl(ValueError):
    """The URL of ClickHouse cannot be understood; the text names what was expected. Never holds a password."""


class CannotConnect(Exception):
    """ClickHouse did not answer, or does not let us in."""


def connect(url: str) -> Client:
    """A client for one thread at a time. Blocks until ClickHouse has answered; the embedded engine needs a second.

    `chdb:///folder` opens the embedded engine on a folder (made where it is missing; one process at a time),
    `http://` and `https://` a server. Raises BadUrl and CannotConnect.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # its text would quote a part of the password as a port
        raise BadUrl(f"ClickHouse URL: {_ENCODE}, and the port must be a number; expected {FORMS}") from None
    if parts.query or parts.fragment or "@" in parts.path:
        raise BadUrl(f"ClickHouse URL: {_ENCODE}; expected {FORMS}")
    if parts.scheme == "chdb":
        return _embedded(parts.netloc, parts.path)
    if parts.scheme in ("http", "https") and parts.hostname:
        options: dict[str, Any] = {"username": unquote(parts.username)} if parts.username else {}
        return _connect(
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            interface=parts.scheme,
            host=parts.hostname,
            port=port or (8443 if parts.scheme == "https" else 8123),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")) or "default",
            autogenerate_session_id=False,
            connect_timeout=_CONNECT,
            send_receive_timeout=_SILENCE,
            **options,
        )
    raise BadUrl(f"ClickHouse URL of scheme {parts.scheme!r}: expected {FORMS}")


@contextmanager
def answering() -> Iterator[None]:
    """Work at a start, which nobody tries again: where ClickHouse stops answering in it, that is no bug.

    Raises CannotConnect for what passes by itself.
    """
    try:
        yield
    except (ClickHouseError, OSError) as error:
        if transient(error):
            raise CannotConnect(f"ClickHouse stopped answering: {first_line(error)}") from error
        raise


def _embedded(host: str, path: str) -> Client:
    if host or not path.startswith("/"):
        raise BadUrl(
            f"ClickHouse URL: expected an absolute folder after chdb://, as in {FORMS.split(',')[0]}"
        )
    folder = Path(unquote(path))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotConnect(f"data folder {folder}: {error.strerror}; choose another one") from None
    return _connect(f"chdb://{folder}", interface="chdb", path=str(folder))


def _connect(where: str, **options: Any) -> Client:
    try:
        client = get_client(**options)
    except ClickHouseError as error:
        said = first_line(error)
        if "Error initializing EmbeddedServer" in said:  # the engine tells why on stderr only
            said = "another process has it open (a worker, a demo: one at a time), or it cannot be written"
        raise CannotConnect(f"ClickHouse at {where}: {said}") from None
    # Our batches are large, and an acknowledged insert must be durable.
    client.set_client_setting("async_insert", 0)
    return client
