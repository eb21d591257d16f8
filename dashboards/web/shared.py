"""A cache that computes once what many viewers ask for at the same time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Shared(Generic[K, V]):
    """The `kept` most recently added values by key. It belongs to one event loop."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._works: OrderedDict[K, asyncio.Task[V]] = OrderedDict()

    async def get(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """The value for a key. The first caller starts `work`; the others wait for its result.

        If `work` raises an error, all of them get it, and it is not kept. Cancelling one caller does not
        affect the others.
        """
        task = self._works.get(key)
        if task is None:
            task = self._works[key] = asyncio.create_task(work())
            task.add_done_callback(lambda done: self._forget_if_failed(key, done))
            while len(self._works) > self._kept:
                self._works.popitem(last=False)
        return await asyncio.shield(task)

    def clear(self) -> None:
        """Forget all values; later calls compute them again."""
        self._works.clear()

    def _forget_if_failed(self, key: K, done: asyncio.Task[V]) -> None:
        if (done.cancelled() or done.exception() is not None) and self._works.get(key) is done:
            del self._works[key]
