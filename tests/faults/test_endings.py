"""How a worker ends: told to, by a bug, or because counting must not go on."""

from __future__ import annotations

import re

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import NewPartitions

from streams.kafka import create_topics, topics
from tests.clickhouse_face import Fault
from tests.faults.chatter import Chatter
from tests.faults.log import Shard
from tests.faults.recount import Expected
from tests.faults.waiting import until
from tests.faults.world import World


def test_a_bug_ends_it_without_an_ack(world: World) -> None:
    """ClickHouse lacks a column: exit status 2, and the log names the place and what to do."""
    chatter = Chatter(602)
    world.publish(chatter.say(400))
    worker = world.start()
    for table in ("facts", "cells", "positions"):
        world.settle()
        ends = world.reader.ends(world.shards)
        until(lambda: world.committed() == ends)  # noqa: B023
        world.face.faults(Fault("error", code=16, on="insert", table=table, times=None))
        world.publish(chatter.say(100))
        assert worker.ended() == 2, worker.log
        assert "run `pulse migrate`" in worker.log
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


BUGS = ("bug in decoding", "bug in the pool", "bug in acking", "bug in the agent")


def test_a_bug_anywhere_ends_it_without_an_ack(world: World) -> None:
    """Also in the agent itself, where Faust would go on: exit status 1, and nothing is acknowledged but what is counted."""
    chatter = Chatter(604)
    with world.load(chatter):
        for bug in BUGS:
            worker = world.start(sabotage=bug, counting=False)
            assert worker.ended() == 1, worker.log
            assert "a bug: nothing of this was acknowledged" in worker.log
            assert "Accident" in worker.log
            positions = world.positions()
            for shard, offset in world.committed().items():
                assert offset <= positions.get(shard, 0)
    world.start()
    world.check()


def test_a_log_whose_next_events_are_gone(world: World) -> None:
    """Retention took what was not counted yet: exit status 2, and which offsets are missing. No figure moves."""
    stood, _ = cut_short(world)
    worker = world.start(counting=False)
    assert worker.ended() == 2, worker.log
    assert re.search(r"civil-affairs/0: .*offsets \d+–\d+ are gone uncounted", worker.log), worker.log
    assert world.positions() == stood


def cut_short(world: World) -> tuple[dict[Shard, int], Expected]:
    """Some are counted; of those that follow the first are deleted in one partition. The positions, and what was there."""
    world.publish(Chatter(605).say(400))
    worker = world.start()
    world.settle()
    worker.stop()
    stood = world.positions()
    world.publish(Chatter(606).say(200))
    there_was = world.expected()
    shard = ("civil-affairs", 0)
    there = TopicPartition(world.prefix + shard[0], shard[1], stood[shard] + 10)
    assert there.offset < world.reader.ends([shard])[shard]
    for done in world.admin.delete_records([there]).values():
        done.result(30)
    return stood, there_was


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
    assert re.search(r"[Rr]un `pulse rebuild`", worker.log), worker.log
    assert world.positions() == stood
