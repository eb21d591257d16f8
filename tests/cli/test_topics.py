"""`pulse topics` on a real Kafka."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from brokers.apache import ApacheKafka
from cli.topics import command
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
