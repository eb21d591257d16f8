"""A topic gets more partitions under load, or is deleted and made anew: `pulse rebuild`, and counting goes on in place.

The town's topics stay as they are but for one, civil-affairs. What it held before it was deleted is read before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka.admin import NewPartitions

from pulse.app.backlog import waiting
from pulse.app.city import load_city
from pulse.app.settings import load_settings
from pulse.brokers.apache import ApacheKafka
from pulse.simulate.dispatch import Dispatch
from sinks.clickhouse.logs import beginnings
from streams.kafka import create_topics, topics
from streams.logs import Beginning, log_name, topic_of
from tests.faults.chatter import Chatter
from tests.faults.log import Publisher, Reader, Said, Shard
from tests.faults.nursery import Nursery
from tests.faults.recount import Expected
from tests.faults.waiting import until
from tests.faults.world import TOWN, World

TOPIC = "civil-affairs"


class Changing(World):
    """A world in which that topic becomes another."""

    def __init__(self, broker: ApacheKafka, nursery: Nursery, folder: Path) -> None:
        super().__init__(broker, nursery, folder)
        self._gone: dict[Shard, list[Said]] = {}
        """What logs held whose topic was deleted."""

    def grow(self, partitions: int) -> None:
        """The operator does; its departments' clients hear of it a little later."""
        name = self.prefix + TOPIC
        self.admin.create_partitions([NewPartitions(name, partitions)])[name].result(30)
        self._now_has(partitions)

    def make_anew(self, partitions: int) -> None:
        """Delete it and create one of the same name."""
        number = len(self.begun()) + 1
        for _, n in self._of_topic():
            self._gone[log_name(TOPIC, number), n] = list(self.reader.messages((TOPIC, n)))
        name = self.prefix + TOPIC
        self.admin.delete_topics([name])[name].result(30)
        until(lambda: name not in topics(self.broker.bootstrap, [name], ids=False))
        create_topics(self.broker.bootstrap, {name: partitions})
        self._now_has(partitions)

    def _now_has(self, partitions: int) -> None:
        others = [shard for shard in self.shards if shard[0] != TOPIC]
        self.shards = [*others, *((TOPIC, n) for n in range(partitions))]
        self.publisher.flush()
        # A client that knew the topic before may never hear that it is another.
        self.reader.close()
        self.reader = Reader(self.broker.bootstrap, self.prefix)
        self.publisher = Clients(self.broker.bootstrap, self.prefix, self.partitions, partitions)

    def _of_topic(self) -> list[Shard]:
        return [shard for shard in self.shards if shard[0] == TOPIC]

    def begun(self) -> list[Beginning]:
        """How the topic's further logs began."""
        return beginnings(self.client)

    def _positions(self) -> dict[Shard, int]:
        """Those of the logs of today."""
        query = (
            "SELECT topic, partition, offset FROM positions FINAL "
            "WHERE generation = (SELECT generation FROM answering)"
        )
        return {(topic_of(log), n): offset + 1 for log, n, offset in self.client.query(query).result_rows}

    def expected(self, lying: object = None) -> Expected:
        """The topic's logs one after the other, each with its own number of partitions."""
        begun = self.begun()
        sizes = {log_name(TOPIC, number): len(log.lasts) for number, log in enumerate(begun, start=1)}
        lasts = {log_name(TOPIC, number): log.lasts for number, log in enumerate(begun, start=1)}
        today = log_name(TOPIC, len(begun) + 1)
        others = [shard for shard in self.shards if shard[0] != TOPIC]
        sizes |= {today: len(self._of_topic())} | {topic: self.partitions for topic, _ in others}
        expected = Expected(self.city, sizes, lasts)
        for shard in others:
            expected.read(shard, self.reader.messages(shard))
        for number in range(1, len(begun) + 2):
            log = log_name(TOPIC, number)
            firsts = begun[number - 2].firsts if number > 1 else (0,) * sizes[log]
            for n, first in enumerate(firsts):
                last = lasts[log][n] if log in lasts else None
                expected.read((log, n), _between(self._lying(log, n), first, last))
        return expected

    def _lying(self, log: str, partition: int) -> Iterable[Said]:
        gone = self._gone.get((log, partition))
        return self.reader.messages((TOPIC, partition)) if gone is None else gone


