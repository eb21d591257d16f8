"""Tries whether offsets can be counted, on a shard of its own: nothing is written, sent or acknowledged.

An operator may set an offset aside only if this finds that it cannot be counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from streams.commands import Write
from streams.items import Gap, LogRecord, Unreadable
from streams.shard import Shard


class Obstacle(NamedTuple):
    """Where counting stops: the offsets from `first` up to and including `last`, and why."""

    first: int
    last: int
    why: str


def obstacle(
    shard: Shard, items: Iterable[LogRecord | Gap | Unreadable], convert: Callable[[Write], object]
) -> Obstacle | None:
    """The first item that a loaded shard cannot count; None if it can count all.

    `convert`: does to rows what a store does before it sends them; it may fail as well.
    """
    for item in items:
        if isinstance(item, Unreadable):
            return Obstacle(item.offset, item.last, item.why)
        try:
            shard.fold([item])
            command = shard.flush()
            while command is not None:
                if isinstance(command, Write):
                    convert(command)
                command = shard.done()
        except Exception as error:
            return Obstacle(item.offset, item.offset, f"{type(error).__name__}: {error}")
    return None
