"""Thousands of histories with kills and stalls between any two steps: 0 lost, 0 double, or a printed history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from streams.commands import Ack, Command, Loaded, LogBounds, Send, Write
from streams.flush import Flush
from streams.shard import Shard
from tests.streams import damage
from tests.streams.simulator import Ledger, World, play
from tests.streams.verdict import faults

HISTORIES = 10_000
DAMAGED = 300
"""Histories whose ledger or log is damaged, of each kind."""

_untold = partial(Ledger, tells_lost=False, tells_cells=False, tells_ahead=False)
"""A ledger of which a take-over learns nothing but the position: what goes wrong is then left to the comparison."""


def test_ten_thousand_histories_end_exact() -> None:
    for seed in range(HISTORIES):
        try:
            world = play(seed)
            found = faults(world)
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
        assert not found, report(seed, world, found)


def report(seed: int, world: World, found: list[str]) -> str:
    """What a person needs to see why: the seed, the history, what came out wrong."""
    return "\n".join([f"seed {seed}", *world.history, "---", *found])


def test_a_history_is_a_function_of_its_seed() -> None:
    assert play(7).history == play(7).history
    assert play(7).history != play(8).history


# --- Each guard is needed: without it the comparison names what comes out wrong ---


def _table(step: Command) -> str:
    return step.table if isinstance(step, Write) else type(step).__name__


def late(table: str) -> type[Shard]:
    """The mutation: the position is written before this table."""

    class Late(Shard):
        def _commands(self, flush: Flush) -> Iterator[Command]:
            steps = list(super()._commands(flush))
            yield from sorted(steps, key=lambda step: 2 if isinstance(step, Ack) else _table(step) == table)

    return Late


def never(table: str) -> type[Shard]:
    """The mutation: this table is never written, or nothing is sent."""

    class Never(Shard):
        def _commands(self, flush: Flush) -> Iterator[Command]:
            return (step for step in super()._commands(flush) if _table(step) != table)

    return Never


class SendsNoLetters(Shard):
    """The mutation: dead letters stand in the table, and nobody is sent them."""

    def _commands(self, flush: Flush) -> Iterator[Command]:
        for step in super()._commands(flush):
            yield (
                Send([m for m in step.messages if m.partition is not None])
                if isinstance(step, Send)
                else step
            )


MUTATIONS: dict[str, tuple[Callable[..., Shard], Callable[[], Ledger], str]] = {
    "position-before-cells": (late("cells"), _untold, "cell "),
    "position-before-facts": (late("facts"), _untold, "cell "),
    "position-before-ledger": (late("events"), _untold, "outcome "),
    "position-before-gaps": (late("gaps"), _untold, "gap "),
    "position-before-letters": (late("dead_letters"), Ledger, "dead letter "),
    "position-before-hours": (late("device_hours"), Ledger, "device hours "),
    "position-before-sends": (late("Send"), Ledger, "forwarded "),
    "no-cells": (never("cells"), _untold, "cell "),
    "no-facts": (never("facts"), _untold, "cell "),
    "no-ledger": (never("events"), _untold, "outcome "),
    "no-gaps": (never("gaps"), _untold, "gap "),
    "no-letters": (never("dead_letters"), Ledger, "dead letter "),
    "no-hours": (never("device_hours"), Ledger, "device hours "),
    "no-sends": (never("Send"), Ledger, "forwarded "),
    "no-letters-sent": (SendsNoLetters, Ledger, "sent letter "),
    "unversioned": (Shard, partial(_untold, versioned_cells=False), "cell "),
    "load-beyond": (Shard, partial(_untold, load_as_of_position=False), "cell "),
    "position-before-cells, taken over": (late("cells"), Ledger, "halted "),
    "position-before-facts, taken over": (late("facts"), Ledger, "halted "),
    "position-before-ledger, taken over": (late("events"), Ledger, "halted "),
    "position-before-gaps, taken over": (late("gaps"), Ledger, "halted "),
    "unversioned, taken over": (Shard, partial(Ledger, versioned_cells=False), "halted "),
    "load-beyond, taken over": (Shard, partial(Ledger, load_as_of_position=False), "halted "),
}
"""What is taken away, what a take-over learns, and how the comparison names what comes of it."""


@pytest.mark.parametrize(("make", "ledger", "says"), MUTATIONS.values(), ids=MUTATIONS)
def test_without_the_guard_the_comparison_names_what_is_wrong(
    make: Callable[..., Shard], ledger: Callable[[], Ledger], says: str
) -> None:
    for seed in range(HISTORIES):
        try:
            found = faults(play(seed, make=make, ledger=ledger()))
        except (KeyError, ValueError):
            continue  # a crash shows that something is wrong, and not that the comparison would see it
        if any(fault.startswith(says) for fault in found):
            return
    pytest.fail("the guard seems not to be needed: strengthen the simulator")


# --- A ledger or a log that is damaged: a worker halts at the take-over, and does not count on ---


class GoesOn(Shard):
    """The mutation: a take-over does not look whether all is there."""

    def loaded(self, loaded: Loaded, bounds: LogBounds) -> Command:
        return super().loaded(loaded._replace(lost=0, cells=None, ahead=frozenset()), bounds)


DAMAGES: dict[str, tuple[Callable[[World], None], str]] = {
    "event": (damage.lose_event, "the ledger lacks 1 of these offsets"),
    "gap": (damage.lose_gap, "the ledger lacks 1 of these offsets"),
    "cell": (damage.lose_cell, "the stored counts are not what the facts add up to"),
    "fact": (damage.lose_fact, "the stored counts are not what the facts add up to"),
    "message": (damage.lose_message, "were written but not counted, and Kafka does not give them any more"),
}
"""What is lost, and what the worker then says."""


@pytest.mark.parametrize(("damaged", "says"), DAMAGES.values(), ids=DAMAGES)
def test_a_take_over_halts_where_something_is_lost(damaged: Callable[[World], None], says: str) -> None:
    halted = 0
    for seed in range(DAMAGED):
        world = play(seed, damage=damaged)
        found = faults(world)
        assert all(says in reason for reason in world.halted.values()), report(seed, world, found)
        assert world.halted or not found, report(seed, world, found)
        halted += bool(world.halted)
    assert halted > DAMAGED / 20


@pytest.mark.parametrize(("damaged", "says"), DAMAGES.values(), ids=DAMAGES)
def test_without_that_look_the_figures_go_wrong_in_silence(
    damaged: Callable[[World], None], says: str
) -> None:
    def wrong(seed: int) -> Any:
        try:
            world = play(seed, damage=damaged, make=GoesOn)
        except KeyError:
            return False
        return not world.halted and faults(world)

    assert any(wrong(seed) for seed in range(DAMAGED))
