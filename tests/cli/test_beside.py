"""Commands beside a demo that has the folder open: they ask it, and answer."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from pulse.cli.main import cli
from sinks.clickhouse import connection
from sinks.clickhouse.beside import address
from sinks.clickhouse.connection import connect
from tests.cli import entry

SOON = 240.0

Pulse = Callable[..., Result]


class Demo:
    """`pulse demo` of a hamlet, to its verdict and on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.said = folder / "clickhouse", ""
        words: list[str | Path] = [
            Path(sys.executable).with_name("pulse"),
            "demo",
            "--scale",
            "0.002",
            "--data-dir",
            folder,
        ]
        about = {
            "COLUMNS": "200",
            "PULSE_METRICS_PORT": "0",
            "PULSE_BOARD_PORT": "0",
            "PYTHONUNBUFFERED": "1",
        }
        self.process = subprocess.Popen(
            words, env=os.environ | about, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def until(self, words: str) -> None:
        assert self.process.stdout is not None
        while words not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        assert self.process.stdout is not None
        self.said += self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(SOON)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo"))
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.end()


@pytest.fixture
def pulse(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """Any command, on the demo's folder."""
    monkeypatch.setenv("PULSE_CLICKHOUSE", f"chdb://{demo.folder}")
    monkeypatch.setenv("PULSE_KAFKA", _kafka(demo))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(connection, "_HELD", 1.0)

    def run(*words: str) -> Result:
        return entry.invoke(cli, words)

    return run


def _kafka(demo: Demo) -> str:
    found = re.search(r"In-process broker at (\S+):? speaks|In-process broker at (\S+)", demo.said)
    return (found[1] or found[2]).rstrip(":") if found else "127.0.0.1:1"


def test_while_the_year_is_counted(demo: Demo, pulse: Pulse) -> None:
    last = time.monotonic() + SOON
    while not (demo.folder / address.NAME).exists():
        assert time.monotonic() < last
        assert demo.process.poll() is None
        time.sleep(0.1)
    listed = pulse("dead-letters", "list", "--json")
    assert listed.exit_code == 0, listed.output
    with closing(connect(f"chdb://{demo.folder}")) as client:
        assert client.query("SELECT count() FROM indicators").result_rows == [(51,)]


def test_once_the_year_stands(demo: Demo, pulse: Pulse) -> None:
    """Also that the worker goes on counting, unharmed, to the end."""
    demo.until("Ctrl-C ends")
    shown = pulse("status")
    assert shown.exit_code == 0, shown.output
    assert len([line for line in shown.stdout.splitlines() if line.startswith(" a")]) == 51
    assert json.loads(pulse("status", "--region", "370831", "--json").stdout)


def test_verify_finds_what_the_demo_found(demo: Demo, pulse: Pulse) -> None:
    demo.until("Ctrl-C ends")
    verified = pulse("verify")
    assert verified.exit_code == 0, verified.output
    ours, theirs = (
        re.search(r"0 differences over ([\d  ]+) figures", said) for said in (verified.stdout, demo.said)
    )
    assert ours
    assert theirs
    assert ours[1] == theirs[1]


def test_letters_are_dropped_and_partitions_resumed(demo: Demo, pulse: Pulse) -> None:
    demo.until("Ctrl-C ends")
    found: list[dict[str, Any]] = json.loads(pulse("dead-letters", "list", "--json").stdout)
    assert found
    place = "{topic}/{partition}/{offset}".format(**found[0])
    assert pulse("dead-letters", "show", place).exit_code == 0
    assert "1 dropped" in pulse("dead-letters", "drop", place, "--yes").output
    dropped = json.loads(pulse("dead-letters", "list", "--state", "dropped", "--json").stdout)
    assert [letter["offset"] for letter in dropped] == [found[0]["offset"]]
    again = "{topic}/{partition}/{offset}".format(**found[1])
    assert "1 published again" in pulse("dead-letters", "redrive", again, "--yes").output
    assert "may go on" in pulse("dead-letters", "resume", "sports/0").output


def test_a_report_and_a_dry_run(
    demo: Demo, pulse: Pulse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.until("Ctrl-C ends")
    made = pulse("report", "--quarter", "2023Q3", "--county", "370831", "--no-verify", "--out", str(tmp_path))
    assert made.exit_code == 0, made.output
    assert (tmp_path / "2023Q3-370831.html").stat().st_size > 10_000
    monkeypatch.setenv("PULSE_KAFKA", "127.0.0.1:1")  # the in-process broker has no topic ids
    dry = pulse("rebuild", "--dry-run")
    assert "there is nothing to do" in dry.output


@pytest.mark.parametrize("words", [["migrate"], ["rebuild"], ["assess", "--once"]])
def test_what_needs_the_folder_alone_says_so(
    demo: Demo, pulse: Pulse, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.until("Ctrl-C ends")
    monkeypatch.setenv("PULSE_KAFKA", "127.0.0.1:1")
    result = pulse(*words)
    assert result.exit_code == 2
    assert (
        f"process {demo.process.pid} (`pulse demo`) has it open, and this command needs it alone"
        in result.stderr.replace("\n", " ")
    )


def test_at_its_end_it_leaves_nothing_behind(demo: Demo, pulse: Pulse) -> None:
    demo.until("Ctrl-C ends")
    demo.end()
    assert demo.process.returncode == 0
    assert "Traceback" not in demo.said
    assert not (demo.folder / address.NAME).exists()
    connection._guests.clear()  # as in a process of its own
    assert pulse("status").exit_code == 0
