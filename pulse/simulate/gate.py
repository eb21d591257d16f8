"""Limits how far a publisher may run ahead of the worker: not at all, or to a window for each partition.

The in-process broker silently drops what it cannot keep, so a publisher to it must use a window.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Gate(Protocol):
    """Admits messages, one after another."""

    async def admit(self, topic: str, partition: int, size: int) -> None:
        """Returns when a message of `size` bytes may go to a partition. `topic` is the bare system name."""


class OpenGate:
    """Admits every message at once, for a broker that keeps everything."""

    async def admit(self, topic: str, partition: int, size: int) -> None:
        """Returns at once."""


class WindowGate:
    """Limits the messages and bytes of each partition that are ahead of what the worker has stored.

    `position(topic, partition)` returns the first offset that the worker has not stored, 0 for an empty
    partition; it must never decrease. When the window first sees a partition, it assumes that the worker has
    caught up there. It does not see what others write (the worker sends misplaced events on), so choose
    limits well below what the broker keeps. One message is always admitted, however large, if nothing is
    ahead.
    """

    def __init__(
        self, position: Callable[[str, int], int], messages: int, size: int, *, pause: float = 0.02
    ) -> None:
        """`size` is in bytes; `pause` is the number of seconds between two checks of the position while waiting."""
        self._position, self._messages, self._size, self._pause = position, messages, size, pause
        self._lanes: dict[tuple[str, int], _Lane] = {}

    async def admit(self, topic: str, partition: int, size: int) -> None:
        """Waits while the partition is too far ahead of the worker."""
        lane = self._lanes.get((topic, partition))
        if lane is None:
            lane = self._lanes[topic, partition] = _Lane(self._position(topic, partition))
        while lane.ahead and (len(lane.ahead) >= self._messages or lane.size + size > self._size):
            if not lane.settle(self._position(topic, partition)):
                await asyncio.sleep(self._pause)
        lane.ahead.append(size)
        lane.size += size


class _Lane:
    """Sizes of the messages of one partition that the worker has not stored yet."""

    def __init__(self, first: int) -> None:
        self.first = first
        """The offset of the oldest of them."""
        self.ahead: deque[int] = deque()
        self.size = 0

    def settle(self, position: int) -> bool:
        """Drop the messages before the worker's position; returns whether there were any."""
        done = min(position - self.first, len(self.ahead))
        for _ in range(done):
            self.size -= self.ahead.popleft()
        self.first += max(0, done)
        return done > 0
