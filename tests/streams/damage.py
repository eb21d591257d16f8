"""What befalls a ledger or a log in spite of all acknowledgements: lost rows, and events that Kafka gives no more.

Each function picks what it takes by the world's own chance; where there is nothing to take it does nothing.
"""

from __future__ import annotations

from typing import Any

from streams.counting.fold import Fold
from tests.streams.counting import toy
from tests.streams.simulator import MARKER, PARTITIONS, World


def lose_event(world: World) -> None:
    """A row of the table `events` that a position covers."""
    _lose(world, world.ledger.events, lambda key: (key[0], key[1]))


def lose_gap(world: World) -> None:
    """A row of the table `gaps` that a position covers."""
    gaps = dict.fromkeys(world.ledger.gaps)
    _lose(world, gaps, lambda key: (key[0], key[1]))
    world.ledger.gaps = set(gaps)


def lose_cell(world: World) -> None:
    """A cell that is not 0, as of a position."""
    cells = world.ledger.cells
    shown = {key: held for key, held in cells.items() if held[0]}
    before = set(shown)
    _lose(world, shown, lambda key: (key[0], cells[key][1]))
    for key in before - set(shown):
        del cells[key]


def lose_fact(world: World) -> None:
    """A row of the table `facts` without which they add up to other cells. No take-over can see that another one is lost."""
    facts, whole = (
        world.ledger.facts,
        {partition: _digest(world, partition) for partition in range(PARTITIONS)},
    )
    keys = sorted(facts, key=repr)
    world.random.shuffle(keys)
    for key in keys:
        lost = facts.pop(key)
        if key[-1] <= world.ledger.positions.get(key[0], -1) and _digest(world, key[0]) != whole[key[0]]:
            return
        facts[key] = lost


def _digest(world: World, partition: int) -> tuple[int, int]:
    fold = Fold(toy.CATALOGUE, toy.CALENDAR, toy.TOPIC)
    fold.load(world.ledger.load(partition).statements)
    return fold.digest()


def lose_message(world: World) -> None:
    """An event that is in the ledger and not counted: compaction took it out of the log."""
    positions = world.ledger.positions
    ahead = [place for place in world.ledger.events if place[1] > positions.get(place[0], place[1])]
    if ahead:
        partition, offset = world.random.choice(sorted(ahead))
        world.log[partition][offset].value = MARKER


def _lose(world: World, rows: dict[Any, Any], place: Any) -> None:
    covered = [key for key in rows if place(key)[1] <= world.ledger.positions.get(place(key)[0], -1)]
    if covered:
        del rows[world.random.choice(sorted(covered, key=repr))]
