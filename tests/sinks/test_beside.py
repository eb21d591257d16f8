"""An embedded folder that another process holds: asked over its socket, as a worker's commands are."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from sinks.clickhouse.beside import address
from sinks.clickhouse.beside import server as serving
from sinks.clickhouse.beside.client import BesideClient
from sinks.clickhouse.beside.server import shared
from sinks.clickhouse.beside.statement import Statement
from sinks.clickhouse.connection import connect
from sinks.clickhouse.store import ClickHouseStore
from tests.sinks.conftest import empty
from tests.sinks.test_store import (
    TestContract,
    test_the_local_day_is_made_again,
    test_topics_and_generations_are_apart,
)
from tests.streams.counting.toy import CALENDAR

__all__ = [  # what holds for the embedded engine holds beside it
    "TestContract",
    "test_the_local_day_is_made_again",
    "test_topics_and_generations_are_apart",
]

SOON = 30.0


@pytest.fixture(scope="module")
def folder(_migrated: Path) -> Iterator[Path]:
    with closing(connect(f"chdb://{_migrated}")) as client, shared(client):
        yield _migrated


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    """All tables, empty; at the other end of the socket."""
    with closing(connect(f"chdb://{folder}")) as near:
        empty(near)
    with closing(BesideClient(folder)) as client:
        yield client


@pytest.fixture
def store(client: Client) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(client, "g", CALENDAR)
    yield store
    store.close()


@pytest.fixture
def clickhouse(store: ClickHouseStore) -> ClickHouseStore:
    return store


def statements(client: Client) -> int:
    """How many run now, this one left out."""
    return int(client.query("SELECT count() - 1 FROM system.processes").result_rows[0][0])


def until_quiet(client: Client) -> None:
    last = time.monotonic() + SOON
    while statements(client):
        assert time.monotonic() < last
        time.sleep(0.05)


# --- What is asked and answered ---


def test_queries_commands_and_inserts(client: Client) -> None:
    client.command("CREATE TABLE asked (n UInt64, text String) ENGINE = MergeTree ORDER BY n")
    try:
        texts = ["é'\\\n", "", "里"]
        client.insert("asked", [[n, text] for n, text in enumerate(texts)], column_names=["n", "text"])
        told = client.insert_arrow(
            "asked", pa.table({"n": pa.array(range(10, 1010), pa.uint64()), "text": ["x"] * 1000})
        )
        assert told.written_rows == 1000
        rows = client.query(
            "SELECT text FROM asked WHERE n < {n:UInt64} ORDER BY n", parameters={"n": 10}
        ).result_rows
        assert [text for (text,) in rows] == texts
        assert client.query("SELECT n FROM asked LIMIT 0").column_names == ("n",)
        assert int(str(client.command("EXISTS TABLE asked"))) == 1
        assert client.query_arrow("SELECT count() AS n FROM asked", use_strings=True).to_pylist() == [
            {"n": 1003}
        ]
    finally:
        client.command("DROP TABLE asked SYNC")


def test_a_question_may_be_long(client: Client) -> None:
    places = [("sports", 0, n) for n in range(2000)]
    found = client.query(
        "SELECT length({places:Array(Tuple(String, UInt16, Int64))})", parameters={"places": places}
    )
    assert found.result_rows == [(2000,)]


def test_an_error_is_clickhouses_own(client: Client) -> None:
    with pytest.raises(ClickHouseError, match="UNKNOWN_TABLE") as caught:
        client.query("SELECT * FROM nowhere")
    assert caught.value.code == 60
    with pytest.raises(ClickHouseError, match="SYNTAX_ERROR"):
        client.command("SELECT FROM WHERE")


def test_one_askers_settings_are_not_the_nexts(client: Client) -> None:
    asked = "SELECT value FROM system.settings WHERE name = 'max_threads'"
    assert client.query(asked).result_rows == [("1",)], "the other cores are for counting"
    assert client.query(asked, settings={"max_threads": 3}).result_rows == [("3",)]
    assert client.query(asked).result_rows == [("1",)]


ENDLESS = "SELECT number, toString(number) AS text, throwIf(number = {last:UInt64}) FROM numbers(1000000000)"


@pytest.mark.parametrize("last", [300_000, 300_001])
def test_an_answer_that_fails_midway_is_never_taken_for_whole(client: Client, last: int) -> None:
    """The engine ends an Arrow stream as if all had come, also where it failed."""
    with (
        pytest.raises((ClickHouseError, HTTPError, pa.ArrowException)),
        client.query_arrow_stream(ENDLESS, parameters={"last": last}) as blocks,
    ):
        for _ in blocks:
            pass
    with pytest.raises(ClickHouseError):
        _ = client.query(ENDLESS, parameters={"last": last}).result_rows
    until_quiet(client)


def test_who_leaves_early_ends_the_statement(client: Client) -> None:
    """A terminal that is closed, Ctrl-C: the worker must not go on working for nobody."""
    with closing(address.dial(address_of(client), SOON)) as line:
        body = b"SELECT number FROM numbers(100000000000) FORMAT Native"
        line.sendall(
            b"POST /?database=default HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
        assert statements(client) == 1
    with closing(address.dial(address_of(client), SOON)) as line:  # nothing came yet
        body = b"SELECT sum(cityHash64(number)) FROM numbers(100000000000) FORMAT Native"
        line.sendall(
            b"POST /?database=default HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        last = time.monotonic() + SOON
        while not statements(client):
            assert time.monotonic() < last
    until_quiet(client)


def address_of(client: Client) -> Path:
    found = client.command("SELECT path FROM system.disks WHERE name = 'default'")
    return Path(str(found))


def test_who_asks_too_much_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_TURN", 0.2)
    endless = "SELECT number, toString(number) FROM numbers(1000000000)"
    streams = [client.query_arrow_stream(endless) for _ in range(serving.TOGETHER)]
    try:
        with pytest.raises(ClickHouseError, match="TOO_MANY_SIMULTANEOUS_QUERIES") as caught:
            client.query("SELECT 1")
        assert caught.value.code == 202
    finally:
        for stream in streams:
            stream.source.close()
    client.close_connections()
    monkeypatch.undo()
    until_quiet(client)


def test_too_many_rows_for_a_command_are_refused(client: Client) -> None:
    with pytest.raises(ClickHouseError, match="TOO_MANY_BYTES"):
        client.raw_insert("events", insert_block=b"x" * (65 << 20), fmt="Native")


@pytest.mark.parametrize(
    ("text", "sql", "rows", "format"),
    [
        (b"SELECT 1\n FORMAT Native", b"SELECT 1\n FORMAT Native", None, "Native"),
        (b"SELECT 1;", b"SELECT 1;", None, "TabSeparated"),
        (b"INSERT INTO t (`a`) FORMAT Native\n\x01\n", b"INSERT INTO t (`a`)", b"\x01\n", "Native"),
        (b"INSERT INTO t SELECT 1", b"INSERT INTO t SELECT 1", None, "TabSeparated"),
    ],
)
def test_a_request_is_taken_apart(text: bytes, sql: bytes, rows: bytes | None, format: str) -> None:
    found = Statement.of(text, {"database": "d", "param_a": "1", "max_threads": "2", "query_id": "q"})
    assert (found.sql, found.rows, found.format) == (sql, rows, format)
    assert (found.database, found.parameters, found.settings) == ("d", {"a": "1"}, {"max_threads": "2"})
    assert found.bare.decode().endswith(("1", ")"))


def test_the_holder_asks_itself_without_the_socket(folder: Path) -> None:
    with closing(connect(f"chdb://{folder}")) as client:
        assert not isinstance(client, BesideClient)


def test_a_file_system_without_sockets_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(folder: Path) -> socket.socket:
        raise OSError("no sockets here")

    monkeypatch.setattr(address, "listen", fails)
    served: list[Any] = []
    with shared(type("Embedded", (), {"path": str(tmp_path)})()):
        served.append(1)
    assert served
    assert "other commands cannot ask this process" in caplog.text
