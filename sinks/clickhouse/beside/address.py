"""Where the process that holds a folder answers others: a Unix socket in that folder, for the same user alone.

It lies where the data are, so that who sees the one finds the other: in a container, behind a service's private /tmp.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "pulse.sock"

OWN: set[Path] = set()
"""The folders for which this process answers: it needs no socket to ask itself."""

_LONGEST = 100
"""Bytes of a socket's name that every kernel takes: Linux 107, macOS 103."""

_WAITING = 64
"""Connections that may wait to be accepted."""


def listen(folder: Path) -> socket.socket:
    """The listening socket of the process that holds the folder. Raises OSError, where the file system has no sockets.

    What lies there already is left over from a process that was killed: nobody else holds the folder.
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
    """A connection to the process that holds the folder; seconds to wait for it.

    Raises FileNotFoundError and ConnectionRefusedError where nobody answers there, other OSErrors.
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
    """Take the socket's name away."""
    with suppress(OSError):
        (folder / NAME).unlink()


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """The socket's name in few enough bytes, however deep the folder lies."""
    name = str(folder / NAME)
    if len(os.fsencode(name)) <= _LONGEST:
        yield name
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{NAME}"  # Linux; elsewhere a long name is an OSError
    finally:
        os.close(opened)
