"""MUTATIONS=1: every guard is needed. Each is taken away in the worker, and a test on the real Kafka must miss it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pulse.brokers.apache import ApacheKafka
from tests.faults import test_endings, test_kills
from tests.faults.chatter import Chatter
from tests.faults.log import Publisher, Reader
from tests.faults.nursery import Nursery
from tests.faults.recount import cells
from tests.faults.test_partitioners import told
from tests.faults.world import World

pytestmark = pytest.mark.skipif(
    os.environ.get("MUTATIONS") != "1", reason="MUTATIONS=1 takes each guard away once"
)


def over_a_gap(world: World) -> None:
    """Retention took what was not counted yet, and a worker goes on as if nothing were missing."""
    _, everything = test_endings.cut_short(world)
    world.start()
    world.settle()
    world.compare(everything)


def over_more_partitions(world: World) -> None:
    """The topics have grown: clients put a subject elsewhere than before, and a worker goes on with both."""
    chatter = Chatter(1202, malformed=0, misrouted=0)
    messages = chatter.say(600)
    world.publish(messages)
    worker = world.start()
    world.settle()
    worker.stop()
    for topic in world.city.topics:
        test_endings.grown(world, topic)
    grown = world.partitions + 4
    world.shards = [(topic, n) for topic in world.city.topics for n in range(grown)]
    world.publisher = Publisher(world.broker.bootstrap, world.prefix, grown)
    world.reader.close()
    world.reader = Reader(world.broker.bootstrap, world.prefix)  # one that knows them
    more = chatter.say(600)
    world.publish(more)
    world.start()
    world.settle()
    expected, found = told(world, [*messages, *more]).cells(), cells(world.client)
    wrong = [cell for cell in expected.keys() | found.keys() if expected.get(cell) != found.get(cell)]
    assert not wrong, f"cell {wrong[0]}: expected {expected.get(wrong[0])}, found {found.get(wrong[0])}"


HALTS = r"the stored counts are not what the facts add up to|the ledger lacks \d+ of these offsets"
"""What the next worker says at its take-over, before anybody compares: it has missed the guard as well."""

GUARDS: list[tuple[str, Callable[[World], None], str]] = [
    ("facts after the position", test_kills.test_between_every_two_steps, rf"^ledger \(|{HALTS}"),
    ("ledger after the position", test_kills.test_between_every_two_steps, rf"^ledger \(|{HALTS}"),
    ("cells after the position", test_kills.test_between_every_two_steps, rf"^cell \(|{HALTS}"),
    ("ack before the position", test_endings.test_a_bug_ends_it_without_an_ack, r"^assert \d+ == "),
    ("unversioned cells", test_kills.test_last_words_that_come_late, rf"^cell \(|{HALTS}"),
    ("load beyond the position", test_kills.test_between_every_two_steps, r"^(cell|ledger) \("),
    ("log start unchecked", over_a_gap, r"^ledger \("),
    ("partition count unchecked", over_more_partitions, r"^cell \("),
]
"""What is taken away, which test misses it, and what that says."""


@pytest.mark.parametrize(("guard", "test", "says"), GUARDS, ids=[guard for guard, _, _ in GUARDS])
def test_the_guard_is_missed(
    broker: ApacheKafka,
    nursery: Nursery,
    tmp_path: Path,
    guard: str,
    test: Callable[[World], None],
    says: str,
) -> None:
    world = World(broker, nursery, tmp_path, sabotage=guard)
    with world, pytest.raises(AssertionError, match=rf"(?m){says}") as caught:
        test(world)
    print(f"\n{guard}: {test.__name__}: {str(caught.value).splitlines()[0][:200]}")
