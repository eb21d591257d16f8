"""Assembles a worker from its settings: ClickHouse, generation, metrics, Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from wsgiref.simple_server import WSGIServer

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server

from pulse.app import partitions
from pulse.app.assessing import Assessing, Flushes
from pulse.app.backlog import own_lag
from pulse.app.city import City
from pulse.app.collector import relax
from pulse.app.settings import Settings
from pulse.errors import CannotListen, OperatorError
from sinks.clickhouse.clocks import stands
from sinks.clickhouse.connection import answering
from sinks.clickhouse.generations import enter
from sinks.clickhouse.logs import latest
from sinks.clickhouse.store import ClickHouseStore
from sinks.clickhouse.verdicts import latest as latest_verdict
from sinks.light_metrics import LightMetrics
from sinks.metrics import Metrics
from streams.breaker import Limits
from streams.counting.calendar import Calendar
from streams.generation import Generation, generation
from streams.kafka import Topic, starts, topics
from streams.ports import Unavailable
from streams.stopped_clock import StoppedClock
from streams.worker import Membership, Worker, WorkerPlan

REFRESH = 2.0
"""Seconds between two updates of the metrics from the shards."""

PATIENCE = 30.0
"""Seconds after which ClickHouse counts as not answering."""

log = structlog.get_logger("pulse")


class MissingTopics(OperatorError):
    """Kafka lacks topics that the plan needs. The message names them and what to do."""


def found_topics(settings: Settings, city: City) -> dict[str, Topic]:
    """Bare name → topic, for all topics of the plan. Blocks.

    Raises Unavailable, or MissingTopics if one of them or the dead-letter topic does not exist.
    """
    wanted = {settings.topic_prefix + name: name for name in (*city.topics, "dead-letters")}
    kafka_topics = topics(settings.kafka, list(wanted))
    if missing := [name for name in wanted if name not in kafka_topics]:
        raise MissingTopics(
            f"Kafka at {settings.kafka} lacks {len(missing)} topics: {', '.join(missing)}.\n"
            f"Create them with `pulse topics --create --partitions 8`, or set PULSE_TOPIC_PREFIX to the names in use."
        )
    return {bare: kafka_topics[name] for name, bare in wanted.items() if bare != "dead-letters"}


def found_starts(settings: Settings, kafka_topics: Mapping[str, Topic]) -> dict[tuple[str, int], int]:
    """(bare name, partition) → the first offset that its log still holds, for existing topics. Blocks.

    Raises Unavailable.
    """
    found = starts(
        settings.kafka,
        {settings.topic_prefix + name: topic.partitions for name, topic in kafka_topics.items()},
    )
    return {
        (name.removeprefix(settings.topic_prefix), partition): start
        for (name, partition), start in found.items()
    }


def counted(
    client: Client, city: City, kafka_topics: Mapping[str, Topic]
) -> tuple[Generation, dict[str, int]]:
    """The generation that counts these topics (by bare name), and the current log number of each topic. Blocks."""
    logs = latest(client)
    partitions = {name: topic.partitions for name, topic in kafka_topics.items()}
    return generation(city.catalogue, city.regions, partitions, logs), logs


@asynccontextmanager
async def service(
    settings: Settings,
    city: City,
    client: Client,
    kafka_topics: Mapping[str, Topic],
    *,
    accept_log_start: bool = False,
    assess_after: asyncio.Event | None = None,
) -> AsyncIterator[tuple[Worker, ClickHouseStore]]:
    """Yields a worker ready to `run` and its store, with metrics served beside it. The database must be prepared.

    `assess_after`: lights are not judged before this is set.

    Raises OtherGeneration if the stored figures were counted by other rules, CannotConnect, and CannotListen
    if the port of /metrics is taken.
    """
    with answering():
        own, logs = counted(client, city, kafka_topics)
        first, day = enter(client, own, city.catalogue.plan.id), stands(client)
    if first:
        log.info("first generation", generation=own.id)
    calendar = Calendar(city.regions.zone)
    stopped_clock = StoppedClock.at(day, city.catalogue.plan.start, city.regions.zone) if day else None
    store = ClickHouseStore(client, own.id, calendar)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    metrics = Metrics(registry, partitions.retrying, partitions.pausing, partitions.unreadable)
    metrics.answers(True)  # ClickHouse answered just now, and /metrics is served before the next check
    flushes = Flushes(metrics)
    worker = Worker(
        WorkerPlan(city.catalogue, city.contract, calendar, own.id, kafka_topics, logs, stopped_clock),
        Membership(
            settings.kafka,
            settings.topic_prefix,
            settings.consumer_group,
            settings.instance,
            settings.session_timeout_seconds,
            settings.isolation,
        ),
        store,
        flushes,
        linger=settings.flush_interval_seconds,
        most=settings.max_pending_events,
        budget=settings.buffer_mib << 20,
        limits=Limits(settings.max_consecutive_refusals, settings.max_refused_ratio),
        accept_log_start=accept_log_start,
    )
    relax()
    background = [
        asyncio.create_task(_refresh(worker, metrics, store)),
        asyncio.create_task(_watch_clickhouse(metrics, store)),
    ]
    if settings.assess:
        assessing = Assessing(
            settings, city, LightMetrics(registry, city.catalogue, city.regions), partial(_assesses, city, worker),
            partial(own_lag, worker), flushes.written,
        )  # fmt: skip
        background.append(asyncio.create_task(assessing.run(assess_after)))
    for task in background:
        task.add_done_callback(_tell)
    server = None
    try:
        server = _serve(settings, registry)
        yield worker, store
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)  # `_tell` has logged what one ended with
        if server is not None:
            server.shutdown()
            server.server_close()
        store.close()


def _tell(task: asyncio.Task[None]) -> None:
    """Log the bug that ended a background task: counting goes on without it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a background task ended: a bug; counting goes on without it", exc_info=error)


