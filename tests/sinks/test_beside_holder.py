"""Who answers for an embedded folder: the process that holds it, from its start to its end."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from sinks.clickhouse import connection
from sinks.clickhouse.beside import address
from sinks.clickhouse.beside import client as other_end
from sinks.clickhouse.beside.client import BesideClient
from sinks.clickhouse.connection import CannotConnect, connect

SOON = 30.0

HOLD = """
import sys, time
from contextlib import closing
from sinks.clickhouse.beside.server import shared
from sinks.clickhouse.connection import connect
with closing(connect(sys.argv[1], alone=True)) as client:
    client.command("CREATE TABLE IF NOT EXISTS held (n UInt8) ENGINE = MergeTree ORDER BY n")
    if sys.argv[2] == "shared":
        with shared(client):
            print("ready", flush=True)
            sys.stdin.read()
    else:
        print("ready", flush=True)
        sys.stdin.read()
"""


class Holder:
    """Another process that has the folder open."""

    def __init__(self, folder: Path, how: str = "shared") -> None:
        words = [sys.executable, "-c", HOLD, f"chdb://{folder}", how]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def __enter__(self) -> Holder:
        return self

    def __exit__(self, *exception: object) -> None:
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals | None = None) -> None:
        if how is None:
            assert self.process.stdin is not None
            self.process.stdin.close()
        else:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
        self.process.wait(SOON)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_HELD", 0.5)
    monkeypatch.setattr(other_end, "_HEARD", 1.0)


def test_connect_asks_the_process_that_holds_the_folder(tmp_path: Path, hurried: None) -> None:
    url = f"chdb://{tmp_path}/data"
    with Holder(tmp_path / "data") as holder:
        with closing(connect(url)) as client:
            assert client.query("SHOW TABLES").result_rows == [("held",)]
            client.command("INSERT INTO held VALUES (1)")
        with pytest.raises(CannotConnect, match=rf"process {holder.process.pid}.* needs it alone") as caught:
            connect(url, alone=True)
        assert str(caught.value).startswith(f"data folder {tmp_path}/data: ")
        holder.end(signal.SIGKILL)
    assert (tmp_path / "data" / address.NAME).exists(), "what it left behind"
    with pytest.raises(CannotConnect, match="the process that had it open has ended"):
        connect(url)  # a board that outlives its worker must not keep the next one out
    connection._guests.clear()
    with closing(connect(url)) as client:
        assert client.query("SELECT n FROM held").result_rows == [(1,)]


def test_its_name_goes_with_the_process(tmp_path: Path) -> None:
    with Holder(tmp_path) as holder:
        found = (tmp_path / address.NAME).stat()
        assert stat.S_ISSOCK(found.st_mode)
        assert stat.S_IMODE(found.st_mode) == 0o600, "for the same user alone"
        holder.end()
        assert not (tmp_path / address.NAME).exists()


def test_a_process_that_answers_nobody_is_named(tmp_path: Path, hurried: None) -> None:
    with (
        Holder(tmp_path, "silent") as holder,
        pytest.raises(CannotConnect, match=rf"process {holder.process.pid}.* answers no other command"),
    ):
        connect(f"chdb://{tmp_path}")


def test_a_process_that_hangs_is_named(tmp_path: Path, hurried: None) -> None:
    with Holder(tmp_path) as holder:
        os.kill(holder.process.pid, signal.SIGSTOP)
        with pytest.raises(CannotConnect, match=rf"process {holder.process.pid}.* does not answer: it hangs"):
            connect(f"chdb://{tmp_path}")


def test_a_process_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    with Holder(tmp_path, "silent") as holder:
        threading.Timer(0.5, holder.process.kill).start()
        with closing(connect(f"chdb://{tmp_path}")) as client:
            assert client.query("SHOW TABLES").result_rows == [("held",)]


def test_a_folder_may_lie_deep(tmp_path: Path) -> None:
    """A socket's name has 107 bytes; a folder's may have 4 095."""
    deep = tmp_path / ("很深的文件夹" * 10) / ("d" * 100)
    with Holder(deep), closing(connect(f"chdb://{deep}")) as client:
        assert isinstance(client, BesideClient)
