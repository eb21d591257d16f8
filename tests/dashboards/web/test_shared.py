"""What many ask for at once is worked out once; an error is told to all, and tried again."""

from __future__ import annotations

import asyncio

import pytest

from dashboards.web.shared import Shared


class Work:
    """Takes until it is let go, and says how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.started, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        self.started.set()
        number = self.begun
        await self.go.wait()
        return number


async def _asked(shared: Shared[str, int], work: Work, count: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(shared.get("a", work)) for _ in range(count)]
    await work.started.wait()
    return tasks


async def test_a_hundred_at_once_have_it_worked_out_once() -> None:
    shared, work = Shared[str, int](4), Work()
    tasks = await _asked(shared, work, 100)
    work.go.set()
    assert await asyncio.gather(*tasks, shared.get("a", work)) == [1] * 101


async def test_who_goes_away_takes_nothing_from_the_others() -> None:
    shared, work = Shared[str, int](4), Work()
    first, second = await _asked(shared, work, 2)
    first.cancel()
    work.go.set()
    assert await second == 1
    assert first.cancelled()


async def test_after_clear_nobody_gets_what_was_begun_before() -> None:
    shared, work = Shared[str, int](4), Work()
    (old,) = await _asked(shared, work, 1)
    shared.clear()
    new = asyncio.create_task(shared.get("a", work))
    await asyncio.sleep(0)
    work.go.set()
    assert (await old, await new, await shared.get("a", work)) == (1, 2, 2)


async def test_an_error_is_told_to_all_who_wait_and_not_kept() -> None:
    shared = Shared[str, int](4)
    fails = True

    async def work() -> int:
        await asyncio.sleep(0)
        if fails:
            raise OSError("gone")
        return 7

    told = await asyncio.gather(*(shared.get("a", work) for _ in range(3)), return_exceptions=True)
    assert [str(each) for each in told] == ["gone"] * 3
    fails = False
    assert await shared.get("a", work) == 7


async def test_only_the_latest_are_kept() -> None:
    shared, begun = Shared[int, int](2), []

    async def work(number: int) -> int:
        begun.append(number)
        return number

    for number in (1, 2, 3, 3, 2, 1):
        assert await shared.get(number, lambda number=number: work(number)) == number  # type: ignore[misc]
    assert begun == [1, 2, 3, 1]
    with pytest.raises(ZeroDivisionError):
        await shared.get(4, lambda: work(1 // 0))
