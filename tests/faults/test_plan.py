"""The whole plan of Jining, and a year of its events waiting in Kafka: two workers share it, one is killed, one stops."""

from __future__ import annotations

from pathlib import Path

from pulse.brokers.apache import ApacheKafka
from pulse.simulate.city import SimulatedCity
from pulse.simulate.year import SimulatedYear
from tests.faults.nursery import Nursery
from tests.faults.waiting import until
from tests.faults.world import World


def test_a_year_that_waits(broker: ApacheKafka, nursery: Nursery, tmp_path: Path) -> None:
    with World(broker, nursery, tmp_path, catalogue=None, partitions=2) as world:
        messages = list(SimulatedYear(SimulatedCity(7, 0.003)).dispatches())
        world.publish(messages)
        one = world.start(max_pending_events=1000)
        two = world.start(instance="two", max_pending_events=1000)
        until(lambda: sum(world.positions().values()) > len(messages) // 4)
        two.kill()
        world.start(instance="two")
        one.stop()
        assert world.check() >= len(messages)
