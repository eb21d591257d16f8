"""How a worker ends: told to, by a bug, or because counting must not go on."""

from __future__ import annotations

import re
import time

import pytest
from confluent_kafka.admin import NewPartitions

from streams.kafka import create_topics, topics
from tests.clickhouse_face import Fault
from tests.faults.chatter import Chatter
from tests.faults.waiting import until
from tests.faults.world import World

SOON = 10.0
"""Seconds that an orderly end may take."""


def test_told_to_stop_under_load(world: World) -> None:
    """It writes what it has read, says so to Kafka, and leaves the group at once."""
    with world.load(Chatter(601), at_once=100):
        worker = world.start()
        until(lambda: sum(world.positions().values()) > 1000)
        begun = time.monotonic()
        worker.stop()
        assert time.monotonic() - begun < SOON
        assert world.committed() == {**dict.fromkeys(world.shards, 0), **world.positions()}
        world.start()
    world.check()


def test_a_bug_ends_it_without_an_ack(world: World) -> None:
    """ClickHouse answers what no waiting mends: exit status 1, and the log names the place."""
    chatter = Chatter(602)
    world.publish(chatter.say(400))
    worker = world.start()
    for table in ("facts", "cells", "positions"):
        world.settle()
        ends = world.reader.ends(world.shards)
        until(lambda: world.committed() == ends)  # noqa: B023
        world.face.faults(Fault("error", code=16, on="insert", table=table, times=None))
        world.publish(chatter.say(100))
        assert worker.ended() == 1, worker.log
        place = re.search(rf"{table} at (civil-affairs|smart-community)/(\d)/(\d+)", worker.log)
        assert place, worker.log
        shard, offset = (place[1], int(place[2])), int(place[3])
        assert "NO_SUCH_COLUMN_IN_TABLE" in worker.log
        positions, committed = world.positions(), world.committed()
        assert positions[shard] == committed[shard] == ends[shard] == offset
        assert all(committed[one] <= positions[one] for one in world.shards)
        world.face.faults()
        worker = world.start()
    world.check()


def made_anew(world: World, topic: str) -> None:
    """Delete a topic and create one of the same name."""
    name = world.prefix + topic
    world.admin.delete_topics([name])[name].result(30)
    until(lambda: name not in topics(world.broker.bootstrap, [name], ids=False))
    create_topics(world.broker.bootstrap, {name: world.partitions})


def grown(world: World, topic: str) -> None:
    """Four partitions more."""
    name = world.prefix + topic
    world.admin.create_partitions([NewPartitions(name, world.partitions + 4)])[name].result(30)


@pytest.mark.parametrize("change", [made_anew, grown])
@pytest.mark.parametrize("running", [True, False], ids=["running", "at the start"])
def test_a_topic_that_is_another(world: World, change: object, running: bool) -> None:
    """Deleted and made anew, or with more partitions: exit status 2, and the way out. No figure moves."""
    assert callable(change)
    chatter = Chatter(603)
    world.publish(chatter.say(400))
    worker = world.start()
    world.check()
    stood = world.positions()
    if not running:
        worker.stop()
    change(world, "civil-affairs")
    if not running:
        worker = world.start(counting=False)
    assert worker.ended(40) == 2, worker.log
    assert "pulse rebuild" in worker.log
    assert world.positions() == stood
