"""One client API for the embedded engine and for a server, chosen by URL."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from clickhouse_connect import get_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from pulse.errors import OperatorError
from sinks.clickhouse import folder as folders
from sinks.clickhouse.failures import explanation, first_line, transient

FORMS = "chdb:///absolute/folder (embedded), http://user:password@host:8123/database, https://…"

_ENCODE = "/ ? # [ ] @ in a user, password or folder must be written %2F %3F %23 %5B %5D %40"

_CONNECT, _SILENCE = 10, 120
"""Seconds to wait for a connection, and for any sign of a running statement: during a long one the server
sends a header shortly before that time is over."""


_HELD = 10.0
"""Seconds to wait for a folder that another process holds: that process may be about to answer, or to end."""
_LOOK = 0.2
"""Seconds between two checks of such a folder."""

_opening = threading.Lock()
_asked: list[str] = []
_guests: set[Path] = set()
"""Folders for which another process answered this one. This process never opens them itself later: a board
that outlives its worker must not lock out the next worker."""


class BadUrl(OperatorError):
    """The URL of ClickHouse cannot be understood. The text says what was expected and never holds a password."""


class CannotConnect(OperatorError):
    """ClickHouse did not answer, or refused access."""


def connect(url: str, *, alone: bool = False) -> Client:
    """A client for one thread at a time. Blocks until ClickHouse has answered; the embedded engine needs a second.

    `chdb:///folder` opens the embedded engine on a folder, which is made if it is missing. If another process
    holds the folder, the client asks that process (`sinks.clickhouse.beside`); with `alone`, CannotConnect is
    raised instead. `http://` and `https://` name a server. Raises BadUrl and CannotConnect.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # the error's text would quote a part of the password as a port
        raise BadUrl(f"ClickHouse URL: {_ENCODE}, and the port must be a number; expected {FORMS}") from None
    if parts.query or parts.fragment or "@" in parts.path:
        raise BadUrl(f"ClickHouse URL: {_ENCODE}; expected {FORMS}")
    if parts.scheme == "chdb":
        return _embedded(parts.netloc, parts.path, alone)
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


def asked() -> str:
    """The address of the ClickHouse that this process connected to last, without user and password, for messages."""
    return _asked[0] if _asked else "PULSE_CLICKHOUSE"


@contextmanager
def answering() -> Iterator[None]:
    """For work at startup that is not tried again: there a temporary failure of ClickHouse is reported to the
    operator and is no bug.

    Raises CannotConnect for a temporary failure; other errors pass through.
    """
    try:
        yield
    except (ClickHouseError, OSError, HTTPError) as error:
        if transient(error):
            raise CannotConnect(
                f"ClickHouse at {asked()}: {explanation(error) or first_line(error)}"
            ) from error
        raise


def _embedded(host: str, path: str, alone: bool) -> Client:
    if host or not path.startswith("/"):
        raise BadUrl(
            f"ClickHouse URL: expected an absolute folder after chdb://, as in {FORMS.split(',')[0]}"
        )
    folder = Path(os.path.realpath(unquote(path)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotConnect(f"data folder {folder}: {error.strerror}; choose another one") from None
    _asked[:] = [f"chdb://{folder}"]
    until = time.monotonic() + _HELD
    while True:
        if not alone and (client := _beside(folder)) is not None:
            _guests.add(folder)
            return client
        if folder in _guests and not alone:
            raise CannotConnect(
                f"data folder {folder}: the process that had it open has ended: start it again, or this command"
            )
        if (found := folders.fault(folder)) is not None:
            raise CannotConnect(f"data folder {folder}: {found}")
        try:
            return _opened(folder)
        except _Locked:
            _wait_for(folder, until, alone)


class _Locked(Exception):
    """Another process has the folder open."""


def _opened(folder: Path) -> Client:
    """The embedded engine on a folder. Raises _Locked, CannotConnect."""
    heard: list[str] = []
    try:
        with _opening, folders.overheard() as heard:
            return _prepared(get_client(interface="chdb", path=str(folder)))
    except ClickHouseError as error:
        said = f"{''.join(heard)}\n{first_line(error)}".strip()
        if folders.is_lock(said):
            raise _Locked from None
        raise CannotConnect(f"data folder {folder}: {folders.explained(said)}") from None


def _beside(folder: Path) -> Client | None:
    """A client of the process that holds the folder; None where none answers. Raises CannotConnect."""
    from sinks.clickhouse.beside import address

    if folder in address.OWN or not os.path.exists(folder / address.NAME):
        return None
    from sinks.clickhouse.beside.client import BesideClient, Silent, answers

    try:
        if not answers(folder):
            return None
        return _prepared(BesideClient(folder))
    except PermissionError:
        raise CannotConnect(
            f"data folder {folder}: {folders.holder(folder)} of another user has it open, and answers that user alone: "
            f"run the command as that user"
        ) from None
    except Silent:
        raise CannotConnect(
            f"data folder {folder}: {folders.holder(folder)} has it open and does not answer: it hangs or was stopped "
            f"(`kill -CONT`). End it, or try again"
        ) from None
    except ClickHouseError as error:
        if not folders.locked(folder):  # it has just ended
            return None
        raise CannotConnect(
            f"data folder {folder}: {folders.holder(folder)} has it open and says: {first_line(error)}"
        ) from None


def _wait_for(folder: Path, until: float, alone: bool) -> None:
    """Wait until it is worth trying the folder again. Raises CannotConnect once the monotonic time `until` has passed."""
    from sinks.clickhouse.beside.address import NAME

    while time.monotonic() < until:
        time.sleep(_LOOK)
        if not folders.locked(folder) or (not alone and os.path.exists(folder / NAME)):
            return
    who = folders.holder(folder)
    if alone:
        raise CannotConnect(
            f"data folder {folder}: {who} has it open, and this command needs it alone: end that one first. A folder "
            f"is for one worker; several need a ClickHouse server"
        )
    raise CannotConnect(
        f"data folder {folder}: {who} has it open and answers no other command: it is just starting, or of an earlier "
        f"release. Try again in a moment, or end it first"
    )


def _connect(where: str, **options: Any) -> Client:
    _asked[:] = [where]
    try:
        return _prepared(get_client(**options))
    except ClickHouseError as error:
        raise CannotConnect(f"ClickHouse at {where}: {explanation(error) or first_line(error)}") from None
    except (
        HTTPError,
        ValueError,
        TypeError,
        LookupError,
    ) as error:  # something answered that is no ClickHouse
        raise CannotConnect(
            f"ClickHouse at {where}: {explanation(error) or 'another service answers there'}"
        ) from None


def _prepared(client: Client) -> Client:
    # Our batches are large, and an acknowledged insert must be durable.
    client.set_client_setting("async_insert", 0)
    return client
