"""Workers come and go under load; and Kafka's committed offsets mean nothing."""

from __future__ import annotations

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

from tests.faults.chatter import Chatter
from tests.faults.test_stalls import figures
from tests.faults.waiting import until
from tests.faults.world import World


def shares(world: World) -> list[int]:
    """How many partitions each member of the group has now."""
    group = world.admin.describe_consumer_groups([world.group])[world.group].result(10)
    return sorted(len(member.assignment.topic_partitions) for member in group.members)


def shared(world: World, members: int) -> None:
    """Wait until so many members have all partitions between them, and each has some."""

    def done() -> bool:
        found = shares(world)
        return len(found) == members and all(found) and sum(found) == len(world.shards)

    until(done, why=lambda: f"{shares(world)}, not {members} members\n{world.logs}")


def test_workers_come_and_go(world: World) -> None:
    """Five join, five leave: some with a name that outlives them (static membership), some without."""
    with world.load(Chatter(301), at_once=40):
        one = world.start()
        shared(world, 1)
        two = world.start(instance="b")
        shared(world, 2)
        three = world.start()
        shared(world, 3)
        two.kill()
        two = world.start(instance="b")  # the same member again: nobody else notices
        shared(world, 3)
        one.stop()
        shared(world, 2)
        three.kill()
        shared(world, 1)
        four = world.start(instance="d")
        shared(world, 2)
        two.stop()  # one with a name is waited for, until its session is over
        shared(world, 1)
    world.settle()
    four.stop()
    world.compare()


def test_committed_offsets_mean_nothing(world: World) -> None:
    """Reset to the start, and another group that has none: nothing is counted again."""
    world.publish(Chatter(302).say(1500))
    world.start().stop()
    worker = world.start()
    world.settle()
    until(lambda: world.committed() == world.reader.ends(world.shards))
    worker.stop()
    stood = figures(world)
    starts = [TopicPartition(world.prefix + topic, n, 0) for topic, n in world.shards]
    reset = [ConsumerGroupTopicPartitions(world.group, starts)]
    world.admin.alter_consumer_group_offsets(reset)[world.group].result(10)
    assert set(world.committed().values()) == {0}
    worker = world.start()
    until(lambda: world.committed() == world.reader.ends(world.shards))
    assert figures(world) == stood
    worker.stop()
    world.group += "-another"
    world.start(consumer_group=world.group)
    until(lambda: world.committed() == world.reader.ends(world.shards))
    assert figures(world) == stood
    world.compare()
