"""The embedded engine's folder: who holds it, what is wrong with it, and why the engine would not open it.

The engine opens many damaged folders and shows them as empty. So what can be seen from outside is checked first.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_NB, LOCK_SH, LOCK_UN, flock
from pathlib import Path

_STATUS = "status"
"""The file that the engine locks while it has the folder open; it holds the process's id."""

_COPY = (
    "Copy it anew with `cp -a`, `rsync -a` or `tar`, while no process has it open; nothing was changed here."
)
_RESTORE = (
    "Restore the folder from a copy, or name another one in PULSE_CLICKHOUSE; nothing was changed here."
)

_TABLE = re.compile(rb"\AATTACH TABLE .{1,200}? UUID '([0-9a-f-]{36})'.*\bENGINE = \w*MergeTree\b", re.S)
"""Matches the definition of a table whose data lie under its UUID."""


def locked(folder: Path) -> bool:
    """Whether a process, possibly this one, has the folder open."""
    try:
        opened = os.open(folder / _STATUS, os.O_RDONLY)
    except OSError:
        return False
    try:
        flock(opened, LOCK_SH | LOCK_NB)
        flock(opened, LOCK_UN)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(opened)
    return False


def holder(folder: Path) -> str:
    """Which process has it open, in words."""
    with suppress(OSError, ValueError, IndexError):
        number = int(
            (folder / _STATUS).read_text("utf-8", "replace").partition("PID:")[2].split("\n")[0].strip()
        )
        with suppress(OSError):  # not Linux, or another container's
            words = Path(f"/proc/{number}/cmdline").read_bytes().decode(errors="replace").split("\0")
            named = [Path(word).name for word in words]
            if "pulse" in named[:2]:
                return f"process {number} (`pulse {words[named.index('pulse') + 1]}`)"
        return f"process {number}"
    return "another process"


def fault(folder: Path) -> str | None:
    """What is wrong with a folder, and what to do; None where it is sound or new. Reads only."""
    return _unwritable(folder) or _incomplete(folder)


def _unwritable(folder: Path) -> str | None:
    places = [folder, *(folder / name for name in (_STATUS, "store", "metadata", "data", "tmp"))]
    with suppress(OSError):
        places += sorted((folder / "store").glob("*/*/"))
    for place in places:
        wanted = os.R_OK | os.W_OK | (os.X_OK if os.path.isdir(place) else 0)
        if os.path.lexists(place) and not os.access(place, wanted):
            return denied(place)
    return None


def denied(place: Path) -> str:
    """Why this process may not write a place, and what to do."""
    me, told = _user(os.geteuid()), ""
    with suppress(OSError):
        about = place.stat()
        if os.statvfs(place).f_flag & os.ST_RDONLY:
            return (
                f"{place} is on a file system that is mounted read-only: mount it for writing, or use a copy"
            )
        if about.st_uid != os.geteuid():
            told = f" and belongs to {_user(about.st_uid)}"
    mend = (
        f"`chown -R {me}` the whole folder, or run as its owner"
        if told
        else "`chmod -R u+rwX` the whole folder"
    )
    return f"{place} cannot be written by this process (user {me}){told}: {mend}"


def _incomplete(folder: Path) -> str | None:
    database = folder / "metadata" / "default"
    stored = _any(folder / "store")
    if database.is_dir() and not database.is_symlink():
        return (
            f"it was copied with its links resolved (by `cp -L`, some backup or zip programs): ClickHouse would find no "
            f"table in it and begin an empty database. {_COPY}"
        )
    if not os.path.lexists(database):
        if not stored:
            return None
        return (
            f"the link {database} is missing, though there are data: it was copied without its links, or only in part; "
            f"ClickHouse would begin an empty database. {_COPY}"
        )
    if not database.is_dir():
        return f"{database} points to {os.readlink(database)}, which is not there: the folder is only a part. {_RESTORE}"
    if lost := sorted(_lost(folder, database)):
        return (
            f"the data of {len(lost)} of its tables are missing ({', '.join(lost[:5])}{', …' if lost[5:] else ''}): "
            f"ClickHouse would take them for empty. {_RESTORE}"
        )
    return None


def _any(folder: Path) -> bool:
    with suppress(OSError), os.scandir(folder) as found:
        return next(found, None) is not None
    return False


def _lost(folder: Path, database: Path) -> Iterator[str]:
    for file in database.glob("*.sql"):
        with suppress(OSError):
            if found := _TABLE.match(file.read_bytes()):
                number = found[1].decode()
                if not (folder / "store" / number[:3] / number).is_dir():
                    yield file.stem


def _user(number: int) -> str:
    with suppress(ImportError, KeyError):
        import pwd

        return pwd.getpwuid(number).pw_name
    return str(number)


# --- What the engine says ---


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Capture what is written to standard error in the block: there the engine says why it does not open a folder.

    The list is filled at the end. The text is passed on then, unless the block raises: such an error is
    reported in our own words.
    """
    heard: list[str] = []
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        try:
            os.dup2(file.fileno(), 2)
            failed = False
            try:
                yield heard
            except BaseException:
                failed = True
                raise
            finally:
                os.dup2(kept, 2)
                file.seek(0)
                text = file.read()
                heard.append(text.decode(errors="replace"))
                if text and not failed:
                    os.write(2, text)
        finally:
            os.close(kept)


def is_lock(said: str) -> bool:
    """Whether the engine says that another process has the folder open."""
    return "Cannot lock file" in said


_KINDS = (
    (re.compile(r"No space left|NOT_ENOUGH_SPACE|errno: 28"), "the disk is full: make room, then try again"),
    (
        re.compile(r"Read-only file system|errno: 30"),
        "its file system is mounted read-only: mount it for writing",
    ),
    (
        re.compile(
            r"UNKNOWN_FORMAT_VERSION|Unknown (setting|table engine|data type|codec|function|part)|"
            r"UNKNOWN_(STORAGE|TYPE|SETTING|CODEC|FUNCTION|PART_TYPE)|NOT_IMPLEMENTED"
        ),
        "it was written by another version of ClickHouse, newer than this one: install the release of City Pulse that wrote "
        "it, or use another folder",
    ),
    (
        re.compile(
            r"Bad version file|"
            r"SYNTAX_ERROR|CORRUPTED|CANNOT_PARSE|CANNOT_READ|CHECKSUM|UNEXPECTED_END|EOF|Empty query|ATTEMPT_TO_READ"
        ),
        f"a file of it is damaged. {_RESTORE}",
    ),
)

_PLACE = re.compile(r"(?:Permission denied \[\"|Cannot open file )(/[^\"\n]+?)(?:\"|: , errno)")
_DETAIL = re.compile(r"(?:load table \w+\.(\w+)'|metadata file (\S+?\.sql))")


def explained(said: str) -> str:
    """Why the engine did not open a folder, from what it said; its own words where the kind is not known."""
    if "Permission denied" in said and (found := _PLACE.search(said)):
        place = Path(found[1])
        return denied(place if os.path.lexists(place) else place.parent)
    where = ""
    if found := _DETAIL.search(said):
        where = f" (table {found[1]})" if found[1] else f" (file {found[2]})"
    for kind, words in _KINDS:
        if kind.search(said):
            return words + where
    codes = [line for line in said.splitlines() if "Code: " in line] or said.split("\n")
    return (
        f"the engine cannot open it: {codes[0][:400]}"
        if codes[0]
        else "the engine cannot open it and says not why"
    )
