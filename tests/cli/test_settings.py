"""Settings: where they come from, what is wrong with them, and what is never printed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from pulse.app.settings import RENAMED, BadSettings, Settings, load_settings
from pulse.cli.settings_list import _without_password, command


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, and none of this machine's settings."""
    for name in [name for name in os.environ if name.startswith("PULSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults() -> None:
    settings = load_settings()
    assert settings.kafka == "127.0.0.1:9092"
    assert settings.clickhouse.get_secret_value().startswith("chdb:///")
    assert settings.catalogue is None
    assert settings.clock == "wall"


def test_an_option_before_the_environment_before_the_file_before_the_default(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "pulse.toml").write_text('kafka = "file:1"\nconsumer_group = "file"\ntopic_prefix = "file."\n')
    monkeypatch.setenv("PULSE_KAFKA", "environment:1")
    monkeypatch.setenv("PULSE_CONSUMER_GROUP", "environment")
    settings = load_settings(kafka="option:1", consumer_group=None)
    assert (settings.kafka, settings.consumer_group, settings.topic_prefix) == (
        "option:1",
        "environment",
        "file.",
    )
    assert settings.flush_interval_seconds == 0.2


def test_another_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pulse.toml").write_text('consumer_group = "not read"\n')
    (folder / "other.toml").write_text(
        'topic_prefix = "other."\nmetrics_port = 0\nflush_interval_seconds = 1\n'
    )
    monkeypatch.setenv("PULSE_CONFIG", str(folder / "other.toml"))
    settings = load_settings()
    assert (
        settings.topic_prefix,
        settings.metrics_port,
        settings.flush_interval_seconds,
        settings.consumer_group,
    ) == (
        "other.",
        0,
        1.0,
        "pulse",
    )


def test_a_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_CONFIG", "nowhere.toml")
    with pytest.raises(BadSettings, match=r"PULSE_CONFIG=nowhere\.toml: no such file"):
        load_settings()


@pytest.mark.parametrize("text", ["kafka = ", "kafka: yaml", 'kafka = "a:1"\nkafka = "b:1"', "\x00"])
def test_a_file_that_is_no_toml(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (folder / "pulse.toml").write_text(text)
    monkeypatch.setenv("PULSE_KAFAK", "host:1")
    with pytest.raises(BadSettings) as caught:
        load_settings()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("PULSE_KAFAK: no such setting"), "what else is wrong is said as well"
    assert lines[1].startswith("pulse.toml: ")


def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt setting would otherwise be silently another one's default."""
    monkeypatch.setenv("PULSE_KAFAK", "host:1")
    monkeypatch.setenv("PULSE_CLICKHOUSE_URL", "http://u:secret@host")
    with pytest.raises(BadSettings) as caught:
        load_settings()
    assert str(caught.value).splitlines() == [
        "PULSE_CLICKHOUSE_URL: no such setting; `pulse settings` lists them",
        "PULSE_KAFAK: no such setting; `pulse settings` lists them",
    ]


def test_an_unknown_name_in_the_file_is_refused(folder: Path) -> None:
    (folder / "pulse.toml").write_text('kafak = "host:1"\n')
    with pytest.raises(
        BadSettings, match=r"^kafak in .*pulse.toml: no such setting; `pulse settings` lists them"
    ):
        load_settings()


def test_a_former_name_is_refused_with_the_present_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment, in any case, and in the file; all at once, whatever else is wrong."""
    (folder / "pulse.toml").write_text("board_least = 5\nlinger = 1\n")
    monkeypatch.setenv("PULSE_MOST", "90000")
    monkeypatch.setenv("PULSE_LOG", "")
    monkeypatch.setenv("pulse_budget", "64")
    monkeypatch.setenv("PULSE_KAFAK", "host:1")
    with pytest.raises(BadSettings) as caught:
        load_settings()
    assert sorted(str(caught.value).splitlines()) == [
        "PULSE_BOARD_LEAST: renamed, set PULSE_BOARD_MIN_GROUP instead (board_min_group in pulse.toml)",
        "PULSE_BUDGET: renamed, set PULSE_BUFFER_MIB instead (buffer_mib in pulse.toml)",
        "PULSE_KAFAK: no such setting; `pulse settings` lists them",
        "PULSE_LINGER: renamed, set PULSE_FLUSH_INTERVAL_SECONDS instead (flush_interval_seconds in pulse.toml)",
        "PULSE_LOG: renamed, set PULSE_LOG_FORMAT instead (log_format in pulse.toml)",
        "PULSE_MOST: renamed, set PULSE_MAX_PENDING_EVENTS instead (max_pending_events in pulse.toml)",
    ]


def test_no_former_name_is_one_of_today() -> None:
    assert not set(RENAMED) & set(Settings.model_fields)
    assert set(RENAMED.values()) <= set(Settings.model_fields)


def test_all_that_is_wrong_is_said_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pulse.toml").write_text('max_pending_events = 1\nclock = "sundial"\n')
    monkeypatch.setenv("PULSE_KAFKA", "host")
    monkeypatch.setenv("PULSE_FLUSH_INTERVAL_SECONDS", "soon")
    monkeypatch.setenv("PULSE_METRICS_PORT", "70000")
    monkeypatch.setenv("PULSE_SESSION_TIMEOUT_SECONDS", "1")
    monkeypatch.setenv("PULSE_CONSUMER_GROUP", "")
    monkeypatch.setenv("PULSE_NONSENSE", "1")
    with pytest.raises(BadSettings) as caught:
        load_settings()
    said = str(caught.value)
    assert {line.partition(":")[0] for line in said.splitlines()} == {
        "PULSE_MAX_PENDING_EVENTS", "PULSE_CLOCK", "PULSE_KAFKA", "PULSE_FLUSH_INTERVAL_SECONDS", "PULSE_METRICS_PORT",
        "PULSE_SESSION_TIMEOUT_SECONDS", "PULSE_CONSUMER_GROUP", "PULSE_NONSENSE",
    }  # fmt: skip
    assert "'host' is not HOST:PORT (Kafka's bootstrap servers" in said
    assert "'wall' or 'stream'" in said


@pytest.mark.parametrize("kafka", ["host:1", "a:1,b:2", "a:1, b:2", "[::1]:9092"])
def test_addresses(kafka: str) -> None:
    assert load_settings(kafka=kafka).kafka == kafka


@pytest.mark.parametrize(
    "kafka",
    ["host", ":9092", "host:", "host:port", "a:1,", "a:1;b:2", "kafka://a:1", "a b:1", "::1:9092", ""],
)
def test_no_addresses(kafka: str) -> None:
    with pytest.raises(BadSettings, match=r"is not HOST:PORT"):
        load_settings(kafka=kafka)


def test_an_empty_variable_of_a_path_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files hand on `PULSE_CATALOGUE=${PULSE_CATALOGUE:-}`."""
    for name in ("CATALOGUE", "REGIONS", "INSTANCE", "TOPIC_PREFIX"):
        monkeypatch.setenv(f"PULSE_{name}", "")
    settings = load_settings()
    assert (settings.catalogue, settings.regions, settings.instance) == (None, None, None)
    assert settings.topic_prefix == "", "topics without a prefix are meant"


def test_a_secret_is_not_in_errors_or_representations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_CLICKHOUSE", "http://user:hunter2@host:8123/db")
    assert "hunter2" not in repr(load_settings())
    assert "hunter2" not in str(load_settings())
    monkeypatch.setenv("PULSE_KAFKA", "wrong")
    with pytest.raises(BadSettings) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_every_setting_is_documented() -> None:
    assert all(field.description for field in Settings.model_fields.values())


# --- pulse settings ---


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_BOARD_PASSWORD", "hunter2@home")
    shown = CliRunner().invoke(command, env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert "PULSE_BOARD_PASSWORD" in shown.output
    assert "hunter2" not in shown.output
    assert "home" not in shown.output


def shown(monkeypatch: pytest.MonkeyPatch, width: str = "200") -> str:
    monkeypatch.setenv("COLUMNS", width)
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_list_names_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_KAFKA", "broker-7:9092")
    text = shown(monkeypatch)
    for name in Settings.model_fields:
        assert f"PULSE_{name.upper()} " in text
    assert "broker-7:9092" in text


@pytest.mark.parametrize("width", ["80", "200"])
@pytest.mark.parametrize(
    "url", ["http://user:hunter2@host:8123/db", "user:hunter2@host", "http://host/db?password=hunter2"]
)
def test_the_list_shows_no_password(monkeypatch: pytest.MonkeyPatch, url: str, width: str) -> None:
    monkeypatch.setenv("PULSE_CLICKHOUSE", url)
    text = shown(monkeypatch, width)
    assert "hunter2" not in text
    assert "host" in text


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("chdb:///data/folder", "chdb:///data/folder"),
        ("http://host:8123/db", "http://host:8123/db"),
        ("http://user@host", "http://user:***@host"),
        ("http://user:secret@host:8123/db", "http://user:***@host:8123/db"),
        ("http://user:se@cret@host", "http://user:***@host"),
        ("http://user:se/cret@host", "http://user:***@host"),
        ("http://user:se://cret@host", "http://user:***@host"),
        ("http://user:se?cret@host", "http://user:***@host"),
        ("user:secret@host", "user:***@host"),
        ("http://host/db?password=secret", "http://host/db"),
        ("http://host/db?user=u@x&password=secret", "http://host:***@x"),
        ("", ""),
    ],
)
def test_a_url_as_it_may_be_shown(url: str, safe: str) -> None:
    assert _without_password(url) == safe


# --- Secrets in files ---


def test_a_secret_in_a_file_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "url").write_text("http://pulse:hunter2@clickhouse:8123/default\n")
    (folder / "pulse.toml").write_text('clickhouse = "chdb:///elsewhere"\n')
    monkeypatch.setenv("PULSE_CLICKHOUSE_FILE", str(folder / "url"))
    settings = load_settings()
    assert settings.clickhouse.get_secret_value() == "http://pulse:hunter2@clickhouse:8123/default"
    assert "hunter2" not in repr(settings)
    assert load_settings(clickhouse="chdb:///x").clickhouse.get_secret_value() == "chdb:///x", (
        "options go first"
    )


def test_a_secret_and_its_file_are_one_too_many(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "url").write_text("http://file")
    monkeypatch.setenv("PULSE_CLICKHOUSE_FILE", str(folder / "url"))
    monkeypatch.setenv("PULSE_CLICKHOUSE", "http://user:hunter2@variable")
    with pytest.raises(
        BadSettings, match="PULSE_CLICKHOUSE_FILE and PULSE_CLICKHOUSE are both set"
    ) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_a_secret_file_that_cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_MOST", "1")  # what else is wrong is said as well
    for content, why in ((None, "No such file"), (b"\xff\xfe", "no UTF-8")):
        if content is not None:
            (folder / "url").write_bytes(content)
        monkeypatch.setenv("PULSE_CLICKHOUSE_FILE", str(folder / "url"))
        with pytest.raises(BadSettings, match=rf"PULSE_MOST: renamed.*\nPULSE_CLICKHOUSE_FILE=.*url: {why}"):
            load_settings()


def test_only_secrets_may_lie_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_GROUP_FILE", "/run/secrets/group")
    with pytest.raises(BadSettings, match="PULSE_GROUP_FILE: no such setting"):
        load_settings()
