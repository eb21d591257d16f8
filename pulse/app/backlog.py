"""How many events wait in Kafka, for who does not count them: the ends of the logs, less what ClickHouse has counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from sinks.clickhouse.connection import CannotConnect
from sinks.clickhouse.logs import beginnings
from streams.kafka import ends, topics
from streams.logs import log_name
from streams.ports import Unavailable

LOOK = 2.0
"""Seconds between two looks."""
PATIENCE = 15.0
"""Seconds until the next one where Kafka or ClickHouse does not answer."""

_POSITIONS = """
SELECT topic, partition, offset + 1 FROM positions FINAL WHERE generation = (SELECT generation FROM answering)
"""


def waiting(client: Client, bootstrap: str, prefix: str) -> int:
    """Events that are not counted yet, in those of the departments' topics that Kafka has. Blocks.

    Raises Unavailable where Kafka does not answer, ClickHouse's errors where that does not.
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


@contextmanager
def watched(connect: Callable[[], Client], bootstrap: str, prefix: str) -> Iterator[Callable[[], int | None]]:
    """`waiting` as of the last look, for as long as the block runs; None where it is not known. Looks in a thread."""
    over = threading.Event()
    last: list[int | None] = [None]

    def look() -> None:
        while not over.is_set():
            try:
                with closing(connect()) as client:
                    while not over.wait(LOOK if last[0] is not None else 0):
                        last[0] = waiting(client, bootstrap, prefix)
            except (Unavailable, CannotConnect, ClickHouseError, OSError):
                last[0] = None
                over.wait(PATIENCE)

    thread = threading.Thread(
        target=look, name="backlog", daemon=True
    )  # Kafka may take its time to be silent
    thread.start()
    try:
        yield lambda: last[0]
    finally:
        over.set()
        thread.join(LOOK)
