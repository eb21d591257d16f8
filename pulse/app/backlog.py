"""How many events wait in Kafka, for processes that do not count: the ends of the logs minus the counted positions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from pulse.app.settings import Settings
from sinks.clickhouse.clocks import stands
from sinks.clickhouse.connection import CannotConnect
from sinks.clickhouse.logs import beginnings
from streams.kafka import ends, topics
from streams.logs import log_name
from streams.ports import Unavailable

if TYPE_CHECKING:  # it brings Faust, which commands beside a worker need not load
    from streams.worker import Worker

LOOK = 2.0
"""Seconds between two measurements."""
FAR_BEHIND = 10_000
"""Backlog (events in Kafka that are not counted yet) above which the figures count as old."""
PATIENCE = 15.0
"""Seconds until the next measurement after Kafka or ClickHouse did not answer."""

_POSITIONS = """
SELECT topic, partition, offset + 1 FROM positions FINAL WHERE generation = (SELECT generation FROM answering)
"""


def waiting(client: Client, bootstrap: str, prefix: str) -> int:
    """Number of events not counted yet, over those department topics that exist in Kafka. Blocks.

    Raises Unavailable if Kafka does not answer, and the driver's errors if ClickHouse does not.
    """
    names = {
        prefix + name: name for (name,) in client.query("SELECT department FROM departments").result_rows
    }
    kafka_topics = topics(bootstrap, list(names), ids=False)
    latest = {log.topic: log for log in beginnings(client)}
    counted = {
        (log, partition): following for log, partition, following in client.query(_POSITIONS).result_rows
    }
    lag = 0
    found = ends(bootstrap, {topic: each.partitions for topic, each in kafka_topics.items()})
    for (topic, partition), end in found.items():
        name = names[topic]
        log = latest.get(name)
        first = log.firsts[partition] if log and partition < log.partitions else 0
        lag += max(0, end - counted.get((log.name if log else log_name(name, 1), partition), first))
    return lag


async def own_lag(worker: Worker) -> int | None:
    """Events in Kafka that a running worker has not counted yet, in its own partitions; None if that is not known."""
    try:
        return sum((await worker.lags()).values())
    except (Unavailable, RuntimeError):  # Kafka does not answer; not running yet
        return None


def up_to_date(client: Client, settings: Settings) -> bool:
    """Whether the figures are today's: the clock is the present, and nearly all that Kafka holds is counted. Blocks.

    False if that is not known, because Kafka or ClickHouse does not answer.
    """
    if settings.clock != "wall":
        return False
    try:
        return stands(client) is None and waiting(client, settings.kafka, settings.topic_prefix) <= FAR_BEHIND
    except (Unavailable, ClickHouseError, OSError):
        return False


@contextmanager
def watched(connect: Callable[[], Client], bootstrap: str, prefix: str) -> Iterator[Callable[[], int | None]]:
    """Measures `waiting` in a thread while the block runs. Yields a function that returns the last result.

    The function returns None while the number is not known.
    """
    over = threading.Event()
    last: list[int | None] = [None]

    def look() -> None:
        try:
            while not over.is_set():
                try:
                    with closing(connect()) as client:
                        while not over.wait(LOOK if last[0] is not None else 0):
                            last[0] = waiting(client, bootstrap, prefix)
                except (Unavailable, CannotConnect, ClickHouseError, OSError):
                    last[0] = None
                    over.wait(PATIENCE)
        finally:
            last[0] = None

    thread = threading.Thread(
        target=look, name="backlog", daemon=True
    )  # a daemon, for a Kafka that does not answer may block it for long
    thread.start()
    try:
        yield lambda: last[0]
    finally:
        over.set()
        thread.join(LOOK)
