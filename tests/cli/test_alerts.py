"""`pulse alerts`: what it writes, keeps and removes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulse.cli.alerts import command

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def alerts(*words: str) -> Result:
    return CliRunner().invoke(command, words, catch_exceptions=False)


def test_all_is_written_once_and_then_as_it_should_be(folder: Path) -> None:
    assert alerts().exit_code == 0
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*.yml"))
    assert "deploy/alerts/alertmanager.yml" in files
    assert "deploy/alerts/rules/health.yml" in files
    again = alerts("--check")
    assert again.exit_code == 0
    assert again.output == f"deploy/alerts: {len(files)} files, all as they should be\n"


def test_check_writes_nothing_and_says_what_is_not_as_it_should_be(folder: Path) -> None:
    alerts("--out", "here")
    (folder / "here/rules/health.yml").write_text("groups: []\n")
    (folder / "here/rules/gone.yml").write_text("groups: []\n")
    result = alerts("--out", "here", "--check")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "here/rules/health.yml: would change",
        "here/rules/gone.yml: would go: no indicator of that department is left",
    ]
    assert (folder / "here/rules/gone.yml").is_file()
    alerts("--out", "here")
    assert not (folder / "here/rules/gone.yml").exists()
    assert alerts("--out", "here", "--check").exit_code == 0


def test_another_city_and_its_own_gateway(folder: Path) -> None:
    result = alerts(
        "--catalogue", str(DATA / "yunchuan-2025.yaml"), "--regions", str(DATA / "regions-yunchuan.yaml"),
        "--webhook", "http://10.0.0.1:9", "--secret", "", "--runbook", "https://wiki.example/rb",
    )  # fmt: skip
    assert result.exit_code == 0
    routes = (folder / "deploy/alerts/alertmanager.yml").read_text("utf-8")
    assert "http://10.0.0.1:9/duty" in routes
    assert "credentials_file" not in routes
    assert "济宁" not in "".join(file.read_text("utf-8") for file in folder.rglob("*.yml"))
