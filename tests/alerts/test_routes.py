"""Who hears of what, as Alertmanager's own program judges it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pulse.alerts.files import ROUTES, AlertAddresses, files
from tests.alerts.programs import run
from tests.alerts.test_rules import CATALOGUE, MADE, REGIONS, RULES, rules
from tests.alerts.test_tempo import seconds

ALL = [rule for name in RULES for rule in rules(name)]
CONFIG: dict[str, Any] = yaml.safe_load(MADE[ROUTES])
OF_THE_PLAN = {
    "PulseOverdue", "PulseClosingShort", "PulseLagging", "PulseAtRisk", "PulseDepartmentSilent", "PulseCountySilent",
}  # fmt: skip


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration as a file."""
    file = tmp_path_factory.mktemp("routes") / ROUTES
    file.write_text(MADE[ROUTES], "utf-8")
    return file


def test_alertmanager_reads_it(config: Path) -> None:
    said = run("amtool", "check-config", config)
    assert "SUCCESS" in said
    assert f"{2 + len(CATALOGUE.departments)} receivers" in said


def routed(config: Path, alert: str, **labels: str) -> list[str]:
    """The receivers of an alert, by amtool."""
    words = [f"{name}={value}" for name, value in {"alertname": alert, **labels}.items()]
    said = run("amtool", "config", "routes", "test", "--config.file", config, *words)
    return sorted(said.strip().split(","))


@pytest.mark.parametrize("department", list(CATALOGUE.departments))
def test_the_duty_officer_and_the_department_hear_of_its_indicators(config: Path, department: str) -> None:
    for alert in sorted({rule["alert"] for rule in ALL if rule["labels"].get("department") == department}):
        heard = routed(config, alert, department=department, tier="slow", severity="warning", indicator="x")
        assert heard == sorted(["duty", f"department-{department}"])


def test_operations_and_the_duty_officer_hear_of_the_service_and_the_department_of_what_it_sends(
    config: Path,
) -> None:
    for rule in rules("rules/service.yml"):
        labels = {"tier": rule["labels"]["tier"]}
        assert routed(config, rule["alert"], **labels) == ["duty", "operations"], rule["alert"]
    assert routed(config, "PulseRefusals", tier="fast", department="health") == [
        "department-health",
        "duty",
        "operations",
    ]


def test_an_alert_of_somebody_else_reaches_the_duty_officer(config: Path) -> None:
    assert "duty" in routed(config, "Whatever")


def test_labels_are_words_and_every_rule_has_those_that_it_is_routed_by() -> None:
    for rule in ALL:
        labels = rule["labels"]
        assert not [value for value in labels.values() if "{{" in value], (
            "a value in a label makes another alert"
        )
        assert labels["severity"] in ("critical", "warning", "info")
        assert labels["tier"] in ("fast", "slow")
        if rule["alert"] in OF_THE_PLAN:
            assert labels["department"] in CATALOGUE.departments
            assert labels["tier"] == "slow"


def test_every_indicator_with_a_target_can_ring_and_nothing_else_of_the_plan_does() -> None:
    expected = {
        (alert, indicator.id)
        for indicator in CATALOGUE.indicators
        if indicator.target is not None
        for alert in ("PulseOverdue", "PulseLagging", "PulseAtRisk")
    } | {
        ("PulseClosingShort", indicator.id)
        for indicator in CATALOGUE.indicators
        if indicator.target is not None and indicator.cadence in ("month", "quarter")
    }
    assert {
        (rule["alert"], rule["labels"]["indicator"]) for rule in ALL if "indicator" in rule["labels"]
    } == expected


# --- Inhibition: amtool cannot try it; the rules are read here as Alertmanager's documentation defines them ---


def inhibited(source: dict[str, str], target: dict[str, str]) -> bool:
    """Whether `source`, ringing, keeps `target` from being told."""
    return any(
        _matches(rule["source_matchers"], source)
        and _matches(rule["target_matchers"], target)
        and all(source.get(name, "") == target.get(name, "") for name in rule.get("equal", []))
        for rule in CONFIG["inhibit_rules"]
    )


def _matches(matchers: list[str], labels: dict[str, str]) -> bool:
    for matcher in matchers:
        name, quoted = matcher.split('="', 1) if '="' in matcher else matcher.split('=~"', 1)
        allowed = quoted.removesuffix('"').split("|")
        if labels.get(name.removesuffix("="), "") not in allowed:
            return False
    return True


