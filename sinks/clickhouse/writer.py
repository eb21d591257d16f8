"""Group commit: while one insert runs, further rows for the same table gather for the next one.

So a hundred shards with small batches cost as few inserts as one shard with large ones, and nobody waits for
a timer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

import pyarrow as pa

from streams.ports import Unavailable

Insert = Callable[[str, pa.Table], None]
"""(table, rows): returns when the rows are durable. Blocks."""

ROWS = 200_000
"""An insert takes no more rows than this, unless one batch alone has more."""


class _Waiting(NamedTuple):
    rows: pa.Table
    done: asyncio.Future[None]


class GroupCommit:
    """Writes to all tables, one insert after the other, on the given executor."""

    def __init__(self, insert: Insert, executor: Executor) -> None:
        self._insert = insert
        self._executor = executor
        self._waiting: dict[str, list[_Waiting]] = {}
        self._task: asyncio.Task[None] | None = None

    async def write(self, table: str, rows: pa.Table) -> None:
        """Returns when the rows are durable. Raises Unavailable, or a RuntimeError caused by what the insert raised."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(table, []).append(_Waiting(rows, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            table = next(iter(self._waiting))
            batch = self._take(table)
            try:
                whole = pa.concat_tables([waiting.rows for waiting in batch], promote_options="default")
                await loop.run_in_executor(self._executor, self._insert, table, whole)
            except Exception as error:
                _fail(batch, error)
            else:
                for waiting in batch:
                    if not waiting.done.done():
                        waiting.done.set_result(None)

    def _take(self, table: str) -> list[_Waiting]:
        waiting = self._waiting.pop(table)
        rows = count = 0
        while count < len(waiting) and (not count or rows + waiting[count].rows.num_rows <= ROWS):
            rows += waiting[count].rows.num_rows
            count += 1
        if count < len(waiting):
            self._waiting[table] = waiting[count:]  # at the end: other tables come first
        return waiting[:count]


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.done.done():
            # Each waiter gets an exception of its own: notes and tracebacks must not mix.
            copy = Unavailable(str(error)) if isinstance(error, Unavailable) else RuntimeError(str(error))
            copy.__cause__ = error
            waiting.done.set_exception(copy)
