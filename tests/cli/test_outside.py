"""Every command over strings that somebody stored: they are shown as data, and the terminal obeys none of them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from pulse.app.city import load_city, prepare
from pulse.app.logging import configure
from pulse.app.settings import load_settings
from pulse.assessor.assessor import Assessor
from pulse.cli.main import COMMANDS
from pulse.cli.main import cli as pulse
from pulse.terminal.screen import Screen, styled
from schemas.visible import visible, visible_lines
from sinks.clickhouse.connection import connect
from sinks.clickhouse.generations import enter
from sinks.clickhouse.tables import arrow
from streams.generation import generation
from tests.cli import entry
from tests.cli.second_city import DATA, second_city

EVIL = (
    "[/r]", '{"open":[true]}', "[/type]", "[bold red]x[/]", "[link=file:///etc/passwd]x[/link]", ":bomb:",
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b[2J\x1b[H", "\x9b31m", "\r济宁", "a\nb\n全部正常", "\x00\x08\x7f",
    "\u202eelder\u202c", "\u2066x\u2069", "\u200b\ufeff", "\u2028", "宽" * 300, "x" * 600, "=cmd|'/c calc'!A1",
    "<script>alert(1)</script>", "{{ 7 * 7 }}", "%s{0}", "\\", "'; DROP TABLE cells; --",
)  # fmt: skip
ALL = "".join(EVIL)
PLACE = "red-cross/0/0"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A city whose names, rows, letters, notes and numbers are such strings; the working folder while it is used."""
    with pytest.MonkeyPatch.context() as patch:
        yield _store(tmp_path_factory.mktemp("outside"), patch)


def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    second_city(tmp_path, monkeypatch)
    plan = (
        (DATA / "yunchuan-2025.yaml").read_text("utf-8").replace("zh: 急救培训,", "zh: '[/r]急救[true]培训',")
    )
    (tmp_path / "plan.yaml").write_text(plan, "utf-8")
    monkeypatch.setenv("PULSE_CATALOGUE", str(tmp_path / "plan.yaml"))
    monkeypatch.setenv("PULSE_KAFKA", "127.0.0.1:1")
    settings = load_settings()
    city = load_city(settings)
    at = int(datetime(2025, 3, 20, tzinfo=UTC).timestamp() * 1000)
    with closing(connect(settings.clickhouse.get_secret_value())) as client:
        prepare(client, city, settings)
        counted = generation(city.catalogue, city.regions, dict.fromkeys(city.topics, 1), {})
        enter(client, counted, city.catalogue.plan.id)
        n = len(EVIL)
        place: dict[str, list[Any]] = {
            "topic": ["red-cross"] * n,
            "partition": [0] * n,
            "offset": list(range(n)),
            "append_time": [at] * n,
        }
        evil = list(EVIL)
        _insert(client, "dead_letters", place | {
            "reason": ["not-json"] * n, "field": evil, "value": evil, "expected": evil, "hint": evil, "source": evil,
            "type": evil, "payload": [ALL] * n,
        })  # fmt: skip
        _insert(client, "events", place | {
            "outcome": ["counted"] * n, "reason": [""] * n, "source": evil, "id": evil, "type": ["red-cross.first-aid"] * n,
            "subject": evil, "revision": [0] * n, "void": [False] * n, "fingerprint": [1] * n, "time": [at * 1000] * n,
            "recorded_time": [None] * n, "region": ["990101"] * n, "dataschema": [""] * n, "data": [b"{}"] * n,
        })  # fmt: skip
        _insert(client, "positions", {
            "generation": [counted.id], "topic": ["red-cross"], "partition": [0], "offset": [n - 1], "append_time": [at],
            "topic_id": [""], "partitions": [1],
        })  # fmt: skip
        client.insert(
            "letter_actions",
            [["red-cross", 0, n - 1, "dropped", datetime(2025, 3, 21, tzinfo=UTC), ALL, -1]],
            column_names=["topic", "partition", "offset", "action", "at", "note", "to_offset"],
        )
        Assessor(city.catalogue, city.regions).refresh(client)
    return tmp_path


def _insert(client: Any, table: str, columns: dict[str, list[Any]]) -> None:
    client.insert_arrow(table, arrow(table, columns))


@pytest.mark.parametrize(
    "words",
    [
        "status", "status --why --region all", "status --json", "status --region 990101",
        "dead-letters list", "dead-letters list --json", f"dead-letters show {PLACE}", "dead-letters show red-cross/0/6",
        "dead-letters redrive --dry-run", "dead-letters drop --dry-run --state dropped",
        "verify", "verify --all", "verify --json", "rebuild --dry-run", "rebuild --drop-old",
        "catalogue list", "catalogue list --measures", "catalogue list --json", "catalogue check", "settings",
        "report --list", "report --quarter 2025Q1 --no-verify", "alerts --check", "migrate", "assess --once",
    ],
)  # fmt: skip
def test_no_command_obeys_what_is_stored(stored: Path, words: str) -> None:
    result = _call(*words.split())
    assert result.exit_code in (0, 1, 2), result.output
    assert "This is a bug" not in result.stderr, result.stderr
    for said in (result.stdout, result.stderr):
        assert visible_lines(said) == said
    if "--json" in words:
        json.loads(result.stdout)


