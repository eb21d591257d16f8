"""The whole plan of Jining and its simulated year: two workers share it, one is killed, another stops."""

from __future__ import annotations

from pathlib import Path

from brokers.apache import ApacheKafka
from simulate.city import City
from simulate.year import Plan
from tests.faults.nursery import Nursery
from tests.faults.waiting import until
from tests.faults.world import World


def test_the_whole_plan(broker: ApacheKafka, nursery: Nursery, tmp_path: Path) -> None:
    with World(broker, nursery, tmp_path, catalogue=None, partitions=2) as world:
        one = world.start()
        two = world.start(instance="two")
        messages = list(Plan(City(7, 0.003)).dispatches())
        half = len(messages) // 2
        world.publish(messages[:half])
        until(lambda: sum(world.positions().values()) > half // 3)
        two.kill()
        world.start(instance="two")
        world.publish(messages[half:])
        one.stop()
        assert world.check() >= len(messages)
