"""`pulse conflicts`, and what `pulse status --why` says of events that count for nobody. On a real embedded database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import pulse.cli.conflicts
import pulse.cli.status
from pulse.app.city import City, load_city, prepare
from pulse.app.settings import load_settings
from pulse.assessor.assessor import Assessor
from schemas.event import Event
from sinks.clickhouse.connection import connect
from sinks.clickhouse.reads.conflicts import ConflictFilter, counted
from sinks.clickhouse.tables import arrow
from streams.commands import Write
from streams.counting.calendar import Calendar
from streams.counting.fold import Fold
from streams.flush import Flush
from tests.cli.second_city import second_city
from tests.schemas.messages import Received

STRUCTURED = [("content-type", b"application/cloudevents+json")]
APRIL = 1_743_500_000_000
"""Milliseconds: 1 April 2025, when all of it is appended."""
Pulse = Callable[..., Result]


def said(
    type: str, subject: str, id: str, time: str, data: dict[str, Any], revision: int = 0
) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": id, "source": "//a", "type": type, "subject": subject, "revision": revision,
        "time": f"2025-{time}:00+08:00", "data": {"region": "990101", **data},
    }  # fmt: skip


SHELTERS = [
    said("emergency.shelter-registered", "lost", "r1", "03-10T08:00", {"listed": True}),
    said("emergency.shelter-surveyed", "known", "s2", "03-10T08:00", {"listed": True}),
    said("emergency.shelter-registered", "known", "r2", "03-10T08:00", {"listed": True}),
]
SESSIONS = [
    said(
        "red-cross.first-aid-session", "session-1", "000001", "03-10T08:00", {"attendances": 30, "name": "甲"}
    ),
    said(
        "red-cross.first-aid-session", "session-1", "000001", "04-01T08:00", {"attendances": 45, "name": "乙"}
    ),
    said("red-cross.first-aid-session", "session-2", "000002", "03-10T08:00", {"attendances": 7}),
    said("red-cross.first-aid-session", "session-2", "000002", "03-10T08:00", {"attendances": 8}),
    said("red-cross.first-aid-session", "session-2", "000002", "03-10T08:00", {"attendances": 9}, revision=1),
]


def write(city: City, client: Any, topic: str, events: Sequence[dict[str, Any]]) -> None:
    """What a worker would write of them."""
    fold, flush = (
        Fold(city.catalogue, Calendar(city.regions.zone), topic),
        Flush("g", topic, 0, len(events) - 1),
    )
    flush.time = APRIL
    for offset, each in enumerate(events):
        message = Received(json.dumps(each).encode(), STRUCTURED, offset, APRIL)
        event = city.contract.decode(topic, message)
        assert isinstance(event, Event), event
        flush.event(message, event, *fold.apply(event))
    for command in flush.commands(fold.changes(), "", 1):
        if isinstance(command, Write) and command.rows:
            client.insert_arrow(command.table, arrow(command.table, command.columns))


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    second_city(tmp_path, monkeypatch)
    return load_city(load_settings())


@pytest.fixture
def filled(city: City, tmp_path: Path) -> None:
    settings = load_settings()
    with closing(connect(f"chdb://{tmp_path}/data")) as client:
        prepare(client, city, settings)
        client.command("INSERT INTO generations SELECT 'g', 'yunchuan', now64(3), '{}'")
        write(city, client, "emergency", SHELTERS)
        write(city, client, "red-cross", SESSIONS)
        Assessor(city.catalogue, city.regions).refresh(client)


def run(command: click.Command, *words: str) -> Result:
    return CliRunner().invoke(command, list(words))


@pytest.mark.usefixtures("filled")
def test_status_says_what_would_have_moved_an_indicator(city: City) -> None:
    shown = run(pulse.cli.status.command, "--why").stdout
    [line] = [line for line in shown.splitlines() if "没有计入" in line]
    for words in (
        "另有 1 条事件",
        "对象没有登记 1 条",
        "缺少 emergency.shelter-surveyed",
        "lost 2025-03-10 emergency/0/0",
    ):
        assert words in shown.replace("\n", ""), line
    told = {
        each["indicator"]: each["orphans"]
        for each in json.loads(run(pulse.cli.status.command, "--json").stdout)
    }
    [orphans] = told.pop("a02.shelters")
    assert (orphans["kind_en"], orphans["events"], orphans["county"]) == ("subject on no roster", 1, "990101")
    assert not any(told.values())
    assert "没有计入" not in run(pulse.cli.status.command, "--why", "--region", "990102").stdout
    assert "没有计入" in run(pulse.cli.status.command, "--why", "--region", "990101").stdout


@pytest.mark.usefixtures("filled")
def test_conflicts_say_what_differs_and_what_counts() -> None:
    result = run(pulse.cli.conflicts.command)
    assert result.exit_code == 0, result.output
    assert "data.attendances 30" in result.stdout
    assert "data.name ***" in result.stdout, "a name may be a person's"
    assert "甲" not in result.stdout
    assert result.stdout.count("编号像是每月重新开始") == 1
    assert result.stdout.count("已由更高的修订取代") == 1
    told = json.loads(run(pulse.cli.conflicts.command, "--json", "--department", "red-cross").stdout)
    first = next(each for each in told if each["id"] == "000001")
    assert first["restarts"]
    assert first["places"] == ["red-cross/0/0", "red-cross/0/1"]
    assert first["stands"] in (0, 1)
    assert first["differs"]["data.attendances"] == ["30", "45"]
    second = next(each for each in told if each["id"] == "000002")
    assert (second["restarts"], second["stands"], list(second["differs"])) == (
        False,
        None,
        ["data.attendances"],
    )


@pytest.mark.usefixtures("filled")
def test_conflicts_are_chosen(tmp_path: Path) -> None:
    filtered = run(pulse.cli.conflicts.command, "--department", "emergency").stdout
    assert filtered == "这个范围内没有冲突：去掉 --department、--since、--until 看全部。\n"
    assert "没有冲突" in run(pulse.cli.conflicts.command, "--until", "2025-04-01").stdout
    assert (
        len(
            json.loads(
                run(pulse.cli.conflicts.command, "--json", "--since", "2025-04-01", "--limit", "1").stdout
            )
        )
        == 1
    )
    result = run(pulse.cli.conflicts.command, "--department", "nobody")
    assert result.exit_code == 2
    assert "expected one of" in result.stderr
    with closing(connect(f"chdb://{tmp_path}/data")) as client:
        assert counted(client, ConflictFilter()) == [("red-cross", 2, 2)]


@pytest.mark.usefixtures("city")
def test_a_database_without_views_says_what_to_do() -> None:
    result = run(pulse.cli.conflicts.command)
    assert result.exit_code == 2
    assert "run `pulse migrate` first" in result.stderr
