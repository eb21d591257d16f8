"""The Unix socket on which the process that holds a folder answers others, of the same user only.

It lies in that folder, so that every process that sees the data finds the socket too: in a container, or
where a service has a private /tmp.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "pulse.sock"

OWN: set[Path] = set()
"""The folders for which this process answers others; it opens them itself without the socket."""

_LONGEST = 100
"""Bytes that every kernel accepts as a socket's name: Linux 107, macOS 103."""

_WAITING = 64
"""Connections that may wait to be accepted."""


def listen(folder: Path) -> socket.socket:
    """A listening socket for a folder that this process holds. Raises OSError, as where the file system has no sockets.

    A socket that is already there is left over from a process that was killed, as nobody else holds the
    folder. It is replaced.
    """
    made = socket.socket(socket.AF_UNIX)
    try:
        with _short(folder) as name:
            with suppress(FileNotFoundError):
                os.unlink(name)
            made.bind(name)
            os.chmod(name, 0o600)  # nobody can connect before `listen`
        made.listen(_WAITING)
    except BaseException:
        made.close()
        raise
    return made


def dial(folder: Path, timeout: float) -> socket.socket:
    """A connection to the process that holds the folder. `timeout` is in seconds.

    Raises FileNotFoundError or ConnectionRefusedError where no process listens, and other OSErrors.
    """
    made = socket.socket(socket.AF_UNIX)
    try:
        made.settimeout(timeout)
        with _short(folder) as name:
            made.connect(name)
    except BaseException:
        made.close()
        raise
    return made


def forget(folder: Path) -> None:
    """Remove the socket's file, if it is there."""
    with suppress(OSError):
        (folder / NAME).unlink()


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """A name for the socket that is short enough, however deep the folder lies."""
    name = str(folder / NAME)
    if len(os.fsencode(name)) <= _LONGEST:
        yield name
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{NAME}"  # Linux; elsewhere a long name is an OSError
    finally:
        os.close(opened)
