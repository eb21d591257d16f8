"""`pulse topics` on a real Kafka."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from brokers.apache import ApacheKafka
from cli.city import load_city
from cli.settings import load_settings
from cli.topics import command
from streams.kafka import create_topics
from tests.kafka import kafka

__all__ = ["kafka"]


def test_what_is_missing_is_said_and_is_no_success(
    kafka: ApacheKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_KAFKA", kafka.bootstrap)
    monkeypatch.setenv("PULSE_PREFIX", "cli-topics.")
    monkeypatch.setenv("COLUMNS", "200")
    run = CliRunner().invoke
    missing = run(command, [])
    assert (missing.exit_code, "missing: pulse topics --create" in missing.output) == (1, True)
    created = run(command, ["--create", "--partitions", "1"])
    assert (created.exit_code, "created" in created.output) == (0, True)
    there = run(command, [])
    assert (there.exit_code, "missing" in there.output, "created" in there.output) == (0, False, False)


def test_topics_with_publishers_times_are_told_of(
    kafka: ApacheKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pulse demo` makes such ones: to what counts for real they are a trap."""
    monkeypatch.setenv("PULSE_KAFKA", kafka.bootstrap)
    monkeypatch.setenv("PULSE_PREFIX", "cli-replayed.")
    monkeypatch.setenv("COLUMNS", "200")
    city = load_city(load_settings())
    create_topics(
        kafka.bootstrap, {f"cli-replayed.{name}": 1 for name in (*city.topics, "dead-letters")}, stamped=False
    )
    said = CliRunner().invoke(command, [])
    assert said.exit_code == 0
    assert said.output.count("set message.timestamp.type=LogAppendTime") == len(city.topics) + 1
