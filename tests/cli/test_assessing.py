"""The assessor beside a worker, on a real embedded database: when it looks, and that it ends when it is told to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from prometheus_client import CollectorRegistry

from pulse.app import assessing
from pulse.app.assessing import Assessing
from pulse.app.city import City, load_city, prepare
from pulse.app.settings import Settings, load_settings
from pulse.assessor.assessor import Assessor
from sinks.clickhouse.connection import connect
from sinks.light_metrics import LightMetrics, Snapshot
from streams.generation import generation
from tests.cli.second_city import second_city

PATIENCE = 60.0
"""Seconds after which a test gives up; nothing here takes a tenth of it."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    second_city(tmp_path, monkeypatch)
    monkeypatch.setenv("PULSE_CLOCK", "stream")
    return load_settings()


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    city = load_city(settings)
    with closing(connect(settings.clickhouse.get_secret_value())) as client:
        prepare(client, city, settings)
        counted = generation(city.catalogue, city.regions, dict.fromkeys(city.topics, 1))
        client.command(
            "INSERT INTO generations SELECT %(id)s, %(plan)s, now64(3), %(detail)s",
            parameters={"id": counted.id, "plan": city.catalogue.plan.id, "detail": counted.detail},
        )
        count_up_to(client, city, 5)
        yield client


def count_up_to(client: Client, city: City, offset: int) -> None:
    """As if a worker had written so much."""
    client.command(
        "INSERT INTO positions SELECT (SELECT generation FROM answering), %(topic)s, 0, %(offset)s, "
        "'2025-03-05 04:00:00', '', 1",
        parameters={"topic": city.topics[0], "offset": offset},
    )


class Shown(LightMetrics):
    """Says when an assessment was shown."""

    def __init__(self, city: City) -> None:
        super().__init__(CollectorRegistry(), city.catalogue, city.regions)
        self.again = threading.Event()

    def show(self, snapshot: Snapshot) -> None:
        super().show(snapshot)
        self.again.set()

    async def wait(self) -> None:
        assert await asyncio.to_thread(self.again.wait, PATIENCE), "nothing was assessed"
        self.again.clear()


async def nothing_waits() -> int:
    return 0


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, PATIENCE)


async def test_it_looks_as_soon_as_figures_were_written(
    settings: Settings, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assessing, "LOOK", PATIENCE * 10)  # so that only the flush can have woken it
    city, written = load_city(settings), asyncio.Event()
    metrics = Shown(city)
    one = Assessing(settings, city, metrics, lambda: True, nothing_waits, written)
    monkeypatch.setattr(assessing, "min", lambda *_: 0, raising=False)  # and it needs no rest
    task = asyncio.create_task(one.run())
    try:
        await metrics.wait()
        count_up_to(client, city, 6)
        written.set()
        await metrics.wait()
    finally:
        await ended(task)
    assert client.query("SELECT events FROM assessed").result_rows == [(7,)]


async def test_told_to_end_in_its_first_assessment_it_judges_no_further_indicator(
    settings: Settings, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year's first assessment takes a minute; SIGTERM does not wait for it."""
    city, under_way = load_city(settings), threading.Event()
    one = Assessing(settings, city, Shown(city), lambda: True, nothing_waits, asyncio.Event())
    judge = Assessor._judge_one

    def slow(self: Assessor, *given: Any) -> int:
        under_way.set()
        assert one._stop.wait(PATIENCE), "it was not told to stop"
        return judge(self, *given)

    monkeypatch.setattr(Assessor, "_judge_one", slow)
    task = asyncio.create_task(one.run())
    assert await asyncio.to_thread(under_way.wait, PATIENCE)
    await ended(task)
    assert len(city.catalogue.indicators) > 1
    assert client.query("SELECT count(DISTINCT indicator) FROM lights").result_rows == [(1,)]
    assert client.query("SELECT count() FROM assessments").result_rows == [(0,)]
