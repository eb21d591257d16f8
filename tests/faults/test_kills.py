"""kill -9: between every two steps of a flush, while a shard is loaded, while something is sent, and at random."""

from __future__ import annotations

import time
from contextlib import suppress
from random import Random

import pytest

from tests.clickhouse_face import Fault
from tests.faults.chatter import Chatter
from tests.faults.waiting import until
from tests.faults.worker import Worker
from tests.faults.world import World

FLUSH = ("facts", "events", "dead_letters", "device_hours", "cells", "positions")
"""What a flush writes, in its order."""

GRID = 2.0
"""The grid of flushes where it matters when one begins."""


def before(table: str) -> Fault:
    """The statement never takes effect, however often it is tried."""
    return Fault("cut", on="insert", table=table, times=None)


def after(table: str) -> Fault:
    """The statement takes effect, and the worker never hears of it."""
    return Fault("slow", when="after", seconds=120, on="insert", table=table)


def late(table: str) -> Fault:
    """The statement takes effect when other faults are in force, or none: the worker may be long dead by then."""
    return Fault("hold", on="insert", table=table)


def loading(table: str) -> Fault:
    """The shard's load is never answered."""
    return Fault("slow", seconds=120, on="select", table=table)


def killed_at(world: World, fault: Fault) -> None:
    """A worker, killed where the fault strikes."""
    world.face.faults(fault)
    worker = world.start(instance="one", counting=False)
    world.struck()
    worker.kill()


def test_between_every_two_steps(world: World) -> None:
    chatter = Chatter(101, malformed=0.1)
    world.publish(chatter.say(300))
    first = world.start(instance="one")
    world.settle()  # there is a position, and all that follows lies behind it
    first.kill()
    for table in FLUSH:
        for fault in (before(table), after(table)):
            world.publish(chatter.say(150))
            killed_at(world, fault)
    for table in ("positions", "facts"):
        killed_at(world, loading(table))
    world.face.faults()
    world.start(instance="one")
    assert world.check() > 2000


def test_last_words_that_come_late(world: World) -> None:
    """The insert of a worker that is dead lands after its successor has gone on: the higher offset stands."""
    chatter = Chatter(102, malformed=0.1)
    world.publish(chatter.say(300))
    for table in ("facts", "cells", "positions"):
        world.publish(chatter.say(150))
        killed_at(world, late(table))
        successor = world.start(instance="one")
        world.publish(chatter.say(150))
        world.settle()
        world.face.faults()  # now they come
        assert world.settled()
        successor.kill()
    world.start(instance="one")
    world.check()


def test_while_sending(world: World) -> None:
    """The broker hangs while misplaced events and dead letters are sent: nothing is written before they are out."""
    chatter = Chatter(103, malformed=0.3, misrouted=0.3)
    world.publish(chatter.say(60))
    worker = world.start(instance="one", flush_interval_seconds=GRID)
    for _ in range(20):
        world.settle()  # it has sent before, and knows the topics
        struck, writes = killed_while_sending(world, worker, chatter)
        worker = world.start(instance="one", flush_interval_seconds=GRID)
        if struck:
            assert not writes
            break
    else:
        pytest.fail("no kill ever fell into a send")
    world.check()


def killed_while_sending(world: World, worker: Worker, chatter: Chatter) -> tuple[bool, int]:
    """Kill it between two grids; whether it was sending then, and how often it had tried to write."""
    letters = world.letters()
    until(lambda: time.monotonic() % GRID < 0.2)  # all processes have one such clock, and flushes keep to it
    grid = time.monotonic() // GRID
    world.publish(chatter.say(60))
    world.face.faults(*(Fault("error", code=159, on="insert", table=table, times=None) for table in FLUSH))
    until(lambda: time.monotonic() % GRID > GRID - 0.7)  # long read
    world.broker.pause()
    in_time = time.monotonic() // GRID == grid
    try:
        until(lambda: 0.7 < time.monotonic() % GRID < GRID / 2)  # long folded
        worker.kill()
    finally:
        world.broker.resume()
    writes = sum(world.face.struck())
    world.face.faults()
    if not in_time:
        return False, writes
    # The broker takes now what the dead one sent: so that is what it was at.
    with suppress(AssertionError):
        until(lambda: world.letters() > letters, within=5)
        return True, writes
    return False, writes


@pytest.mark.parametrize("seed", [104])
def test_at_random(world: World, seed: int) -> None:
    chance = Random(seed)
    with world.load(Chatter(seed), at_once=60, pause=0.05):
        for _ in range(8):
            worker = world.start(instance="one", counting=False)
            time.sleep(chance.uniform(0.8, 2.8))
            worker.kill()
    world.start(instance="one")
    world.check()
