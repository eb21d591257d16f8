"""A simulated city in the middle of October, counted by a real worker and judged: what the boards are tried on.

Not the whole year: at its end no days are left to forecast, and the fans of the boards would be empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

from pulse.app.city import City, load_city, prepare
from pulse.app.service import found_topics, service
from pulse.app.settings import Settings, load_settings
from pulse.assessor.assessor import Assessor
from pulse.brokers import in_process
from pulse.simulate.city import SimulatedCity
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.gate import WindowGate
from pulse.simulate.publish import publish
from pulse.simulate.targets import scaled
from pulse.simulate.year import SimulatedYear
from sinks.clickhouse.connection import connect
from streams.worker import Worker

SCALE = 0.01
UNTIL = datetime(2023, 10, 15, 18, tzinfo=ZoneInfo("Asia/Shanghai"))
"""What was published later is not there."""

_PARTITIONS = 2
_PATIENCE = 300.0
"""Seconds."""


def october(folder: Path) -> None:
    """Makes the database of the embedded engine in a folder. Blocks, some seconds."""
    simulated = SimulatedCity(seed=1, scale=SCALE)
    city = load_city(load_settings())
    city = city._replace(catalogue=scaled(city.catalogue, simulated))
    names = {load_settings().topic_prefix + name: _PARTITIONS for name in (*city.topics, "dead-letters")}
    with in_process.in_process_broker(names) as address:
        settings = load_settings(
            kafka=address,
            clickhouse=f"chdb://{folder}",
            clock="stream",
            metrics_port=0,
            consumer_group="october",
            assess=False,
        )
        asyncio.run(_count(settings, city, simulated))
    with closing(connect(f"chdb://{folder}")) as client:
        Assessor(city.catalogue, city.regions).refresh(client)


def _published(simulated: SimulatedCity) -> Iterator[Dispatch]:
    """Without what was sent to a wrong partition: the worker sends it on at today's time, and the stream's clock, which
    is the latest append time, would stand at the plan's end."""
    until = UNTIL.timestamp() * 1_000_000
    sent = takewhile(lambda one: one.published_at_us < until, SimulatedYear(simulated).dispatches())
    return (one for one in sent if one.partition is None)


async def _count(settings: Settings, city: City, simulated: SimulatedCity) -> None:
    there = found_topics(settings, city, ids=False)
    with closing(connect(settings.clickhouse.get_secret_value())) as client:
        prepare(client, city, settings)
        async with service(settings, city, client, there) as (worker, _), asyncio.timeout(_PATIENCE):
            joined = asyncio.Event()
            running = asyncio.create_task(worker.run(joined.set))
            await joined.wait()
            window = WindowGate(_positions(worker), in_process.MESSAGES // 3, in_process.BYTES // 3)
            await publish(
                _published(simulated), settings.kafka, _PARTITIONS, gate=window, prefix=settings.topic_prefix
            )
            await worker.caught_up()
            worker.stop()
            await running


def _positions(worker: Worker) -> Callable[[str, int], int]:
    def position(topic: str, partition: int) -> int:
        at = (s.position + 1 for s in worker.shards if (s.topic, s.partition) == (topic, partition))
        return next(at, 0)

    return position
