"""A worker stalls (SIGSTOP) for longer than its session, another one takes over, and the first wakes up."""

from __future__ import annotations

from typing import Any

from tests.clickhouse_face import Fault
from tests.faults.chatter import Chatter
from tests.faults.world import World


def figures(world: World) -> list[Any]:
    """Everything that is counted."""
    tables = ("cells", "positions", "facts", "events", "device_hours", "dead_letters")
    return [sorted(world.client.query(f"SELECT * FROM {table} FINAL").result_rows) for table in tables]


def test_one_that_wakes_up_moves_no_figure(world: World) -> None:
    # Nothing to send on: one that wakes up may send on again what it has read, and the copies would be counted as repeats.
    chatter = Chatter(201, misrouted=0)
    world.publish(chatter.say(300))
    sleeper = world.start()
    world.settle()
    for table in ("facts", "cells"):
        world.face.faults(Fault("slow", when="after", seconds=5, on="insert", table=table))
        world.publish(chatter.say(150))
        world.struck()
        sleeper.stall()  # with the rest of its flush still to write
        other = world.start(counting=False)  # it joins once the sleeper's session is over
        world.publish(chatter.say(150))
        world.settle()
        stood = figures(world)
        # Nothing new is published: who writes a position now is the one that wakes.
        world.face.faults(Fault("slow", seconds=0.01, on="insert", table="positions", times=None))
        sleeper.wake()
        world.struck()
        world.publish([])
        world.settle()
        assert figures(world) == stood
        world.publish(chatter.say(150))
        world.settle()
        assert sleeper.alive
        other.stop()
    world.check()
