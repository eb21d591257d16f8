"""The rules as Prometheus's own programs judge them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pulse.alerts.files import ROUTES, files
from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.registry import event_types
from tests.alerts.cases import Case, of_indicators, of_service, of_silence
from tests.alerts.programs import run

REGIONS = load_regions(DEFAULT_REGIONS)
CATALOGUE = load(DEFAULT_CATALOGUE, REGIONS, event_types)
MADE = files(CATALOGUE, REGIONS)
RULES = [name for name in MADE if name != ROUTES]
FOLDER = Path(__file__).parents[2] / "deploy" / "alerts"


def rules(name: str) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(MADE[name])["groups"] for rule in group["rules"]]


def cases(name: str) -> list[Case]:
    """The cases of a file of rules."""
    key = Path(name).stem
    if key == "silence":
        return list(of_silence(CATALOGUE))
    if key == "service":
        return list(of_service())
    own = [one for one in CATALOGUE.indicators if one.department == key and one.target is not None]
    return list(of_indicators(CATALOGUE, own))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules, and their unit tests beside them."""
    folder = tmp_path_factory.mktemp("alerts")
    (folder / "rules").mkdir()
    for name, text in MADE.items():
        (folder / name).write_text(text, "utf-8")
    for name in RULES:
        names = sorted({rule["alert"] for rule in rules(name)})
        for step in {case.step for case in cases(name)}:
            tests = [case.written(names) for case in cases(name) if case.step == step]
            data = {"rule_files": [name], "evaluation_interval": f"{step}m", "tests": tests}
            text = yaml.safe_dump(data, allow_unicode=True)
            (folder / f"{Path(name).stem}-test-{step}.yml").write_text(text, "utf-8")
    return folder


def test_the_committed_files_are_those_of_the_catalogue() -> None:
    there = {str(file.relative_to(FOLDER)): file.read_text("utf-8") for file in FOLDER.rglob("*.yml")}
    assert there == MADE, "run `pulse alerts`"


def test_prometheus_reads_the_rules(folder: Path) -> None:
    said = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *(folder / name for name in RULES))
    assert said.count("SUCCESS") == len(RULES)


@pytest.mark.parametrize("name", RULES)
def test_each_rule_rings_when_it_should_and_only_then(folder: Path, name: str) -> None:
    run("promtool", "test", "rules", *folder.glob(f"{Path(name).stem}-test-*.yml"))


@pytest.mark.parametrize("name", RULES)
def test_each_rule_has_a_case_in_which_it_rings_and_cases_in_which_nothing_does(name: str) -> None:
    rung = {(alert.name, alert.labels.get("indicator")) for case in cases(name) for alert in case.alerts}
    assert rung >= {(rule["alert"], rule["labels"].get("indicator")) for rule in rules(name)}
    assert any(not case.alerts for case in cases(name))
    assert any(not case.series for case in cases(name))
