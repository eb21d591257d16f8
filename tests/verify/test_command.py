"""`pulse verify`: exit codes and what is printed. The verification itself is a fixed report here."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from click.testing import Result
from clickhouse_connect.driver.exceptions import ClickHouseError

import pulse.verify
import sinks.clickhouse.connection
import sinks.clickhouse.verdicts
from pulse.cli.verify import command
from pulse.verify import CannotVerify, Difference, Report
from tests.cli import entry

CELL = Difference("cell", "elders in 370811 on 2023-06-01", "+1", "+6", "count anew", "370811")


class Closed:
    def close(self) -> None:
        pass


RECORDED: list[tuple[Any, ...]] = []


def invoke(
    monkeypatch: pytest.MonkeyPatch,
    outcome: Report | Exception,
    *words: str,
    refused: Exception | None = None,
) -> Result:
    def record(_: Any, *verdict: Any) -> None:
        if refused is not None:
            raise refused
        RECORDED.append(verdict)

    RECORDED.clear()
    monkeypatch.setattr(sinks.clickhouse.verdicts, "record", record)

    def verified(*_: Any) -> Report:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(sinks.clickhouse.connection, "connect", lambda url: Closed())
    monkeypatch.setattr(pulse.verify, "verify", verified)
    return entry.invoke(command, ["--clickhouse", "chdb:///nowhere", *words])


def test_no_differences_exit_0(monkeypatch: pytest.MonkeyPatch) -> None:
    result = invoke(monkeypatch, Report(51, 31, 7, 10, (), 1.0))
    assert result.exit_code == 0
    assert result.stdout.startswith("0 differences over 11 067 figures")


def test_differences_exit_1(monkeypatch: pytest.MonkeyPatch) -> None:
    result = invoke(monkeypatch, Report(51, 31, 7, 10, (CELL,), 1.0))
    assert result.exit_code == 1
    assert "elders in 370811 on 2023-06-01: expected +1, found +6" in result.stdout


def test_a_region_hides_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Report(51, 31, 7, 10, (CELL,), 1.0)
    assert invoke(monkeypatch, found, "--region", "370811").exit_code == 1
    assert invoke(monkeypatch, found, "--region", "370800").exit_code == 1
    assert invoke(monkeypatch, found, "--region", "370831").exit_code == 0
    unknown = invoke(monkeypatch, found, "--region", "11")
    assert unknown.exit_code == 2
    assert "--region" in unknown.stderr


def test_json(monkeypatch: pytest.MonkeyPatch) -> None:
    result = invoke(monkeypatch, Report(51, 31, 7, 10, (CELL,), 1.0), "--json")
    assert result.exit_code == 1
    assert orjson.loads(result.stdout)["differences"][0]["found"] == "+6"


def test_where_nothing_can_be_compared_exit_2(monkeypatch: pytest.MonkeyPatch) -> None:
    result = invoke(monkeypatch, CannotVerify("start a worker first"))
    assert result.exit_code == 2
    assert result.stderr.strip() == "start a worker first"


def test_the_verdict_on_all_regions_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    invoke(monkeypatch, Report(51, 31, 7, 10, (CELL,), 1.0), "--region", "370831")
    assert RECORDED == [("jining-2023", 11_067, 1, 1.0)]


def test_differences_of_a_moment_are_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    result = invoke(monkeypatch, Report(51, 31, 7, 10, (CELL,), 1.0, moved=True))
    assert RECORDED == []
    assert "Not recorded for the alerts" in result.stderr
    invoke(monkeypatch, Report(51, 31, 7, 10, (), 1.0, moved=True))
    assert RECORDED, "no difference, though counting went on: that is one"


def test_an_account_that_may_only_read_verifies_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    found, refused = Report(51, 31, 7, 10, (), 1.0), ClickHouseError("Not enough privileges")
    result = invoke(monkeypatch, found, refused=refused)
    assert result.exit_code == 0
    assert "Not recorded for the alerts: Not enough privileges" in result.stderr
