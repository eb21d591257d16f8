"""The whole service in this process: broker, worker, embedded ClickHouse, put together as `pulse worker` does."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import urlopen

from aiokafka import AIOKafkaConsumer, TopicPartition
from clickhouse_connect.driver.client import Client

from pulse.app.city import City, load_city, prepare
from pulse.app.service import found_topics, service
from pulse.app.settings import load_settings
from pulse.brokers.in_process import in_process_broker
from pulse.verify import Report, verify
from schemas.registry import event_types
from sinks.clickhouse.connection import connect
from sinks.clickhouse.reads.figures import Figure, figures
from sinks.clickhouse.store import ClickHouseStore
from streams.shard import Shard
from streams.worker import Worker
from tests.e2e import department

PARTITIONS = 2
SOON = 30.0
"""Seconds that any condition here may take."""
TABLES = ("events", "facts", "cells", "positions", "dead_letters", "device_hours")

T = TypeVar("T")


class Service:
    """A running worker and its database. The worker has a thread and an event loop of its own."""

    def __init__(self, address: str, folder: Path, judged: Collection[str] = ()) -> None:
        """`judged`: the indicators that it has and judges; none: it has all of them and judges nothing."""
        self.address = address
        self._settings = load_settings(
            kafka=address,
            clickhouse=f"chdb://{folder}",
            clock="stream",
            metrics_port=_free_port(),
            flush_interval_seconds=0.0,
            assess=bool(judged),
        )
        self.city: City = load_city(self._settings)
        if judged:
            kept = [one for one in self.city.catalogue.indicators if one.id in judged]
            self.city = self.city._replace(
                catalogue=self.city.catalogue.model_copy(update={"indicators": kept})
            )
        self._client = connect(self._settings.clickhouse.get_secret_value())
        prepare(self._client, self.city, self._settings)
        self._starts = 0
        self._worker: Worker
        self._store: ClickHouseStore
        self._thread: threading.Thread
        self._loop: asyncio.AbstractEventLoop
        self._error: BaseException | None = None

    # --- Life ---

    def start(self) -> None:
        """Start a worker on what is there."""
        self._starts += 1
        running = threading.Event()
        self._thread = threading.Thread(target=self._live, args=(running,), daemon=True)
        self._thread.start()
        assert running.wait(SOON)
        self.check()

    def stop(self) -> None:
        """Tell the worker to stop, and wait until it has."""
        self._loop.call_soon_threadsafe(self._worker.stop)
        self._thread.join(SOON)
        assert not self._thread.is_alive()
        self.check()

    def close(self) -> None:
        """Stop, and let go of the database."""
        if self._thread.is_alive():
            self.stop()
        self._client.close()

    def check(self) -> None:
        """Raises what ended the worker."""
        if self._error is not None:
            raise self._error

    def _live(self, running: threading.Event) -> None:
        try:
            asyncio.run(self._run(running))
        except BaseException as error:
            self._error = error
        finally:
            running.set()

    async def _run(self, running: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        # The in-process broker lets a group whose member left wait for that member: a new group has no need to.
        settings = self._settings.model_copy(update={"consumer_group": f"e2e-{self._starts}"})
        there = found_topics(settings, self.city, ids=False)
        async with service(settings, self.city, self._client, there) as (self._worker, self._store):
            await self._worker.run(running.set)

    # --- What is asked of it ---

    def publish(self, messages: Iterable[department.Sent]) -> Sequence[department.Place]:
        """A department publishes, and the worker catches up."""
        places = asyncio.run(department.publish(self.address, messages))
        self.catch_up()
        return places

    def catch_up(self) -> None:
        """Wait until every position is at its log's end."""
        last = time.monotonic() + SOON
        while self._on_loop(self._worker.behind()) > 0:
            self.check()
            if time.monotonic() > last:
                raise TimeoutError(f"behind: {[(s.topic, s.partition, s.position) for s in self.shards]}")
            time.sleep(0.02)

    @property
    def metrics_address(self) -> str:
        """HOST:PORT of /metrics."""
        return f"127.0.0.1:{self._settings.metrics_port}"

    @property
    def shards(self) -> list[Shard]:
        """The worker's shards."""
        return list(self._worker.shards)

    def ask(self, work: Callable[[Client], T]) -> T:
        """Work with the database, on the thread that owns it."""
        return self._on_loop(self._store.run(work))

    def query(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """A query's rows."""
        return self.ask(lambda client: list(map(tuple, client.query(sql, parameters=parameters).result_rows)))

    def figures(self, region: str, day: date) -> dict[str, Figure]:
        """Every indicator of a region at the end of a day."""
        return {figure.indicator: figure for figure in self.ask(lambda client: figures(client, region, day))}

    def verify(self) -> Report:
        """The judge's report."""
        city = self.city
        return self.ask(lambda client: verify(client, city.catalogue, city.regions, event_types))

    def until_metric(self, line: str) -> None:
        """Wait until /metrics has a line."""
        last = time.monotonic() + SOON
        while line not in (found := self.metrics().splitlines()):
            self.check()
            if time.monotonic() > last:
                raise TimeoutError("\n".join(one for one in found if one.startswith(line.partition("{")[0])))
            time.sleep(0.1)

    def metrics(self) -> str:
        """What /metrics shows."""
        with urlopen(f"http://{self.metrics_address}/metrics", timeout=SOON) as answer:
            text: str = answer.read().decode()
            return text

    def read(self, topic: str, partitions: int = 1) -> list[Any]:
        """All messages of a topic."""
        return asyncio.run(self._read(topic, partitions))

    async def _read(self, topic: str, partitions: int) -> list[Any]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, fetch_max_wait_ms=50)
        await consumer.start()
        try:
            tps = [TopicPartition(topic, n) for n in range(partitions)]
            consumer.assign(tps)
            await consumer.seek_to_beginning()
            wanted = sum((await consumer.end_offsets(tps)).values())
            found: list[Any] = []
            async with asyncio.timeout(SOON):
                while len(found) < wanted:
                    for records in (await consumer.getmany(timeout_ms=50)).values():
                        found += records
            return found
        finally:
            await consumer.stop()

    def _on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SOON)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, judged: Collection[str] = ()) -> Iterator[Service]:
    """A service with an empty database and empty topics, counting. `judged`: as in `Service`."""
    topics = {f"{department.PREFIX}{kind.topic}": PARTITIONS for kind in event_types.values()}
    with in_process_broker({**topics, f"{department.PREFIX}dead-letters": 1}) as address:
        service = Service(address, folder, judged)
        try:
            service.start()
            yield service
        finally:
            service.close()
