"""The installed command itself, as an operator or a supervisor starts, stops and kills it."""

from __future__ import annotations

import time
from signal import SIGKILL

from tests.faults.chatter import Chatter
from tests.faults.shell import Shell
from tests.faults.waiting import until
from tests.faults.world import World

SOON = 40.0
"""Seconds that an orderly end may take: one or two on a machine of its own, on a crowded one what the worker grants
itself for the rest of its work (`streams.app.DRAIN`) and for leaving."""


def test_killed_and_told_to_stop_under_load(world: World) -> None:
    """kill -9, and another goes on; SIGTERM, and it writes what it has read, says so to Kafka, and leaves at once."""
    shell = Shell()
    with world.load(Chatter(1001), at_once=40):
        one = world.start(by=shell, instance="one")
        until(lambda: sum(world.positions().values()) > 500)
        one.kill()
        assert one.ended() == -SIGKILL
        counted = sum(world.positions().values())
        two = world.start(by=shell, instance="one")
        until(lambda: sum(world.positions().values()) > counted + 500)
        begun = time.monotonic()
        two.stop()
        assert time.monotonic() - begun < SOON
        assert world.committed() == {**dict.fromkeys(world.shards, 0), **world.positions()}
    world.start(instance="one")
    world.check()
