"""What many viewers ask for at the same time is worked out once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Shared(Generic[K, V]):
    """Values by key, the latest of them. Lives in one event loop."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._works: OrderedDict[K, asyncio.Task[V]] = OrderedDict()

    async def get(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """The value. The first caller starts `work`, the others wait for its result. All get an error, and it is not kept.

        A caller that is cancelled does not cancel the others.
        """
        task = self._works.get(key)
        if task is None:
            task = self._works[key] = asyncio.create_task(work())
            task.add_done_callback(lambda done: self._forget_if_failed(key, done))
            while len(self._works) > self._kept:
                self._works.popitem(last=False)
        return await asyncio.shield(task)

    def clear(self) -> None:
        """Calls from now on get what is worked out from now on."""
        self._works.clear()

    def _forget_if_failed(self, key: K, done: asyncio.Task[V]) -> None:
        if (done.cancelled() or done.exception() is not None) and self._works.get(key) is done:
            del self._works[key]
