"""What a worker is made to do wrong, in its own process: guards taken away, and bugs that strike.

    world.start(sabotage="unversioned cells")

The product knows nothing of it. A guard that is taken away must be missed by some test (test_mutations.py); a bug that
strikes must end the worker without an ack (test_endings.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from typing import Any

from pulse.app import service
from schemas.contract import Contract
from sinks.clickhouse import store
from streams import shard as shards
from streams import takeover
from streams.commands import Ack, Command, Same, Write
from streams.driver import Driver
from streams.generation import generation
from streams.kafka import Logs
from streams.pool import Pool, Reader
from streams.shard import Shard

STRIKES = 3
"""At which call a bug strikes."""


class Accident(Exception):
    """A bug, as nobody expected it."""


def commit(name: str) -> None:
    """From here on this process does it wrong."""
    SABOTAGES[name]()


# --- Guards taken away ---


def _flushes(change: Callable[[list[Command]], list[Command]]) -> Callable[[], None]:
    """The commands of each flush, changed."""

    def apply() -> None:
        commands = Shard._commands

        def changed(self: Shard, flush: Any) -> Iterator[Command]:
            return iter(change(list(commands(self, flush))))

        Shard._commands = changed  # type: ignore[method-assign]

    return apply


def _late(table: str) -> Callable[[], None]:
    """A table is written when the position stands already."""

    def rank(step: Command) -> int:
        return 2 if isinstance(step, Ack) else 1 if isinstance(step, Write) and step.table == table else 0

    return _flushes(lambda steps: sorted(steps, key=rank))


def _unversioned(steps: list[Command]) -> list[Command]:
    """Cells no longer say what they were true at: of two the one that comes last stands."""
    return [
        Write("cells", {**step.columns, "offset": Same(0, step.rows)}, step.rows)
        if isinstance(step, Write) and step.table == "cells"
        else step
        for step in steps
    ]


def _load_beyond() -> None:
    """A shard is loaded with all facts there are, those behind its position too."""
    store._WINNERS = store._WINNERS.replace("AND offset <= {offset:Int64}", "")


def _log_start_unchecked() -> None:
    """At a take-over, and where a fetch does not follow on the last."""
    _take_over(lambda position, log, partitions: (position, log._replace(start=0)))
    Driver._check = lambda *_: None  # type: ignore[method-assign]


def _partitions_unchecked() -> None:
    """At a take-over, from time to time, and in what makes a generation."""
    _take_over(
        lambda position, log, partitions: (
            position and position._replace(partitions=partitions),
            log._replace(partitions=partitions),
        )
    )
    Logs.changed = _never_mind  # type: ignore[method-assign]
    made = generation

    def same(catalogue: Any, regions: Any, partitions: Any, *more: Any, **words: Any) -> Any:
        return made(catalogue, regions, dict.fromkeys(partitions, 1), *more, **words)

    setattr(service, "generation", same)  # noqa: B010  a name that it imports


def _take_over(seen: Callable[[Any, Any, int], tuple[Any, Any]]) -> None:
    """The check is told of a position and a log as they would have to be."""
    fault = takeover.fault

    def fooled(shard: str, position: Any, log: Any, partitions: int, **words: Any) -> str | None:
        return fault(shard, *seen(position, log, partitions), partitions, **words)

    setattr(shards, "fault", fooled)  # noqa: B010  a name that it imports


async def _never_mind(self: Any, *_: Any) -> None:
    return None


# --- Bugs that strike ---


def _bug(owner: Any, name: str) -> Callable[[], None]:
    """A method of the product raises at its third call, and ever after."""

    def apply() -> None:
        calls, method = count(1), getattr(owner, name)

        def struck(*words: Any, **named: Any) -> Any:
            if next(calls) >= STRIKES:
                raise Accident(f"{owner.__name__}.{name}")
            return method(*words, **named)

        setattr(owner, name, struck)

    return apply


def _in_the_agent() -> None:
    """What an agent iterates over raises in the agent itself, outside of all that it calls."""
    from faust.streams import Stream

    events = Stream.events

    async def struck(self: Any) -> AsyncIterator[Any]:
        calls = count(1)
        async for event in events(self):
            if next(calls) >= STRIKES:
                raise Accident("in the agent")
            yield event

    Stream.events = struck


SABOTAGES: dict[str, Callable[[], None]] = {
    "facts after the position": _late("facts"),
    "ledger after the position": _late("events"),
    "cells after the position": _late("cells"),
    "ack before the position": _flushes(lambda steps: [steps[-1], *steps[:-1]]),
    "unversioned cells": _flushes(_unversioned),
    "load beyond the position": _load_beyond,
    "log start unchecked": _log_start_unchecked,
    "partition count unchecked": _partitions_unchecked,
    "bug in decoding": _bug(Contract, "decode"),
    "bug in the pool": _bug(Pool, "deliver"),
    "bug in acking": _bug(Reader, "ack"),
    "bug in the agent": _in_the_agent,
}
