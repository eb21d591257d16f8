"""`pulse report`: what it writes and what it says where it cannot. On a real embedded database."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from pulse.cli import migrate, report
from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.registry import event_types
from sinks.clickhouse.connection import connect
from streams.generation import generation
from tests.cli import entry

Pulse = Callable[..., Result]


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """The command, on an empty folder."""
    for name in [name for name in os.environ if name.startswith("PULSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULSE_CLICKHOUSE", f"chdb://{tmp_path}/data")

    def run(*words: str) -> Result:
        command = migrate.command if words == ("migrate",) else report.command
        return entry.invoke(command, [] if words == ("migrate",) else words)

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give one of --quarter 2023Q3"),
        (("--quarter", "2023Q1", "--number", "X"), "give one of --quarter 2023Q3"),
        (("--number", "X", "--file"), "--file files a quarter"),
        (("--quarter", "2023Q1", "--county", "370899"), "370899: expected one of"),
        (("--quarter", "2023Q1"), "run `pulse migrate`"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_done(
    pulse: Pulse, words: tuple[str, ...], said: str
) -> None:
    result = pulse(*words)
    assert result.exit_code != 0
    assert said in " ".join(result.stderr.split())


def test_nothing_counted_yet(pulse: Pulse) -> None:
    assert pulse("migrate").exit_code == 0
    assert "start a worker first" in pulse("--quarter", "2023Q1").stderr
    assert "nothing was filed yet" in pulse("--list").stderr


def test_pages_and_workbook_are_written(pulse: Pulse, tmp_path: Path) -> None:
    assert pulse("migrate").exit_code == 0
    with closing(connect(f"chdb://{tmp_path}/data")) as client:
        regions = load_regions(DEFAULT_REGIONS)
        catalogue = load(DEFAULT_CATALOGUE, regions, event_types)
        topics = {measure.topic: 2 for measure in catalogue.measures.values()}
        made = generation(catalogue, regions, topics)
        client.command(
            "INSERT INTO generations SELECT {id:String}, {plan:String}, now64(3), {detail:String}",
            parameters={"id": made.id, "plan": catalogue.plan.id, "detail": made.detail},
        )
    wrong = pulse("--quarter", "2023")
    assert "as in 2023Q3" in wrong.stderr
    result = pulse("--quarter", "2023Q1", "--out", "there", "--no-verify")
    assert result.exit_code == 0, result.output + str(result.exception)
    written = [Path(line).name for line in result.stdout.splitlines()]
    codes = [regions.code, *(county.code for county in regions.counties)]
    assert written == [*(f"2023Q1-{code}.html" for code in codes), "2023Q1.xlsx"]
    assert all((tmp_path / "there" / name).stat().st_size > 5000 for name in written)
    assert "run `pulse assess --once`" in result.stderr
    county = pulse("--quarter", "2023Q1", "--out", "one", "--no-verify", "--county", codes[1])
    assert [Path(line).name for line in county.stdout.splitlines()] == [
        f"2023Q1-{codes[1]}.html",
        f"2023Q1-{codes[1]}.xlsx",
    ]
    filed = pulse("--quarter", "2023Q1", "--out", "filed", "--file")
    assert filed.exit_code == 0, filed.output + str(filed.exception)
    number = "JN-2023Q1-001"
    assert f"Filed as {number}" in filed.stderr
    assert pulse("--list").stdout == f"{number}\n"
    again = pulse("--number", number, "--out", "again")
    assert again.exit_code == 0, again.output + str(again.exception)
    for name in (f"{number}-{code}.html" for code in codes):
        old, new = ((tmp_path / folder / name).read_text("utf-8") for folder in ("filed", "again"))
        assert new.startswith(old.partition("</body>")[0])
        assert "报告期数字没有变化" in new
