"""`pulse catalogue` as its users meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulse.cli.catalogue import command

DATA = Path(__file__).parents[1] / "data"
YUNCHUAN = ("--catalogue", str(DATA / "yunchuan-2025.yaml"), "--regions", str(DATA / "regions-yunchuan.yaml"))


def pulse(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(command, arguments, env=env)


def test_check_says_what_there_is() -> None:
    result = pulse("check", *YUNCHUAN)
    assert result.exit_code == 0, result.output
    assert result.output == "云川市2025年社区服务计划 · 云川市: 5 indicators, 6 measures, 6 event types\n"


def test_the_default_is_jinings_plan() -> None:
    result = pulse("check")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("济宁市2023年")


def test_files_from_the_environment() -> None:
    result = pulse("check", env={"PULSE_CATALOGUE": YUNCHUAN[1], "PULSE_REGIONS": YUNCHUAN[3]})
    assert result.exit_code == 0
    assert "云川市" in result.output


def test_check_lists_every_fault_and_fails(tmp_path: Path) -> None:
    text = Path(YUNCHUAN[1]).read_text(encoding="utf-8")
    broken = tmp_path / "plan.yaml"
    broken.write_text(
        text.replace("measure: brands", "measure: brand").replace("due: 2025-11-30", "due: 2024-11-30", 1)
    )
    result = pulse("check", "--catalogue", str(broken), *YUNCHUAN[2:])
    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0].startswith(
        f"{broken}:6: plan.due: due 2024-11-30; expected a day after the start, 2025-03-01"
    )
    assert "there is no measure 'brand'; expected one that exists, such as brands" in result.stderr
    assert lines[-1] == f"{len(lines) - 1} faults"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = pulse("list", "--catalogue", str(tmp_path / "none.yaml"))
    assert result.exit_code == 1
    assert "No such file" in result.stderr


def test_list_words_the_targets_as_the_plan_does() -> None:
    result = pulse("list")
    assert result.exit_code == 0
    row = next(line for line in result.output.splitlines() if "a09.community_games" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "a09.community_games", "社区运动会", "9", "sports", "> 200 场", "2023-12-31", "count",
    ]  # fmt: skip


def test_list_as_json() -> None:
    rows = json.loads(pulse("list", "--json", *YUNCHUAN).output)
    assert rows[0] == {
        "id": "a01.carriers",
        "name": "有两个以上活动载体的县",
        "name_en": "Counties with two carriers",
        "action": 1,
        "department": "culture",
        "target": "= 100 %",
        "due": "2025-11-30",
        "formula": "coverage",
    }
    assert {row["due"] for row in rows} == {"2025-11-30", "month", "always"}


@pytest.mark.parametrize(
    ("view", "row"),
    [
        ("--measures", {"measure": "shelters_registered", "reducer": "condition", "feeds": [
            "emergency.shelter-surveyed: listed, home", "emergency.shelter-registered: listed"]}),
        ("--events", {"type": "red-cross.first-aid-session", "fields": ["region", "attendances", "name?"],
                      "measures": ["first_aid"]}),
    ],
)  # fmt: skip
def test_list_of_measures_and_events(view: str, row: dict[str, object]) -> None:
    rows = json.loads(pulse("list", view, "--json", *YUNCHUAN).output)
    assert any(row.items() <= found.items() for found in rows), rows
    assert str(next(iter(row.values()))) in pulse("list", view, *YUNCHUAN).output


def test_feeds_in_words() -> None:
    feeds = {row["measure"]: row["feeds"] for row in json.loads(pulse("list", "--measures", "--json").output)}
    assert feeds["communities"] == ["civil-affairs.community: listed, if kind is urban or rural"]
    assert feeds["reemployed"] == ["employment.person-employed: if registered_unemployed_on is given"]
    assert feeds["elders_visited"][1] == "civil-affairs.elder-visit: until the month's end"


def test_help_teaches_and_loads_nothing() -> None:
    assert "no code" in pulse("--help").output
    assert "PULSE_CATALOGUE" in pulse("check", "--help").output
    loaded = "import sys, pulse.cli.catalogue; print([m for m in ('pydantic', 'rich', 'yaml') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
