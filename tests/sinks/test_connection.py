"""URLs of ClickHouse: their forms, and what is said of those that do not work."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sinks.clickhouse.connection import BadUrl, CannotConnect, connect


@pytest.fixture
def closed_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def test_an_embedded_folder_is_made_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "数据 of city" / "deep"
    client = connect(f"chdb://{folder}")
    client.command("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
    client.close()
    again = connect(f"chdb://{tmp_path}/%E6%95%B0%E6%8D%AE%20of%20city/deep")
    assert again.query("SHOW TABLES").result_rows == [("t",)]
    again.close()


def test_an_acknowledged_insert_is_durable(blank: object) -> None:
    assert blank.get_client_setting("async_insert") == "0"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url", ["", "tcp://host", "clickhouse://host", "postgres://u:secret@h", "u:secret@h", "http://"]
)
def test_an_unknown_scheme_is_answered_with_the_forms(url: str) -> None:
    with pytest.raises(
        BadUrl, match=r"expected chdb:///absolute/folder .*http://user:password@host"
    ) as caught:
        connect(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["chdb://folder", "chdb:folder", "chdb://", "chdb://./data"])
def test_an_embedded_folder_is_absolute(url: str) -> None:
    with pytest.raises(BadUrl, match="absolute folder after chdb://"):
        connect(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@host:80x",
        "http://user:secret@host:99999",
        "http://user:secret/1@host",
        "http://user:1234/secret@host",
        "http://user:1234#secret@host",
        "http://user:1234?secret@host",
        "http://user:secret[@host",
        "http://host/database?password=secret",
        "https://user:secret/@host",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    """Passwords with / or # move what is read as host and port; the text must quote none of it."""
    with pytest.raises(BadUrl, match="%2F") as caught:
        connect(url)
    assert "secret" not in str(caught.value)
    assert "1234" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_refuses(scheme: str, closed_port: int) -> None:
    with pytest.raises(CannotConnect) as caught:
        connect(f"{scheme}://user:s%2Fecret@127.0.0.1:{closed_port}/pulse")
    said = str(caught.value)
    assert said.startswith(f"ClickHouse at {scheme}://127.0.0.1:{closed_port}: ")
    assert "refused" in said
    assert "\n" not in said
    assert "ecret" not in said


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotConnect, match=r"file.*; choose another one"):
        connect(f"chdb://{tmp_path}/file{below}")


def test_a_folder_in_which_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(CannotConnect, match="data folder /proc: "):
        connect("chdb:///proc")
    connect(f"chdb://{tmp_path}").close()  # and the next attempt is none the worse


@pytest.fixture
def listener() -> Iterator[Callable[[bytes], int]]:
    """Listens, and answers whatever it is told with the same bytes; gives its port."""
    made: list[socket.socket] = []

    def listen(answer: bytes) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        made.append(server)

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line, suppress(OSError):
                    line.recv(65536)
                    line.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        port: int = server.getsockname()[1]
        return port

    yield listen
    for server in made:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def _http(status: int, body: str, header: str = "") -> bytes:
    head = f"HTTP/1.1 {status} X\r\n{header}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return (head + body).encode()


@pytest.mark.parametrize(
    ("scheme", "answer", "said"),
    [
        ("http", b"SSH-2.0-OpenSSH_9.2\r\n", "speaks no HTTP: another service's port?"),
        ("http", b"", "the connection was cut"),
        ("http", _http(200, "<html>hello</html>"), "no ClickHouse: another service's port?"),
        ("http", _http(404, "not found"), "HTTP status 404, and nothing of ClickHouse's"),
        ("http", _http(502, "bad gateway"), "HTTP status 502: a proxy answers, and finds no ClickHouse behind it"),
        ("https", _http(400, "plain HTTP"), "it speaks no TLS: http:// instead of https://"),
        ("http", _http(403, "Code: 516. DB::Exception: u: Authentication failed. (AUTHENTICATION_FAILED)",
                       "X-ClickHouse-Exception-Code: 516\r\n"), "user or password is wrong"),
        ("http", _http(404, "Code: 81. DB::Exception: Database pulse does not exist. (UNKNOWN_DATABASE)",
                       "X-ClickHouse-Exception-Code: 81\r\n"), "there is no such database: create it"),
    ],
)  # fmt: skip
def test_whatever_answers_in_its_place_is_told_in_one_sentence(
    scheme: str, answer: bytes, said: str, listener: Callable[[bytes], int]
) -> None:
    port = listener(answer)
    with pytest.raises(CannotConnect) as caught:
        connect(f"{scheme}://user:secret@127.0.0.1:{port}/pulse")
    assert str(caught.value).startswith(f"ClickHouse at {scheme}://127.0.0.1:{port}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_host_that_nobody_knows() -> None:
    with pytest.raises(CannotConnect, match="the host's name is not known: check PULSE_CLICKHOUSE"):
        connect("http://no-such-host.invalid:8123/pulse")
