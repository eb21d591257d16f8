"""clickhouse-connect's HTTP client over the socket of the process that holds a folder."""

from __future__ import annotations

import http.client
from contextlib import closing
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.httpclient import HttpClient
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from sinks.clickhouse.beside import address

_HEARD = 5.0
"""Seconds within which the process answers a ping, however busy it is."""
_SILENCE = 900
"""Seconds to wait for the result of a statement: others may run before it, and it has one core."""


class Silent(Exception):
    """A process listens on the socket but does not answer."""


def answers(folder: Path) -> bool:
    """Whether a process answers for the folder; false where none listens. Raises Silent, PermissionError."""
    try:
        with closing(address.dial(folder, _HEARD)) as line:
            line.sendall(b"GET /ping HTTP/1.1\r\nHost: pulse\r\nConnection: close\r\n\r\n")
            answer = http.client.HTTPResponse(line)
            answer.begin()
            return answer.status == 200
    except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
        return False  # there was no process, or it was killed or is just ending
    except PermissionError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise Silent(str(error)) from None


class BesideClient(HttpClient):  # type: ignore[misc]
    """A clickhouse-connect client like any other. For one thread at a time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            "http", "pulse", 80, "", "", "default",
            pool_mgr=_pool(folder), compress=False, autogenerate_session_id=False, connect_timeout=int(_HEARD),
            send_receive_timeout=_SILENCE, show_clickhouse_errors="scrub",
        )  # fmt: skip

    def close(self) -> None:
        """Close the client and its connections."""
        super().close()
        self.close_connections()


def _pool(folder: Path) -> PoolManager:
    class Connection(HTTPConnection):
        def _new_conn(self) -> Any:
            try:
                return address.dial(folder, _HEARD)
            except TimeoutError as error:
                raise ConnectTimeoutError(self, f"nobody answers at {folder}") from error
            except OSError as error:
                raise NewConnectionError(self, f"the process that held {folder} is gone: {error}") from error

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    manager = PoolManager(num_pools=1, maxsize=4, retries=1)
    manager.pool_classes_by_scheme = {"http": Pool}
    return manager
