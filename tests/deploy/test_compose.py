"""deploy/compose.yaml: against Compose's own schema, and each thing that it names against what reads it.

No container is run here. compose-spec.json is schema/compose-spec.json of github.com/compose-spec/compose-spec at
170098ba07d9 (Apache-2.0, Copyright 2020 The Compose Specification Authors).
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from pulse.app.settings import load_settings
from pulse.brokers import jars, java
from pulse.brokers.errors import MissingError
from pulse.cli.main import COMMANDS, cli
from tests.alerts.programs import run

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"prepare"}
"""Ends when it is done."""
WATCHED_BY_ALERTS = {"verify"}
"""Answers nobody; an alert rings where its verdicts stay away."""


def test_compose_reads_it() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    faults = list(jsonschema.Draft7Validator(schema).iter_errors(COMPOSE))
    assert not faults, [f"{fault.json_path}: {fault.message}" for fault in faults]


def test_the_schema_would_find_a_fault() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text("utf-8"))
    wrong = {"services": {"kafka": {"image": "x", "healtcheck": {}}}}
    assert not jsonschema.Draft7Validator(schema).is_valid(wrong)


def test_all_that_the_plan_needs_is_there() -> None:
    assert {
        "kafka",
        "clickhouse",
        "worker-1",
        "worker-2",
        "board",
        "prometheus",
        "alertmanager",
        "grafana",
    } <= SERVICES.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_hardened_and_watched(name: str) -> None:
    service = SERVICES[name]
    image, _, tag = service["image"].partition(":")
    assert re.match(r"v?\d+\.\d+", tag), f"{image}: a version, not {tag!r}"
    uid = str(service["user"]).partition(":")[0]
    assert int(uid) > 0, "no container runs as root"
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert ("healthcheck" in service) != (name in ONE_SHOT | WATCHED_BY_ALERTS)
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_names_is_there(name: str) -> None:
    service = SERVICES[name]
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], volume
    for secret in service.get("secrets", []):
        assert (secret if isinstance(secret, str) else secret["source"]) in COMPOSE["secrets"]
    for other, how in service.get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
        assert how["condition"] == expected
        assert "healthcheck" in SERVICES[other] or other in ONE_SHOT
    if build := service.get("build"):
        assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()


def test_every_volume_and_secret_is_used() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    for name in (*COMPOSE["volumes"], *COMPOSE["secrets"]):
        assert len(re.findall(rf"\b{name}\b", text)) > 1, name


def test_no_secret_stands_in_the_file() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            secret = re.search("PASSWORD|TOKEN|SECRET|CLICKHOUSE_FILE", variable)
            assert not secret or str(value).startswith("/run/secrets/"), (name, variable)


# --- The secrets ---


def test_secrets_are_made_once_and_fit_together(tmp_path: Path) -> None:
    def made() -> dict[str, str]:
        subprocess.run(
            [DEPLOY / "make-secrets", tmp_path / "secrets"], check=True, capture_output=True, timeout=30
        )
        return {file.name: file.read_text("utf-8") for file in (tmp_path / "secrets").iterdir()}

    first = made()
    assert {Path(about["file"]).name for about in COMPOSE["secrets"].values()} == first.keys()
    assert made() == first, "a second run changes none"
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0, "the folder keeps others out"
    assert all(file.stat().st_mode & 0o777 == 0o444 for file in (tmp_path / "secrets").iterdir())

    url = urlsplit(first["clickhouse_url"])
    accounts = ET.fromstring(first["clickhouse_users.xml"]).find("users")
    assert accounts is not None
    board = urlsplit(first["clickhouse_board_url"])
    assert (board.hostname, board.port, board.path) == (url.hostname, url.port, url.path)
    for account, password in (
        (url.username, url.password),
        (board.username, board.password),
        ("grafana", first["clickhouse_grafana_password"]),
    ):
        assert account
        assert password
        hashed = accounts.findtext(f"{account}/password_sha256_hex")
        assert hashed == hashlib.sha256(password.encode()).hexdigest()
        assert password not in first["clickhouse_users.xml"]
    default = accounts.find("default")
    assert default is not None
    assert default.get("remove") == "remove", "an account without a password"
    assert (url.hostname, url.port) == ("clickhouse", 8123)
    assert SERVICES["grafana"]["environment"]["CLICKHOUSE_USER"] in [account.tag for account in accounts]
    assert url.path == "/" + SERVICES["grafana"]["environment"]["CLICKHOUSE_DATABASE"]


def test_secrets_stay_out_of_git() -> None:
    asked = subprocess.run(["git", "check-ignore", "deploy/secrets/alert_token"], cwd=ROOT, check=False)
    assert asked.returncode == 0


# --- What reads the files ---


@pytest.mark.parametrize(
    "name", [name for name, service in SERVICES.items() if service["image"].startswith("city-pulse:")]
)
def test_the_worker_understands_its_settings(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is no setting would be refused, and so would a value that is none."""
    subprocess.run([DEPLOY / "make-secrets", tmp_path], check=True, capture_output=True, timeout=30)
    for variable, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(variable, str(value).replace("/run/secrets", str(tmp_path)))
    settings = load_settings()
    assert settings.kafka == "kafka:9092"
    account = "grafana" if name == "board" else "pulse"
    assert settings.clickhouse.get_secret_value().startswith(f"http://{account}:")
    assert name != "board" or (settings.board_host, settings.board_port) == ("0.0.0.0", 8080)
    assert name != "board" or settings.board_password is not None
    if "worker" in name:
        assert (settings.instance, settings.metrics_host, settings.metrics_port) == (name, "0.0.0.0", 9461)


