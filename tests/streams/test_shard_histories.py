"""Thousands of histories with kills and stalls between any two steps: 0 lost, 0 double, or a printed history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from streams.commands import Ack, Command, Write
from streams.flush import Flush
from streams.shard import Shard
from tests.streams.simulator import Ledger, World, play

HISTORIES = 10_000


def test_ten_thousand_histories_end_exact() -> None:
    for seed in range(HISTORIES):
        try:
            world = play(seed)
            faults = world.faults()
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
        assert not faults, report(seed, world, faults)


def report(seed: int, world: World, faults: list[str]) -> str:
    """What a person needs to see why: the seed, the history, what came out wrong."""
    return "\n".join([f"seed {seed}", *world.history, "---", *faults])


def test_a_history_is_a_function_of_its_seed() -> None:
    assert play(7).history == play(7).history
    assert play(7).history != play(8).history


# --- Each guard is needed: without it some history comes out wrong ---


def _late(step: Command, table: str) -> int:
    """Everything, then this table, then the ack."""
    return 2 if isinstance(step, Ack) else 1 if isinstance(step, Write) and step.table == table else 0


class PositionBeforeCells(Shard):
    """The mutation: how far is said before what is counted."""

    def _commands(self, flush: Flush) -> Iterator[Command]:
        steps = list(super()._commands(flush))
        yield from sorted(steps, key=lambda step: _late(step, "cells"))


class FactsAfterPosition(Shard):
    """The mutation: how far is said before what was said."""

    def _commands(self, flush: Flush) -> Iterator[Command]:
        steps = list(super()._commands(flush))
        yield from sorted(steps, key=lambda step: _late(step, "facts"))


class LedgerAfterPosition(Shard):
    """The mutation: the ledger after the position."""

    def _commands(self, flush: Flush) -> Iterator[Command]:
        steps = list(super()._commands(flush))
        yield from sorted(steps, key=lambda step: _late(step, "events"))


class GapsAfterPosition(Shard):
    """The mutation: how far is said before that there was nothing."""

    def _commands(self, flush: Flush) -> Iterator[Command]:
        steps = list(super()._commands(flush))
        yield from sorted(steps, key=lambda step: _late(step, "gaps"))


@pytest.mark.parametrize(
    "mutation",
    [
        {"make": PositionBeforeCells},
        {"make": FactsAfterPosition},
        {"make": LedgerAfterPosition},
        {"make": GapsAfterPosition},
        {"ledger": lambda: Ledger(versioned_cells=False)},
        {"ledger": lambda: Ledger(load_as_of_position=False)},
    ],
    ids=[
        "position-before-cells",
        "position-before-facts",
        "position-before-ledger",
        "position-before-gaps",
        "unversioned",
        "load-beyond",
    ],
)
def test_without_the_guard_some_history_goes_wrong(mutation: dict[str, Any]) -> None:
    for seed in range(HISTORIES):
        words = {name: make() if name == "ledger" else make for name, make in mutation.items()}
        try:
            if play(seed, **words).faults():
                return
        except (AssertionError, KeyError, ValueError):
            return
    pytest.fail("the guard seems not to be needed: strengthen the simulator")
