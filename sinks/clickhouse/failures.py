"""Which failures of ClickHouse pass by themselves, so that the same may be tried again."""

from __future__ import annotations

import re

from clickhouse_connect.driver.exceptions import OperationalError

_CODE = re.compile(r"Code: (\d+)")
_GATEWAY = re.compile(r"HTTP status (408|429|500|502|503|504)\b")
"""A proxy before ClickHouse that finds nobody behind it, or no room: ClickHouse's own refusals carry a code."""

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
    code = getattr(error, "code", None)  # the driver's reading of the answer's header
    if code is None and (found := _CODE.search(str(error))):
        code = int(found[1])
    if code is not None:
        return code in _TRANSIENT
    if _GATEWAY.search(str(error)):
        return True
    return isinstance(error, OperationalError | ConnectionError | TimeoutError)


def first_line(error: Exception) -> str:
    """What an operator needs of it."""
    lines = [line for line in _TARGET.sub("", str(error)).splitlines() if line.strip()]
    return lines[0][:500] if lines else type(error).__name__