def test_the_commands_exist() -> None:
    called = re.findall(r"pulse ((?:[a-z-]+)(?: --?[a-z-]+)*)", json.dumps(SERVICES))
    assert called
    for words in called:
        name, *options = words.split()
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None, words
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(options) <= known, words
    assert SERVICES["worker-1"]["command"][0] in COMMANDS


def test_prometheus_reads_its_configuration_and_the_rules(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY / "alerts", tmp_path / "alerts")
    shutil.copy(DEPLOY / "prometheus.yml", tmp_path)
    assert "rule files found" in run("promtool", "check", "config", tmp_path / "prometheus.yml")
    targets = yaml.safe_load((DEPLOY / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    named = [target for job in targets for group in job["static_configs"] for target in group["targets"]]
    for host in {target.partition(":")[0] for target in named} - {"localhost"}:
        assert host in SERVICES


def test_clickhouse_settings_are_well_formed() -> None:
    root = ET.parse(DEPLOY / "clickhouse" / "config.xml").getroot()
    assert root.tag == "clickhouse"
    assert root.findtext("listen_host") == "0.0.0.0"


def test_kafka_accepts_its_settings(tmp_path: Path) -> None:
    """As the image turns variables into properties: KAFKA_NODE_ID is node.id. Its own tool reads them."""
    try:
        program, path = java.find(), jars.fetch()
    except MissingError as error:
        pytest.skip(f"no Apache Kafka here: {error}")
    variables = {**SERVICES["kafka"]["environment"], "KAFKA_LOG_DIRS": str(tmp_path / "data")}
    properties = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): re.sub(r"\$\{\w+:-(\w+)\}", r"\1", value)
        for name, value in variables.items()
        if name.startswith("KAFKA_")
    }
    file = tmp_path / "server.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()), "utf-8")
    done = subprocess.run(
        [str(program.program), "-cp", ":".join(map(str, path)), "kafka.tools.StorageTool", "format",
         f"--cluster-id={variables['CLUSTER_ID']}", "--config", file],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "node.id=1" in (tmp_path / "data" / "meta.properties").read_text("utf-8")


# --- The image ---


def test_the_image_has_all_packages_and_nothing_secret() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    let_in = [
        line.removeprefix("!")
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    ]
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*packages, "pyproject.toml", "requirements.lock", project["project"]["readme"]} <= set(let_in)
    assert all((ROOT / name).exists() for name in let_in)
    assert "deploy" not in let_in


def test_the_image_is_built_by_the_makefiles_uv_and_runs_as_the_user_of_compose() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
    version = re.search(r"^UV_VERSION := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert version
    assert f"uv=={version[1]}" in dockerfile
    assert f"USER {SERVICES['worker-1']['user']}" in dockerfile
    assert f"--uid {SERVICES['worker-1']['user'].partition(':')[0]}" in dockerfile
    grafana = (DEPLOY / "grafana.Dockerfile").read_text("utf-8")
    assert f"USER {SERVICES['grafana']['user']}" in grafana
