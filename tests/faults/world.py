"""A world to break: topics of their own on a real Kafka, a ClickHouse behind HTTP, and workers as processes.

with World(broker, nursery, tmp_path) as world:
    worker = world.start()
    world.publish(Chatter(1).say(1000))
    worker.kill()
    world.start()
    world.settle()
    world.compare()
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Self

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from pulse.app.city import City, load_city
from pulse.app.settings import load_settings
from pulse.brokers.apache import ApacheKafka
from pulse.simulate.dispatch import Dispatch
from schemas.registry import event_types
from sinks.clickhouse.connection import CannotConnect, connect
from streams.kafka import create_topics
from tests.clickhouse_face import Face, Fault
from tests.faults.chatter import Chatter
from tests.faults.disk import Lying, lying
from tests.faults.log import Publisher, Reader, Shard, committed
from tests.faults.nursery import SABOTAGE, Nursery
from tests.faults.recount import Expected, differences, read
from tests.faults.waiting import LONG, meanwhile, until
from tests.faults.worker import Starter, Worker

TOWN = Path(__file__).with_name("town.yaml")

SESSION = 6
"""Seconds after which a silent worker loses its partitions: the shortest that a broker allows."""

_LETTERS: Shard = ("dead-letters", 0)
_worlds = count(1)


class World:
    """Everything around the workers; `catalogue` None is the whole plan of Jining."""

    def __init__(
        self,
        broker: ApacheKafka,
        nursery: Nursery,
        folder: Path,
        *,
        catalogue: Path | None = TOWN,
        partitions: int = 3,
        disk: int | None = None,
        sabotage: str | None = None,
        **settings: object,
    ) -> None:
        """`disk`: see Face. `sabotage`: what every worker does wrong. `settings` go to every worker, by their names
        without PULSE_."""
        number = next(_worlds)
        self.broker, self.partitions, self.sabotage = broker, partitions, sabotage
        self.prefix, self.group = f"faults-{number}.", f"faults-{number}"
        self.face = Face(folder / "clickhouse", disk=disk)
        self.workers: list[Worker] = []
        self._nursery, self._folder = nursery, folder
        self._settings = {
            "catalogue": str(catalogue or ""), "kafka": broker.bootstrap, "topic_prefix": self.prefix,
            "consumer_group": self.group, "session_timeout_seconds": SESSION, "metrics_port": 0, "clock": "stream",
            **settings,
        }  # fmt: skip
        self.city: City = load_city(load_settings(catalogue=catalogue))
        self.shards: list[Shard] = [(name, n) for name in self.city.topics for n in range(partitions)]
        self._client: Client | None = None

    def __enter__(self) -> Self:
        self.face.__enter__()
        names = {self.prefix + name: self.partitions for name in self.city.topics}
        create_topics(self.broker.bootstrap, {**names, self.prefix + "dead-letters": 1})
        self.publisher = Publisher(self.broker.bootstrap, self.prefix, self.partitions)
        self.reader = Reader(self.broker.bootstrap, self.prefix)
        self.admin = AdminClient({"bootstrap.servers": self.broker.bootstrap, "log_level": 0})
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self.workers:
            worker.kill()
        self.reader.close()
        if self._client is not None:
            self._client.close()
        self.face.stop()

    # --- Workers ---

    def start(
        self,
        *options: str,
        counting: bool = True,
        by: Starter | None = None,
        sabotage: str | None = None,
        **settings: object,
    ) -> Worker:
        """One more worker; with `counting` false without waiting for it. `settings` are its own.

        `by`: from where, if not the nursery. `sabotage`: what it does wrong, see sabotage.py.
        """
        worker = self._launch("worker", *options, by=by, sabotage=sabotage or self.sabotage, **settings)
        if counting:
            worker.counts()
        return worker

    def run(self, *words: str, status: int = 0, within: float = LONG, **settings: object) -> str:
        """Another command of `pulse`, to its end; what it said."""
        process = self._launch(*words, by=None, sabotage=None, **settings)
        found = process.ended(within)
        assert found == status, f"pulse {' '.join(words)} ended with {found}:\n{process.log}"
        return process.log

    def _launch(self, *words: str, by: Starter | None, sabotage: str | None, **settings: object) -> Worker:
        number = len(self.workers) + 1
        given = {**self._settings, "clickhouse": self.face.url, **settings}
        variables = {f"PULSE_{name.upper()}": str(value) for name, value in given.items()}
        if sabotage is not None:
            variables[SABOTAGE] = sabotage
        log = self._folder / f"worker-{number}.log"
        worker = Worker(by or self._nursery, number, log, variables, *words)
        self.workers.append(worker)
        return worker

    @property
    def logs(self) -> str:
        """What all workers said."""
        return "\n".join(f"--- worker {worker.number} ---\n{worker.log}" for worker in self.workers)

    # --- Events ---

    def publish(self, messages: Iterable[Dispatch]) -> None:
        """Returns when the broker has them."""
        self.publisher.send(messages)
        self.publisher.flush()

    @contextmanager
    def load(self, chatter: Chatter, at_once: int = 50, pause: float = 0.05) -> Iterator[None]:
        """A department that talks all the while."""

        def talk(over: threading.Event) -> None:
            while not over.wait(pause):
                self.publisher.send(chatter.say(at_once))

        try:
            with meanwhile(talk):
                yield
        finally:
            self.publisher.flush()

    @contextmanager
    def flood(self, chatter: Chatter, most: int, at_once: int = 500) -> Iterator[None]:
        """Departments that talk as fast as the workers count: no more than `most` messages wait for them.

        Meanwhile `client` and `reader` are the flood's.
        """

        def talk(over: threading.Event) -> None:
            looked, room = 0.0, 0
            while not over.is_set():
                if room >= at_once:
                    self.publisher.send(chatter.say(at_once))
                    room -= at_once
                elif (now := time.monotonic()) > looked + 0.2:
                    looked, room = now, most - self._behind(otherwise=most)
                else:
                    over.wait(0.02)

        try:
            with meanwhile(talk):
                yield
        finally:
            self.publisher.flush()

    def _behind(self, otherwise: int) -> int:
        """How many messages are not counted; `otherwise` where nobody can say now."""
        with suppress(KafkaException, ClickHouseError, CannotConnect):
            ends, positions = self.reader.ends(self.shards), self._positions()
            return sum(end - positions.get(shard, 0) for shard, end in ends.items())
        return otherwise

    # --- ClickHouse ---

    @property
    def client(self) -> Client:
        """Ours, beside the workers'."""
        if self._client is None:
            self._client = connect(self.face.url)
        return self._client

    def positions(self) -> dict[Shard, int]:
        """Shard → the next offset to be counted; none before the first worker has made the tables."""
        with suppress(ClickHouseError, CannotConnect):
            return self._positions()
        return {}

    def _positions(self) -> dict[Shard, int]:
        rows = self.client.query(
            "SELECT topic, partition, offset FROM positions FINAL "
            "WHERE generation = (SELECT generation FROM answering)"
        ).result_rows
        return {(row[0], row[1]): row[2] + 1 for row in rows}

    def letters(self) -> int:
        """How many dead letters lie in Kafka."""
        return sum(self.reader.ends([_LETTERS]).values())

    def committed(self) -> dict[Shard, int]:
        """Kafka's own idea of how far the group is."""
        return committed(self.broker.bootstrap, self.group, self.prefix, self.shards)

    def strikes(self, *faults: Fault) -> None:
        """Put faults in force and wait until the first has struck."""
        self.face.faults(*faults)
        self.struck()

    def struck(self, within: float = LONG) -> None:
        """Wait until the first fault in force has struck."""
        until(lambda: self.face.struck()[0], within, lambda: f"the fault never struck\n{self.logs}")

    # --- The end ---

    def settled(self) -> bool:
        """Whether all that lies in Kafka is counted. Positions first: what they cover was sent on before."""
        positions = self.positions()
        with suppress(KafkaException):
            ends = self.reader.ends(self.shards)
            return all(positions.get(shard, 0) == end for shard, end in ends.items())
        return False

    def settle(self, within: float = LONG) -> None:
        """Wait for that."""
        until(self.settled, within, lambda: f"behind: {self.positions()}\n{self.logs}")

    def lying(self) -> dict[Shard, Lying]:
        """All that lies in Kafka now, from its files: records of any bytes, and offsets that hold none."""
        folder, prefix = self.broker.folder, self.prefix
        return {shard: lying(folder, prefix + shard[0], shard[1]) for shard in self.shards}

    def expected(self, lying: Mapping[Shard, Lying] | None = None) -> Expected:
        """What all that lies in Kafka now must come to; `lying`: what that is, if no client can read it."""
        if lying is not None:
            return read(
                self.city,
                {shard: log.messages for shard, log in lying.items()},
                {shard: log.end for shard, log in lying.items()},
            )
        return read(self.city, {shard: self.reader.messages(shard) for shard in self.shards})

    def compare(self, expected: Expected | None = None) -> int:
        """Everything in ClickHouse against everything in Kafka, exactly; how many messages that was.

        `expected`: where it is no longer all in Kafka, what was read before.
        """
        expected = expected or self.expected()
        letters = self.reader.messages(_LETTERS)
        found = differences(self.city, event_types, expected, letters, self.client)
        assert not found, "\n".join([*found, self.logs])
        return expected.messages

    def check(self) -> int:
        """Settle and compare."""
        self.settle()
        return self.compare()
