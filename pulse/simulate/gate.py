"""How far a publisher may run ahead of the worker: not at all limited, or a window for each partition.

The in-process broker drops what it can't keep, without a word; so whoever publishes there keeps to a window.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Gate(Protocol):
    """Lets messages out, one after another."""

    async def admit(self, topic: str, partition: int, size: int) -> None:
        """Returns when a message of `size` bytes may go to a partition. `topic` is the bare system name."""


class OpenGate:
    """Lets every message out at once: for a broker that keeps what it is given."""

    async def admit(self, topic: str, partition: int, size: int) -> None:
        """Nothing to wait for."""


class WindowGate:
    """Lets out so many messages and bytes of each partition beyond what the worker has put away.

    `position(topic, partition)` is the first offset that the worker has not put away, 0 in an empty partition;
    it must not go back. The worker is taken to have caught up when the window first sees a partition. What others
    write there (the worker sends misplaced events on) is not seen: choose bounds well below what the broker keeps.
    One message always fits, however large.
    """

    def __init__(
        self, position: Callable[[str, int], int], messages: int, size: int, *, pause: float = 0.02
    ) -> None:
        """`size` in bytes; `pause`, seconds between two looks at a position that holds a message up."""
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
    """The messages of one partition that the worker has not put away, by their sizes."""

    def __init__(self, first: int) -> None:
        self.first = first
        """The offset of the oldest of them."""
        self.ahead: deque[int] = deque()
        self.size = 0

    def settle(self, position: int) -> bool:
        """Forgets what lies before the worker's position; whether there was any."""
        done = min(position - self.first, len(self.ahead))
        for _ in range(done):
            self.size -= self.ahead.popleft()
        self.first += max(0, done)
        return done > 0