def test_brackets_are_shown_as_they_were_sent(stored: Path) -> None:
    listed = "".join(line.strip("│ \n") for line in _call("dead-letters", "list").stdout.splitlines())
    for text in ("[/r]", '{"open":[true]}', "[/type]", "[bold", ":bomb:", r"\x1b[31m"):
        assert text in listed
    shown = _call("dead-letters", "show", "red-cross/0/1").stdout
    assert ["得到", '{"open":[true]}'] in [line.split() for line in shown.splitlines()]
    assert "[/r]急救[true]培训" in _call("status").stdout
    told = json.loads(_call("dead-letters", "list", "--json").stdout)
    assert {each["value"] for each in told} == set(EVIL[:-1]), "the last one was dropped"


def test_a_line_of_a_list_stays_one_line(stored: Path) -> None:
    lines = _call("dead-letters", "redrive", "--dry-run").stdout.splitlines()
    assert [line for line in lines if line.startswith(("b", "全部正常"))] == []
    assert max(map(len, lines)) < 1_000, "what is too long is cut, with a sign"


@pytest.mark.parametrize(
    "words", [["\x1b[31m"], ["--\x1b[31m"], ["status", "--region", "\x1b[2J[/r]"], ["report", "--number", "\u202e1"],
              ["dead-letters", "show", "a\x1b[1m"], ["alerts", "--out", "/proc/\x1b[31m"]]
)  # fmt: skip
def test_an_error_shows_what_was_typed(stored: Path, words: list[str]) -> None:
    result = _call(*words)
    assert result.exit_code != 0
    assert visible_lines(result.stderr) == result.stderr


def _call(*words: str) -> Result:
    """A command as from the shell."""
    return entry.invoke(pulse, words)


def test_what_was_done_is_said_as_data(stored: Path) -> None:
    """The last of those that need what is stored: afterwards nothing is open."""
    result = _call("dead-letters", "drop", "--yes", "--note", ALL)
    assert result.exit_code == 0
    assert f"{len(EVIL) - 1} dropped" in result.stdout
    assert visible_lines(result.stdout) == result.stdout


# --- The ways to the screen ---


@settings(deadline=None)
@given(st.lists(st.text(max_size=30) | st.sampled_from(EVIL), min_size=1, max_size=4), st.integers(20, 120))
def test_a_table_is_as_wide_as_it_says(cells: list[str], width: int) -> None:
    table = Table(title=cells[0])
    for each in cells:
        table.add_column(each, overflow="fold")
    table.add_row(*cells)
    table.add_row(*(styled((each, "bold")) for each in cells))
    out = StringIO()
    Screen(file=out, width=width).print(table)
    for line in out.getvalue().splitlines():
        assert visible(line) == line
        assert cell_len(line) <= width


@settings(deadline=None)
@given(st.text(max_size=60) | st.sampled_from(EVIL))
def test_a_text_that_was_made_elsewhere_passes_the_last_gate(text: str) -> None:
    out = StringIO()
    Screen(file=out, width=500).print(Text(text), soft_wrap=True)
    assert visible_lines(out.getvalue()) == out.getvalue()


@pytest.mark.parametrize("form", ["console", "json"])
def test_the_log_obeys_nothing(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    import logging

    import structlog

    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        configure(form, "info")
        structlog.get_logger("pulse").info("refused", value=ALL)
        logging.getLogger("theirs").warning("from a library: %s", ALL)
        try:
            raise ValueError(ALL)
        except ValueError:
            structlog.get_logger("pulse").exception("a bug", why=ALL)
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    said = capsys.readouterr().err
    assert "from a library" in said
    assert "ValueError" in said
    assert visible_lines(said) == said


def test_all_that_commands_say_goes_through_one_place() -> None:
    """Lines through `terminal/lines.py`, tables through `terminal/screen.py`: a print, an echo or a console beside them lets
    everything through."""
    gates = {"terminal/lines.py", "terminal/screen.py"}
    rooms = Path(__file__).parents[2] / "pulse"
    files = [
        file for room in ("app", "cli", "demo", "terminal") for file in sorted((rooms / room).glob("*.py"))
    ]
    assert len(files) > 30
    for file in files:
        name = file.relative_to(rooms).as_posix()
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if name not in gates and isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {
                    "print",
                    "click.echo",
                    "click.secho",
                    "Console",
                    "echo",
                    "Text.from_markup",
                }, f"{name}:{node.lineno}: {called}"
    assert set(COMMANDS) >= {"status", "dead-letters", "verify"}
