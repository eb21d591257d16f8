"""The command `pulse`: instant help, near misses, and errors that are meant for people."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import click
import pytest
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from click.testing import CliRunner
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError
from confluent_kafka import KafkaError, KafkaException
from urllib3.exceptions import ProtocolError

from pulse import errors
from pulse.cli import main
from pulse.cli.driver_errors import explained
from pulse.cli.main import COMMANDS, cli
from streams.kafka import unavailable
from streams.ports import Unavailable

HEAVY = ("chdb", "faust", "mode", "aiokafka", "confluent_kafka", "pydantic", "pyarrow", "numpy", "clickhouse_connect",
         "yaml", "rich", "structlog")  # fmt: skip


@pytest.fixture(scope="module")
def helped() -> tuple[str, set[str]]:
    """What `pulse --help` prints in a process of its own, and the modules that it loaded for it."""
    script = (
        "import json, sys\n"
        "from pulse.cli.main import main\n"
        "sys.argv = ['pulse', '--help']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print('\\0' + json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    text, _, modules = done.stdout.partition("\0")
    return text, set(json.loads(modules))


def test_help_is_instant(helped: tuple[str, set[str]]) -> None:
    _, modules = helped
    assert not modules.intersection(HEAVY)
    assert not [name for name in modules if name.startswith(("schemas", "streams", "sinks", "dashboards"))]
    assert {name.split(".")[1] for name in modules if name.startswith("pulse.")} <= {
        "cli", "errors", "terminal",
    }  # fmt: skip
    assert [name for name in modules if name.startswith("pulse.cli.")] == ["pulse.cli.main"]


def test_help_lists_every_command_with_what_it_does(helped: tuple[str, set[str]]) -> None:
    text, _ = helped
    lines = [line.split(maxsplit=1) for line in text.partition("Commands:")[2].splitlines() if line.strip()]
    assert [name for name, _ in lines] == list(COMMANDS)
    assert all(summary for _, summary in lines)
    assert "Begin here:          pulse demo" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: cli {name}")
    assert import_module(COMMANDS[name]).command.name == name
    assert len(result.output.splitlines()) > 5


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("stat", "status"), ("statsu", "status"), ("migrat", "migrate"), ("catalog", "catalogue"), ("setting", "settings"),
     ("topic", "topics"), ("workers", "worker")],
)  # fmt: skip
def test_a_misspelt_command_is_answered_with_the_nearest(typed: str, meant: str) -> None:
    result = CliRunner().invoke(cli, [typed])
    assert result.exit_code == 2
    assert f"No such command: {typed}. Did you mean `pulse {meant}`?" in result.stderr


def test_nothing_is_near_to_nonsense() -> None:
    result = CliRunner().invoke(cli, ["xyzzy"])
    assert result.exit_code == 2
    assert "No such command: xyzzy. `pulse --help` lists them." in result.stderr


def test_an_unknown_option() -> None:
    result = CliRunner().invoke(cli, ["--nonsense"])
    assert result.exit_code == 2
    assert "No such option" in result.stderr


def test_version() -> None:
    result = CliRunner().invoke(cli, ["--version"])
    assert result.output.startswith("pulse, version ")


def ended(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[object, str]:
    """(exit status, what stands on stderr) of a command that raises an error."""

    def fails() -> None:
        raise error

    monkeypatch.setattr(main, "cli", fails)
    with pytest.raises(SystemExit) as end:
        main.main()
    return end.value.code, click.unstyle(capsys.readouterr().err)


def test_a_bug_keeps_its_traceback_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    status, said = ended(KeyError("bug"), monkeypatch, capsys)
    assert status == 1
    (logged,) = tmp_path.glob("pulse-bug-*.log")
    assert "Traceback (most recent call last)" in said
    assert "KeyError: 'bug'" in said
    assert (
        f"This is a bug of City Pulse, nothing that you did wrong: please report the lines above. It is logged in {logged}"
        in said
    )
    assert "KeyError: 'bug'" in logged.read_text("utf-8")


def _wrapped(error: Exception) -> Exception:
    outer = RuntimeError(str(error))
    outer.__cause__ = error
    return outer


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DatabaseError("Code: 60. DB::Exception: Unknown table 't'. (UNKNOWN_TABLE)"), "run `pulse migrate`"),
        (_wrapped(DatabaseError("x", code=516)), "user or password is wrong"),
        (OperationalError("Error executing HTTP request"), "it does not answer"),
        (ProtocolError("Connection broken: IncompleteRead(3 bytes read)"), "the connection was cut"),
        (KafkaConnectionError("Unable to bootstrap"), "Kafka: the broker does not answer"),
        (TopicAuthorizationFailedError("pulse.sports"), "Kafka: the account lacks a right"),
        (KafkaException(KafkaError(KafkaError._TRANSPORT)), "Kafka: the broker does not answer"),
        (KafkaException(KafkaError(KafkaError._AUTHENTICATION)), "Kafka: the broker does not accept"),
        (
            unavailable("h:1", KafkaConnectionError("Unable to bootstrap")),
            "Kafka at h:1: KafkaConnectionError: Unable to bootstrap. Is PULSE_KAFKA right",
        ),
        (OSError(28, "No space left on device", "/data/x"), "/data/x: the disk is full"),
        (PermissionError(13, "Permission denied", "/etc/x"), "/etc/x: this user may not write there"),
        (OSError(30, "Read-only file system", "/x"), "/x: the file system is read-only"),
    ],
)
def test_a_drivers_error_is_one_sentence(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = ended(error, monkeypatch, capsys)
    assert status == 2
    assert told in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "error",
    [
        DatabaseError("Code: 62. DB::Exception: Syntax error: failed at position 1. (SYNTAX_ERROR)"),
        ProgrammingError("The client has been closed"),
        FileNotFoundError(2, "No such file", "/x"),
        RuntimeError("no reason"),
    ],
)
def test_what_is_our_own_fault_is_no_sentence(error: Exception) -> None:
    assert explained(error) is None


def test_the_tree_of_errors_is_as_it_is_drawn() -> None:
    """Every class is where the drawing says, under what it says; and no other module has one."""
    drawn = re.findall(r"[├└]── (\w+)(?: +([\w.]+))?", errors.__doc__ or "")
    rooms = ("schemas", "streams", "sinks", "dashboards", "pulse")
    for room in rooms:
        for found in walk_packages(import_module(room).__path__, f"{room}."):
            if not found.name.endswith("__main__") and "schemas.data" not in found.name:
                import_module(found.name)
    there, more = set(), [errors.OperatorError]
    while more:
        kinds = [kind for kind in more.pop().__subclasses__() if kind.__module__.partition(".")[0] in rooms]
        there |= {kind for kind in kinds if not kind.__name__.startswith("_")}
        more += kinds
    assert {name for name, _ in drawn} == {kind.__name__ for kind in there}
    places = {kind.__name__: kind.__module__ for kind in there}
    assert all(places[name] == module for name, module in drawn if "." in module)
    assert places["CannotListen"] == "pulse.errors"


@pytest.mark.parametrize("error", [errors.CannotListen("taken: do this"), Unavailable("away: do that")])
def test_what_a_person_can_mend_is_its_text_alone(
    error: errors.OperatorError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(error, monkeypatch, capsys) == (2, f"{error}\n")