def _serve(settings: Settings, registry: CollectorRegistry) -> WSGIServer | None:
    """Serve /metrics; None if it is turned off. Raises CannotListen."""
    if not settings.metrics_port:
        return None
    try:
        server, _ = start_http_server(settings.metrics_port, settings.metrics_host, registry)
    except OSError as error:
        raise CannotListen(
            f"/metrics at {settings.metrics_host}:{settings.metrics_port}: {error.strerror}. Is another worker running "
            f"here? Set PULSE_METRICS_PORT to a free port, or to 0 for none."
        ) from None
    return server


async def _refresh(worker: Worker, metrics: Metrics, store: ClickHouseStore) -> None:
    known: set[tuple[str, int]] = set()
    paused: dict[tuple[str, int], datetime] = {}
    open_since: dict[tuple[str, int], tuple[int, float]] = {}
    while True:
        drivers = list(worker.drivers)
        metrics.collect(drivers)
        await partitions.resume(drivers, paused, store)
        await partitions.pass_unreadable(drivers, store)
        partitions.warn_of_open_transactions(drivers, open_since)
        mine = {(driver.shard.topic, driver.shard.partition) for driver in drivers}
        for topic, partition in known - mine:
            metrics.forget(topic, partition)
        known = mine
        try:
            for (topic, partition), events in (await worker.lags()).items():
                metrics.lags(topic, partition, events)
        except Unavailable as error:
            log.debug("no lag now", error=str(error))
        except RuntimeError:
            pass  # not running yet
        await asyncio.sleep(REFRESH)


async def _watch_clickhouse(metrics: Metrics, store: ClickHouseStore) -> None:
    """Update the metrics on whether ClickHouse answers and on what the last `pulse verify` found, until cancelled."""
    while True:
        asked = asyncio.create_task(store.run(latest_verdict))
        if asked not in (await asyncio.wait({asked}, timeout=PATIENCE))[0]:
            metrics.answers(False)
        try:
            verdict = await asked
        except (ClickHouseError, OSError) as error:
            metrics.answers(False)
            log.debug("ClickHouse does not answer", error=str(error))
        else:
            metrics.answers(True)
            if verdict is not None:
                metrics.verified(verdict.at, verdict.differences)
        await asyncio.sleep(REFRESH)


def _assesses(city: City, worker: Worker) -> bool:
    """Whether this worker judges the lights: the one that holds partition 0 of the plan's first topic."""
    return any(shard.topic == city.topics[0] and shard.partition == 0 for shard in worker.shards)
