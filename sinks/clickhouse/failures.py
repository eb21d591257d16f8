"""Tells which failures of ClickHouse are temporary, so that the same may be tried again, and what an operator
must do about the others."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator

from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError
from urllib3.exceptions import HTTPError, NameResolutionError

_CODE = re.compile(r"Code: (\d+)")
_GATEWAY = re.compile(r"HTTP status (408|429|500|502|503|504)\b")
"""Statuses of a proxy that cannot reach ClickHouse or has no room; ClickHouse's own refusals carry a code."""

_TARGET = re.compile(r" with url: \S+")
"""urllib3 quotes the request's path with all its parameters, before it says what was wrong."""

_TRANSIENT = {
    3,    # UNEXPECTED_END_OF_FILE: the connection was cut
    32,   # ATTEMPT_TO_READ_AFTER_EOF: the same
    75,   # CANNOT_WRITE_TO_FILE_DESCRIPTOR: disk full, where no room was reserved before
    159,  # TIMEOUT_EXCEEDED
    164,  # READONLY
    202,  # TOO_MANY_SIMULTANEOUS_QUERIES
    209, 210,  # SOCKET_TIMEOUT, NETWORK_ERROR
    236,  # ABORTED: the server is stopping
    241,  # MEMORY_LIMIT_EXCEEDED
    242,  # TABLE_IS_READ_ONLY
    243,  # NOT_ENOUGH_SPACE: disk full
    252,  # TOO_MANY_PARTS: merges are behind
    319,  # UNKNOWN_STATUS_OF_INSERT
    394,  # QUERY_WAS_CANCELLED
    439,  # CANNOT_SCHEDULE_TASK
    999,  # KEEPER_EXCEPTION
}  # fmt: skip
"""Source: ClickHouse `src/Common/ErrorCodes.cpp`."""


def transient(error: Exception) -> bool:
    """Whether waiting may help: no answer, a cut connection, a full disk. A wrong statement stays wrong."""
    if (code := _code(error)) is not None:
        return code in _TRANSIENT
    if _GATEWAY.search(str(error)):
        return True
    return isinstance(error, OperationalError | ConnectionError | TimeoutError | HTTPError)


def _code(error: BaseException) -> int | None:
    """ClickHouse's own error code: from the driver, which reads it from the response's header, or from the
    text; else None."""
    code = getattr(error, "code", None)
    if isinstance(code, int):
        return code
    found = _CODE.search(str(error))
    return int(found[1]) if found else None


def first_line(error: Exception) -> str:
    """The first line of the error's text, without the request's URL and at most 500 characters long."""
    lines = [line for line in _TARGET.sub("", str(error)).splitlines() if line.strip()]
    return lines[0][:500] if lines else type(error).__name__


# --- In words ---

_UPDATE = (
    "the database lacks what this release reads, as it was never brought to it: run `pulse migrate`, or check that the URL "
    "names the right database"
)

_WORDS = {
    16: _UPDATE, 36: _UPDATE, 46: _UPDATE, 47: _UPDATE, 60: _UPDATE,
    81: "there is no such database: create it (CREATE DATABASE …), or name another one at the end of PULSE_CLICKHOUSE",
    75: "the disk is full, or cannot be written: make room",
    159: "a statement took too long: try again when there is less to do",
    164: "the account may only read: PULSE_CLICKHOUSE must name one that may write",
    192: "the account is not known: check the user in PULSE_CLICKHOUSE",
    193: "the password is wrong: check it in PULSE_CLICKHOUSE",
    194: "a password is wanted: put it into PULSE_CLICKHOUSE as http://user:password@…",
    202: "too much is asked at once: try again in a moment",
    241: "there is not enough memory for this now: try again when less is asked, or give it more",
    242: "its tables are read-only for now: see ClickHouse's own log",
    243: "the disk is full: make room",
    252: "it is behind with its merges: try again later",
    497: "the account lacks a right: grant it, or name another account in PULSE_CLICKHOUSE",
    516: "user or password is wrong: check PULSE_CLICKHOUSE (special characters in it are written %2F, %40 …)",
}  # fmt: skip
"""Error code → what it means here and what to do. A code that is neither here nor in `_TRANSIENT` is a bug."""

