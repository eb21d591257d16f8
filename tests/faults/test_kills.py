"""kill -9: between every two steps of a flush, while a shard is loaded, while something is sent, and at random."""

from __future__ import annotations

import time
from random import Random

import pytest

from tests.clickhouse_face import Fault
from tests.faults.chatter import Chatter
from tests.faults.waiting import until
from tests.faults.world import World

FLUSH = ("facts", "events", "dead_letters", "device_hours", "cells", "positions")
"""What a flush writes, in its order."""

LATE = 3.0
"""Seconds by which a dead worker's last words come late: the next one has gone on meanwhile."""


GRID = 2.0
"""The grid of flushes where it matters when one begins."""


def before(table: str) -> Fault:
    """The statement never takes effect, however often it is tried."""
    return Fault("cut", on="insert", table=table, times=None)


def after(table: str) -> Fault:
    """The statement takes effect, and the worker never hears of it."""
    return Fault("slow", when="after", seconds=120, on="insert", table=table)


def late(table: str) -> Fault:
    """The statement takes effect when the worker has been dead for a while."""
    return Fault("slow", when="before", seconds=LATE, on="insert", table=table)


def loading(table: str) -> Fault:
    """The shard's load is never answered."""
    return Fault("slow", seconds=120, on="select", table=table)


def killed_at(world: World, fault: Fault) -> None:
    """A worker, killed where the fault strikes; then the fault is over."""
    world.face.faults(fault)
    worker = world.start(instance="one", counting=False)
    world.struck()
    worker.kill()
    world.face.faults()


def test_between_every_two_steps(world: World) -> None:
    chatter = Chatter(101, malformed=0.1)
    world.publish(chatter.say(300))
    for table in FLUSH:
        for fault in (before(table), after(table)):
            world.publish(chatter.say(150))
            killed_at(world, fault)
    for table in ("positions", "facts"):
        killed_at(world, loading(table))
    world.start(instance="one")
    assert world.check() > 2000


def test_last_words_that_come_late(world: World) -> None:
    """The insert of a worker that is dead lands after its successor has gone on: the higher offset stands."""
    chatter = Chatter(102, malformed=0.1)
    world.publish(chatter.say(300))
    for table in ("facts", "cells", "positions"):
        world.publish(chatter.say(150))
        killed_at(world, late(table))
        landed = time.monotonic() + LATE + 0.5
        successor = world.start(instance="one")
        world.publish(chatter.say(150))
        world.settle()
        until(lambda: time.monotonic() > landed)  # noqa: B023
        assert world.settled()
        successor.kill()
    world.start(instance="one")
    world.check()


def outgoing(world: World) -> int:
    """How many events stand in the ledger that had to be sent on, or a dead letter for them."""
    sql = "SELECT count() FROM events FINAL WHERE outcome IN ('refused', 're-keyed')"
    found: int = world.client.query(sql).result_rows[0][0]
    return found


def test_while_sending(world: World) -> None:
    """The broker hangs while misplaced events and dead letters are sent: nothing is written before they are out."""
    chatter = Chatter(103, malformed=0.3, misrouted=0.3)
    world.publish(chatter.say(60))
    worker = world.start(instance="one", linger=GRID)
    world.settle()  # it has sent before, and knows the topics
    written, letters = outgoing(world), world.letters()
    until(lambda: time.monotonic() % GRID < 0.2)  # all processes have one such clock, and flushes keep to it
    world.publish(chatter.say(60))
    until(lambda: time.monotonic() % GRID > GRID - 0.7)  # long read
    world.broker.pause()
    try:
        until(lambda: 0.7 < time.monotonic() % GRID < GRID / 2)  # long folded
        assert outgoing(world) == written
        worker.kill()
    finally:
        world.broker.resume()
    # The broker takes now what the dead one sent: so that is what it was at.
    until(lambda: world.letters() > letters)
    world.start(instance="one")
    world.check()


@pytest.mark.parametrize("seed", [104])
def test_at_random(world: World, seed: int) -> None:
    chance = Random(seed)
    with world.load(Chatter(seed), at_once=60, pause=0.05):
        for _ in range(12):
            worker = world.start(instance="one", counting=False)
            time.sleep(chance.uniform(0.8, 2.8))
            worker.kill()
    world.start(instance="one")
    world.check()