class Clients(Publisher):
    """Of departments that have heard of the topic's number of partitions."""

    def __init__(self, bootstrap: str, prefix: str, partitions: int, of_topic: int) -> None:
        super().__init__(bootstrap, prefix, partitions)
        self._others, self._of_topic = partitions, of_topic

    def send(self, messages: Iterable[Dispatch]) -> None:
        for sent in messages:
            self._partitions = self._of_topic if sent.topic == TOPIC else self._others
            super().send([sent])


def _between(messages: Iterable[Said], first: int, last: int | None) -> Iterator[Said]:
    """All are read, so that the reader is free for the next log."""
    return iter([said for said in messages if first <= said.offset and (last is None or said.offset <= last)])


@pytest.fixture
def world(broker: ApacheKafka, nursery: Nursery, tmp_path: Path) -> Iterator[Changing]:
    with Changing(broker, nursery, tmp_path) as world:
        yield world


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """A catalogue that counts one measure otherwise."""
    text = TOWN.read_text("utf-8")
    assert ", value: attendances" in text
    file = tmp_path / "another.yaml"
    file.write_text(text.replace(", value: attendances", ""), "utf-8")
    return file


def _figures(client: Client) -> Sequence[Any]:
    query = "SELECT indicator, region, numerator, denominator, value FROM indicator_now ORDER BY ALL"
    rows: Sequence[Any] = client.query(query).result_rows
    return rows


def rebuilt(world: Changing) -> str:
    """What the operator does when the workers have ended."""
    said = world.run("rebuild")
    assert "answers. Stop the old workers and start new ones" in said
    assert world.run("rebuild", status=2).count("there is nothing to do") == 1
    return said


def refused(world: Changing) -> None:
    """A worker that is started too early."""
    worker = world.start(counting=False)
    assert worker.ended() == 2, worker.log
    assert "`pulse rebuild`" in worker.log


def test_more_partitions_under_load(world: Changing, another: Path) -> None:
    """Twice. The departments publish on all the while, also corrections to what they said before."""
    chatter = Chatter(701)
    worker = world.start()
    with world.load(chatter, at_once=30, pause=0.2):
        for number, partitions in ((2, 5), (3, 8)):
            counted = sum(world.positions().values())
            until(lambda: sum(world.positions().values()) > counted + 300)  # noqa: B023
            world.grow(partitions)
            assert worker.ended() == 2, worker.log
            assert "run `pulse rebuild`" in worker.log
            refused(world)
            said = rebuilt(world)
            assert f"its log {number} begins behind what was counted" in said
            worker = world.start()
            world.start()
        counted = sum(world.positions().values())
        until(lambda: sum(world.positions().values()) > counted + 500)
    assert world.check() > 1000
    assert [len(log.firsts) for log in world.begun()] == [5, 8]
    assert "0 differences" in world.run("verify")
    counted_otherwise(world, another)
    world.publish(chatter.say(200))
    world.check()


def counted_otherwise(world: Changing, catalogue: Path) -> None:
    """Long after the topic changed: all its logs are counted anew."""
    for worker in world.workers:
        if worker.alive:
            worker.stop()
    said = world.run("rebuild", catalogue=catalogue)
    assert "measures: trainings is counted otherwise" in said
    world.city = load_city(load_settings(catalogue=catalogue))
    world.start(catalogue=catalogue)


def test_made_anew(world: Changing) -> None:
    """All of the old one was counted; the new one is corrected and repeated from the start."""
    chatter = Chatter(702)
    world.publish(chatter.say(600))
    worker = world.start()
    world.settle()
    world.make_anew(4)
    assert worker.ended() == 2, worker.log
    assert "run `pulse rebuild`" in worker.log
    refused(world)
    before = _figures(world.client)
    said = rebuilt(world)
    assert _figures(world.client) == before
    assert "civil-affairs was deleted in Kafka and made anew, with 4 partitions" in said
    with world.load(chatter, at_once=30, pause=0.2):
        worker = world.start()
        counted = sum(world.positions().values())
        until(lambda: sum(world.positions().values()) > counted + 300)
        worker.kill()
        world.start()
    world.check()
    assert "0 differences" in world.run("verify")
    for worker in world.workers:
        if worker.alive:
            worker.stop()
    assert waiting(world.client, world.broker.bootstrap, world.prefix) == 0
    world.publish(chatter.say(70))
    assert waiting(world.client, world.broker.bootstrap, world.prefix) == 70