def alert(name: str, **labels: str) -> dict[str, str]:
    return {"alertname": name, **labels}


HEALTH = {"department": "health", "indicator": "a06.guardian_subsidy", "county": "370811"}


@pytest.mark.parametrize(
    ("source", "target", "quiet"),
    [
        (alert("PulseDepartmentSilent", department="health"), alert("PulseLagging", **HEALTH), True),
        (alert("PulseDepartmentSilent", department="health"), alert("PulseCountySilent", **HEALTH), True),
        (alert("PulseDepartmentSilent", department="sports"), alert("PulseLagging", **HEALTH), False),
        (
            alert("PulseCountySilent", department="health", county="370811"),
            alert("PulseLagging", **HEALTH),
            True,
        ),
        (
            alert("PulseCountySilent", department="health", county="370881"),
            alert("PulseLagging", **HEALTH),
            False,
        ),
        (alert("PulseOverdue", **HEALTH), alert("PulseLagging", **HEALTH), True),
        (alert("PulseOverdue", **HEALTH), alert("PulseAtRisk", **HEALTH), True),
        (alert("PulseOverdue", **{**HEALTH, "county": "370800"}), alert("PulseAtRisk", **HEALTH), False),
        (alert("PulseOverdue", **{**HEALTH, "indicator": "a06.x"}), alert("PulseLagging", **HEALTH), False),
        (alert("PulseLagging", **HEALTH), alert("PulseOverdue", **HEALTH), False),
        (alert("PulseLagging", **HEALTH), alert("PulseAtRisk", **HEALTH), True),
        (alert("PulseClickHouseDown", instance="a"), alert("PulseLagging", **HEALTH), True),
        (alert("PulseClickHouseDown", instance="a"), alert("PulseAssessmentStale"), True),
        (alert("PulseClickHouseDown", instance="a"), alert("PulseVerifyDiffers"), False),
        (
            alert("PulseClickHouseDown", instance="a"),
            alert("PulsePartitionPaused", department="health"),
            False,
        ),
        (alert("PulseNoWorker"), alert("PulseClickHouseDown", instance="a"), True),
        (
            alert("PulseRefusals", department="health"),
            alert("PulseRefusalsAboveNormal", department="health"),
            True,
        ),
        (alert("PulseRefusals", department="health"), alert("PulseLagging", **HEALTH), False),
        (alert("PulseStuck", topic="health"), alert("PulseLag", topic="health"), True),
        (alert("PulseStuck", topic="health"), alert("PulseLag", topic="sports"), False),
    ],
)
def test_what_is_said_by_something_worse_is_not_said_again(
    source: dict[str, str], target: dict[str, str], quiet: bool
) -> None:
    assert inhibited(source, target) == quiet


def test_no_alert_inhibits_itself_and_no_two_each_other() -> None:
    names = sorted({rule["alert"] for rule in ALL})
    labels = {"department": "health", "indicator": "x", "county": "370811"}
    pairs = {(a, b) for a in names for b in names if inhibited(alert(a, **labels), alert(b, **labels))}
    assert not [pair for pair in pairs if pair[0] == pair[1] or pair[::-1] in pairs]


def test_what_is_covered_ends_before_what_covers_it() -> None:
    """Once all goes on again nothing need be told for a while: the worse alert of the service rings on the longest."""
    keeps = {rule["alert"]: seconds(rule["keep_firing_for"]) for rule in rules("rules/service.yml")}
    for worse in ("PulseClickHouseDown", "PulseNoWorker"):
        covered = {name for name in keeps if inhibited(alert(worse), alert(name))}
        assert covered >= {"PulseLag", "PulseStuck", "PulseAssessmentStale"}
        assert all(keeps[name] < keeps[worse] for name in covered - {"PulseClickHouseDown"})


def test_inhibition_names_only_alerts_that_there_are() -> None:
    names = {rule["alert"] for rule in ALL}
    named = {
        word
        for rule in CONFIG["inhibit_rules"]
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
        for word in matcher.split('"')[1].split("|")
    }
    assert named <= names


def test_a_city_names_its_own_gateway_and_runbook() -> None:
    made = files(CATALOGUE, REGIONS, AlertAddresses("https://wiki.example/rb", "http://10.0.0.1:9", None))
    assert "http_config" not in made[ROUTES]
    assert "http://10.0.0.1:9/departments/health" in made[ROUTES]
    assert "https://wiki.example/rb#lagging" in made["rules/health.yml"]
