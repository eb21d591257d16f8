"""The command `pulse simulate`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
from click.testing import CliRunner

from pulse.cli.simulate import command
from pulse.simulate import ndjson


def run(*arguments: str) -> tuple[int, bytes, str]:
    result = CliRunner().invoke(command, arguments)
    return result.exit_code, result.stdout_bytes, result.stderr


def test_lines_go_to_the_standard_output_and_the_rest_to_stderr() -> None:
    code, out, err = run("--scale", "0.01", "--heartbeat-days", "0", "--seed", "4")
    lines = out.splitlines()
    assert code == 0
    assert {"topic", "key", "headers", "timestamp"} <= orjson.loads(lines[0]).keys()
    assert f"seed 4, scale 0.01: {len(lines)} messages" in err


def test_a_file_holds_the_same(tmp_path: Path) -> None:
    path = tmp_path / "year.ndjson"
    options = ("--scale", "0.01", "--heartbeat-days", "0")
    assert run(*options, "--out", str(path))[0] == 0
    assert path.read_bytes() == run(*options)[1]
    with path.open("rb") as lines:
        assert sum(1 for _ in ndjson.read(lines)) > 10_000


def test_errors_name_the_option_and_what_to_do() -> None:
    for arguments, said in (
        (("--out", "x", "--publish", "a:1"), "--out and --publish exclude each other"),
        (("--publish", "nowhere"), "Invalid value for --publish: 'nowhere' is no HOST:PORT"),
        (("--scale", "0"), "Invalid value for '--scale'"),
        (("--scale", "0.01", "--out", "/no/such/folder/x"), "Invalid value for --out"),
    ):
        code, _, err = run(*arguments)
        assert code == 2
        assert said in err
        assert "Traceback" not in err


def test_help_teaches() -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert b"pulse simulate --scale 0.05 --publish localhost:9092" in out
    assert b"murmur2_random" in out


def test_the_module_is_imported_at_once() -> None:
    heavy = "import sys, pulse.cli.simulate; print([m for m in ('numpy', 'confluent_kafka', 'orjson') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
