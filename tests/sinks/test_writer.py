"""Group commit, driven step by step: the insert waits for the test, and the test for the insert."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event

import pyarrow as pa
import pytest

from sinks.clickhouse import writer
from sinks.clickhouse.writer import GroupCommit
from streams.ports import Unavailable


class Database:
    """Every insert stops until the test answers it: with None, or an exception to raise."""

    def __init__(self) -> None:
        self.inserts: list[tuple[str, list[int]]] = []
        self._arrived: SimpleQueue[tuple[str, list[int]]] = SimpleQueue()
        self._answers: SimpleQueue[Exception | None] = SimpleQueue()

    def insert(self, table: str, rows: pa.Table) -> None:
        self._arrived.put((table, list(map(int, rows["n"].to_numpy()))))
        answer = self._answers.get(timeout=10)
        if answer is not None:
            raise answer

    async def arrived(self) -> tuple[str, list[int]]:
        """The next insert, once it has reached the database."""
        found = await asyncio.to_thread(self._arrived.get, timeout=10)
        self.inserts.append(found)
        return found

    def answer(self, error: Exception | None = None) -> None:
        self._answers.put(error)

    @property
    def idle(self) -> bool:
        return self._arrived.empty()


def rows(*numbers: int) -> pa.Table:
    return pa.table({"n": pa.array(numbers, pa.int64())})


async def begin(*writes: asyncio.Task[None]) -> None:
    """Let tasks run up to where they wait."""
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def commit(database: Database) -> Iterator[GroupCommit]:
    with ThreadPoolExecutor(1) as executor:
        yield GroupCommit(database.insert, executor)


def start(commit: GroupCommit, table: str, *numbers: int) -> asyncio.Task[None]:
    return asyncio.create_task(commit.write(table, rows(*numbers)))


async def test_others_gather_while_an_insert_runs(database: Database, commit: GroupCommit) -> None:
    first = start(commit, "facts", 1)
    assert await database.arrived() == ("facts", [1])
    others = [start(commit, "facts", 2, 3), start(commit, "facts", 4), start(commit, "facts", 5)]
    await begin(*others)
    assert not any(task.done() for task in (first, *others))
    database.answer()
    assert await database.arrived() == ("facts", [2, 3, 4, 5]), "one insert, in the order in which they came"
    await first
    assert not any(task.done() for task in others), "durable only when ClickHouse says so"
    database.answer()
    await asyncio.gather(*others)
    assert database.idle


async def test_tables_take_turns(database: Database, commit: GroupCommit) -> None:
    tasks = [start(commit, "events", 1)]
    assert await database.arrived() == ("events", [1])
    tasks += [
        start(commit, "facts", 2),
        start(commit, "events", 3),
        start(commit, "facts", 4),
        start(commit, "cells", 5),
    ]
    await begin(*tasks)
    for _ in range(3):
        database.answer()
        await database.arrived()
    database.answer()
    await asyncio.gather(*tasks)
    assert database.inserts == [("events", [1]), ("facts", [2, 4]), ("events", [3]), ("cells", [5])]


async def test_an_insert_is_bounded(
    database: Database, commit: GroupCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "ROWS", 3)
    tasks = [start(commit, "facts", 0)]
    await database.arrived()
    tasks += [
        start(commit, "facts", 1, 2),
        start(commit, "facts", 3),
        start(commit, "facts", 4),
        start(commit, "cells", 9),
    ]
    tasks += [start(commit, "facts", 5, 6, 7, 8)]
    await begin(*tasks)
    for _ in range(4):
        database.answer()
        await database.arrived()
    database.answer()
    await asyncio.gather(*tasks)
    assert database.inserts == [
        ("facts", [0]),
        ("facts", [1, 2, 3]),  # as many whole batches as fit
        ("cells", [9]),  # another table is not kept waiting
        ("facts", [4]),
        ("facts", [5, 6, 7, 8]),  # more than the bound, but one batch
    ]


async def test_a_failure_is_told_to_each_waiter(database: Database, commit: GroupCommit) -> None:
    tasks = [start(commit, "facts", 1), start(commit, "facts", 2)]
    await database.arrived()
    database.answer(KeyError("no such column"))
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(type(error) is RuntimeError and "no such column" in str(error) for error in told)
    assert told[0] is not told[1], "notes and tracebacks of two shards must not mix"
    assert all(isinstance(error, RuntimeError) and isinstance(error.__cause__, KeyError) for error in told)


async def test_a_failure_is_of_one_insert_only(database: Database, commit: GroupCommit) -> None:
    lost = start(commit, "facts", 1)
    await database.arrived()
    waits = start(commit, "facts", 2)
    await begin(waits)
    database.answer(ValueError("broken"))
    assert await database.arrived() == ("facts", [2])
    with pytest.raises(RuntimeError, match="broken"):
        await lost
    database.answer()
    await waits
    later = start(commit, "facts", 3)
    assert await database.arrived() == ("facts", [3])
    database.answer()
    await later


async def test_unavailable_stays_unavailable(database: Database, commit: GroupCommit) -> None:
    tasks = [start(commit, "facts", 1), start(commit, "facts", 2)]
    await database.arrived()
    database.answer(Unavailable("disk full"))
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [(type(error), str(error)) for error in told] == [(Unavailable, "disk full")] * 2
    assert told[0] is not told[1]


async def test_batches_that_do_not_fit_together_fail_and_the_next_works(
    database: Database, commit: GroupCommit
) -> None:
    first = start(commit, "facts", 1)
    await database.arrived()
    other = pa.table({"n": pa.array(["text"])})
    wrong = [asyncio.create_task(commit.write("facts", other)), start(commit, "facts", 2)]
    await begin(*wrong)
    database.answer()
    await first
    told = await asyncio.gather(*wrong, return_exceptions=True)
    assert all(type(error) is RuntimeError for error in told)
    later = start(commit, "facts", 3)
    assert await database.arrived() == ("facts", [3])
    database.answer()
    await later


async def test_a_cancelled_waiter_harms_nobody(database: Database, commit: GroupCommit) -> None:
    running, queued, other = start(commit, "facts", 1), None, None
    await database.arrived()
    queued, other = start(commit, "facts", 2), start(commit, "facts", 3)
    await begin(queued, other)
    running.cancel()
    queued.cancel()
    await asyncio.wait([running, queued])
    assert running.cancelled()
    assert queued.cancelled()
    database.answer()
    assert await database.arrived() == ("facts", [2, 3]), "rows may be written twice, never half"
    database.answer()
    await other
    later = start(commit, "cells", 4)
    assert await database.arrived() == ("cells", [4])
    database.answer()
    await later


async def test_a_cancelled_waiter_does_not_hear_of_the_failure(
    database: Database, commit: GroupCommit
) -> None:
    gone, stays = start(commit, "facts", 1), start(commit, "facts", 2)
    await database.arrived()
    gone.cancel()
    await asyncio.wait([gone])
    database.answer(Unavailable("down"))
    with pytest.raises(Unavailable, match="down"):
        await stays
    assert gone.cancelled()


async def test_the_loop_is_not_blocked(database: Database, commit: GroupCommit) -> None:
    ran = Event()
    task = start(commit, "facts", 1)
    await database.arrived()
    asyncio.get_running_loop().call_soon(ran.set)
    await begin(task)
    assert ran.is_set()
    assert not task.done()
    database.answer()
    await task