_SHOWN = {60, 47, 16, 46, 36, 81, 159, 164, 241, 497}
"""Codes for which ClickHouse's own words are shown as well."""

_CUT = re.compile(
    r"reset by peer|Connection (aborted|broken|closed)|closed by server|ended prematurely|IncompleteRead|Broken ?[Pp]ipe|"
    r"RemoteDisconnected|connection closed|Failed to read|headers completed|is gone"
)


def explanation(error: BaseException) -> str | None:
    """What is wrong and what the operator can do; None where the operator can do nothing, as for a wrong statement."""
    for each in _chain(error):
        if isinstance(each, ClickHouseError) and (code := _code(each)) is not None:
            if code in _WORDS:
                return _WORDS[code] + (f" ({_own_words(each)})" if code in _SHOWN else "")
            return f"it does not answer as it should now: {_own_words(each)}" if code in _TRANSIENT else None
    if not any(isinstance(each, (ClickHouseError, HTTPError)) for each in _chain(error)):
        return None
    return _of_the_way(error)


def _of_the_way(error: BaseException) -> str | None:
    """What went wrong on the way to ClickHouse or back; None where that is not known."""
    said = " ".join(str(each) for each in _chain(error))
    for each in _chain(error):
        if isinstance(each, NameResolutionError | socket.gaierror):
            return "the host's name is not known: check PULSE_CLICKHOUSE"
        if isinstance(each, ssl.SSLError):
            if "CERTIFICATE" in str(each):
                return f"its certificate is not trusted here ({each.reason or each}): have this machine trust its authority"
            return "it speaks no TLS: http:// instead of https://, or another port"
        if isinstance(each, ConnectionRefusedError) or getattr(each, "errno", None) == errno.ECONNREFUSED:
            return "connection refused, nobody listens there: is it running, and are host and port right?"
        if isinstance(each, OSError) and each.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            return "the host cannot be reached: check host and network"
    if "ConnectTimeoutError" in said or "Connect timeout" in said:
        return "no answer to the attempt to connect: check host, port and firewall"
    if "Read timed out" in said or "TimeoutError" in said:
        return "no answer in time: it is overloaded, hangs, or another service listens there"
    if re.search(r"BadStatusLine|InvalidHeader|HTTP/0|status line|not a valid HTTP|codec can't decode", said):
        return "what listens there speaks no HTTP: another service's port?"
    if found := re.search(r"HTTP status (\d{3})", said):
        if found[1] in ("502", "503", "504"):
            return f"HTTP status {found[1]}: a proxy answers, and finds no ClickHouse behind it"
        return f"HTTP status {found[1]}, and nothing of ClickHouse's: another service answers there"
    if "Unexpected response" in said:
        return "what answers there is no ClickHouse: another service's port?"
    if _CUT.search(said):
        return "the connection was cut: it stopped, or was restarted. Try again"
    return (
        f"it does not answer: {first_line(error)}"
        if isinstance(error, (OperationalError, HTTPError))
        else None
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then the errors that it was raised from or that the drivers wrapped."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = [each.__cause__, getattr(each, "reason", None), *each.args]
        if isinstance(each, (ClickHouseError, HTTPError)):
            inner.append(each.__context__)
        waiting += [one for one in inner if isinstance(one, BaseException)]


def _own_words(error: BaseException) -> str:
    """ClickHouse's message without the driver's additions and the version, at most 300 characters long."""
    text = str(error)
    text = text[max(text.find("DB::Exception: "), 0) :].removeprefix("DB::Exception: ")
    text = re.sub(r" ?\((for url|version) [^)]*\)\)?", "", text)
    return text.split("\n")[0].strip()[:300]
