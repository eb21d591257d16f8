"""The command `pulse`: instant help, near misses, and errors that are meant for people."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import click
import pytest
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from click.testing import CliRunner
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError
from confluent_kafka import KafkaError, KafkaException
from urllib3.exceptions import ProtocolError

from pulse.cli import main
from pulse.cli.main import COMMANDS, cli, is_for_people
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


class BadSettings(Exception):
    """As one of ours: errors are known by name, so that nothing is imported for it."""


class Worse(BadSettings):
    pass


@pytest.mark.parametrize("error", [BadSettings("PULSE_X: wrong"), Worse("PULSE_X: wrong")])
def test_what_a_person_can_mend_is_told_without_a_traceback(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(main, "cli", fails)
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == 2
    assert click.unstyle(capsys.readouterr().err) == "PULSE_X: wrong\n"


def test_a_bug_keeps_its_traceback_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fails() -> None:
        raise KeyError("bug")

    monkeypatch.setattr(main, "cli", fails)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == 1
    said = click.unstyle(capsys.readouterr().err)
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
            Unavailable("Kafka at h:1: KafkaConnectionError('Unable to bootstrap')"),
            "Kafka at h:1: Unable to bootstrap. Is PULSE_KAFKA right",
        ),
        (OSError(28, "No space left on device", "/data/x"), "/data/x: the disk is full"),
    ],
)
def test_a_drivers_error_is_one_sentence(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(main, "cli", fails)
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == 2
    said = click.unstyle(capsys.readouterr().err)
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
    assert main.in_words(error) is None


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("pulse.app.settings", "BadSettings"),
        ("schemas.catalogue.loader", "CatalogueError"),
        ("sinks.clickhouse.connection", "BadUrl"),
        ("sinks.clickhouse.connection", "CannotConnect"),
        ("sinks.clickhouse.migrate", "NewerDatabase"),
        ("sinks.clickhouse.generations", "OtherGeneration"),
        ("streams.ports", "Unavailable"),
        ("pulse.app.service", "MissingTopics"),
    ],
)
def test_errors_for_people_are_still_called_so(module: str, name: str) -> None:
    """They are listed by name: one that is renamed would show its traceback."""
    kind = getattr(import_module(module), name)
    assert is_for_people(kind.__new__(kind))
    assert not is_for_people(ValueError("a bug"))
