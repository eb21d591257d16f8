"""The driver against fakes of the world: what it asks for, in which order, and what stops it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

import streams.driver
from schemas.event import Event
from streams.breaker import Limits
from streams.commands import Aside, Columns, Loaded, LogBounds, Outgoing, Position
from streams.driver import Driver
from streams.items import Gap, Unreadable
from streams.partition import partition_of
from streams.ports import Unavailable
from streams.shard import Shard
from streams.takeover import Halted
from tests.streams.counting import toy
from tests.streams.simulator import NOISE, PARTITIONS, Decoder, Received

HERE = next(subject for subject in toy.SUBJECTS if partition_of(subject, PARTITIONS) == 0)
SOON = 5.0
"""Seconds that any condition here may take; each is met in milliseconds."""


class World:
    """ClickHouse, Kafka and the watcher at once: writes down what is asked, fails as often as it is told to."""

    def __init__(self, *, position: int | None = None, log: LogBounds | None = None) -> None:
        self.asked: list[str] = []
        """Every step that was tried."""
        self.done: list[str] = []
        self.retries: list[tuple[str, int, float]] = []
        self.failing: list[tuple[str, int]] = []
        self.acks: list[int] = []
        self.pauses: list[str] = []
        self.told: list[Unreadable] = []
        self.failures: dict[str, list[Exception]] = {}
        """Step → what it raises the next times."""
        self.rows: dict[str, list[Columns]] = {}
        self.sent: list[Outgoing] = []
        self.held = asyncio.Event()
        """While clear, the table `positions` does not answer."""
        self.held.set()
        self._position = position
        self.bounds = log or LogBounds(0, 1_000_000, "", PARTITIONS)

    def _try(self, step: str) -> None:
        self.asked.append(step)
        if failures := self.failures.get(step):
            raise failures.pop(0)

    async def load(self, topic: str, partition: int) -> Loaded:
        self._try("load")
        return Loaded(None if self._position is None else Position(self._position, "", PARTITIONS), [])

    async def write(self, table: str, columns: Columns) -> None:
        self._try(table)
        if table == "positions":
            await self.held.wait()
        self.rows.setdefault(table, []).append(columns)

    async def send(self, messages: Sequence[Outgoing]) -> None:
        self._try("send")
        self.sent += messages

    async def log(self) -> LogBounds:
        self._try("log")
        return self.bounds

    async def read_from(self, offset: int) -> None:
        self._try(f"seek {offset}")

    def ack(self, offset: int) -> None:
        self._try("ack")
        self.acks.append(offset)

    def took(self, step: str, seconds: float) -> None:
        assert seconds >= 0
        self.done.append(step)

    def retrying(
        self, topic: str, partition: int, step: str, error: Exception, attempt: int, delay: float
    ) -> None:
        self.retries.append((step, attempt, delay))
        self.failing.append((topic, partition))

    def paused(self, topic: str, partition: int, why: str) -> None:
        self.pauses.append(why)

    def unreadable(self, topic: str, partition: int, what: Unreadable) -> None:
        self.told.append(what)

    def withheld(self) -> int:
        return 0


@dataclass
class Setting:
    """A driver at work."""

    world: World
    driver: Any
    """A Driver; Any, since what it is fed here carries events as they are (`Received`)."""
    task: asyncio.Task[None] = field(init=False)

    async def until(self, true: Callable[[], bool]) -> None:
        """Lets the driver work until a condition holds, or raises what ended it."""
        async with asyncio.timeout(SOON):
            while not true():
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0)

    async def end(self) -> BaseException:
        """What the driver ended with."""
        async with asyncio.timeout(SOON):
            await asyncio.wait({self.task})
        error = self.task.exception()
        assert error is not None
        return error


@asynccontextmanager
async def driving(
    world: World, *, contract: Any = None, ready: bool = True, **words: Any
) -> AsyncIterator[Setting]:
    """A driver of partition 0 of the toy topic, running."""
    contract = contract or Decoder()
    shard = Shard(
        catalogue=toy.CATALOGUE, contract=contract, calendar=toy.CALENDAR, generation="g",
        topic=toy.TOPIC, partition=0, partitions=PARTITIONS,
    )  # fmt: skip
    setting = Setting(world, Driver(shard, world, world, world, world, **({"linger": 0.0} | words)))
    setting.task = asyncio.create_task(setting.driver.run())
    try:
        if ready:
            await setting.until(lambda: setting.driver.ready)
        yield setting
    finally:
        setting.task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await setting.task


def session(offset: int) -> Received:
    return Received(offset, toy.event("session", HERE, id=str(offset)))


def sessions(first: int, last: int) -> list[Received]:
    return [session(offset) for offset in range(first, last + 1)]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off of no length, so that a hundred tries take no time."""
    monkeypatch.setattr(streams.driver, "LONGEST", 0.0)


# --- Order ---


async def test_commands_are_carried_out_in_order_one_after_the_other() -> None:
    world = World(position=6)
    async with driving(world) as at:
        await at.driver.take([session(7), Received(8, NOISE), Received(9, toy.event("beat", HERE))])
        await at.until(lambda: world.acks == [9])
    assert world.asked == [
        "load", "log", "seek 7",
        "send", "facts", "events", "dead_letters", "device_hours", "cells", "positions", "ack",
    ]  # fmt: skip
    assert world.done == [
        "load", "seek",
        "send", "facts", "events", "dead_letters", "device_hours", "cells", "positions", "ack", "flush",
    ]  # fmt: skip
    assert [message.topic for message in world.sent] == ["dead-letters"]
    assert list(world.rows["events"][0]["offset"]) == [7, 8, 9]


async def test_the_logs_end_is_read_after_the_position() -> None:
    world = World()
    world.failures["log"] = [Unavailable("no broker")]
    async with driving(world, ready=False) as at:
        await at.until(lambda: at.driver.ready)
    assert world.asked == ["load", "log", "load", "log", "seek 0"]


async def test_what_comes_during_a_flush_is_the_next_flush() -> None:
    world = World()
    world.held.clear()
    async with driving(world) as at:
        await at.driver.take(sessions(0, 1))
        await at.until(lambda: world.asked[-1] == "positions")
        await at.driver.take(sessions(2, 4))
        await at.driver.take(sessions(5, 6))
        assert (at.driver.next, at.driver.pending, world.acks) == (7, 7, [])
        world.held.set()
        await at.until(lambda: world.acks == [1, 6])
        assert at.driver.pending == 0
    assert [list(columns["offset"]) for columns in world.rows["events"]] == [[0, 1], [2, 3, 4, 5, 6]]


async def test_flushes_begin_on_a_common_grid() -> None:
    """So those of all shards fall together and share their inserts."""
    world, grid = World(), 0.05
    begun = []
    async with driving(world, linger=grid) as at:
        for offset in range(3):
            await at.driver.take([session(offset)])
            await at.until(lambda: "facts" in world.asked)
            begun.append(asyncio.get_running_loop().time() % grid)
            await at.until(partial(lambda offset: world.acks[-1:] == [offset], offset))
            world.asked.clear()
    assert max(begun) < grid / 2


# --- What passes by itself ---


@pytest.mark.parametrize(
    "step", ["load", "log", "seek 0", "send", "facts", "events", "dead_letters", "cells", "positions"]
)
async def test_what_is_unavailable_is_tried_again_in_place(step: str, patient: None) -> None:
    """The same command, and nothing later or acked meanwhile."""
    world = World()
    world.failures[step] = [Unavailable(f"no {step} {n}") for n in range(5)]
    async with driving(world, ready=False) as at:
        await at.until(lambda: at.driver.ready)
        await at.driver.take([session(0), Received(1, NOISE)])
        await at.until(lambda: world.acks == [1])
    tried = "load" if step == "log" else step
    first = world.asked.index(tried)
    around = world.asked[first : first + (12 if step == "log" else 6)]
    assert around == (["load", "log"] * 6 if step == "log" else [step] * 6)
    name = tried.split()[0]
    assert [(n, attempt) for n, attempt, _ in world.retries] == [(name, n) for n in range(1, 6)]
    assert set(world.failing) == {(toy.TOPIC, 0)}
    assert [len(columns["topic"]) for columns in world.rows["positions"]] == [1]


async def test_waiting_grows_longer_and_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.failures["events"] = [Unavailable("full") for _ in range(12)]
    slept = []

    async def sleep(seconds: float, wait: Callable[[float], Any] = asyncio.sleep) -> None:
        slept.append(seconds)
        await wait(0)

    async with driving(world) as at:
        monkeypatch.setattr(asyncio, "sleep", sleep)
        await at.driver.take([session(0)])
        await at.until(lambda: world.acks == [0])
    delays = [delay for _, _, delay in world.retries]
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0]
    assert [seconds for seconds in slept if seconds] == delays


# --- Back-pressure ---


async def test_a_driver_is_full_until_the_ack() -> None:
    world = World()
    world.held.clear()
    async with driving(world, most=10) as at:
        await at.driver.take(sessions(0, 9))  # as many as may be pending
        assert not at.driver.full
        await at.driver.take(sessions(10, 10))
        await at.until(lambda: world.asked[-1] == "positions")
        assert at.driver.full
        assert at.driver.pending == 11
        world.held.set()
        await at.until(lambda: world.acks[-1:] == [10])
        assert not at.driver.full


async def test_bytes_are_counted_until_the_ack() -> None:
    world = World()
    world.held.clear()
    async with driving(world) as at:
        await at.driver.take([Received(0, NOISE), Received(1, NOISE)])
        await at.driver.take([Received(2, NOISE)])
        assert at.driver.size == 3 * len(NOISE)
        world.held.set()
        await at.until(lambda: world.acks[-1:] == [2])
        assert at.driver.size == 0


# --- What ends it ---


async def test_a_log_that_does_not_go_on_ends_it() -> None:
    world = World(position=9, log=LogBounds(20, 30, "", PARTITIONS))
    async with driving(world, ready=False) as at:
        error = await at.end()
        assert isinstance(error, Halted)
        assert "toy/0: counted up to offset 9, but the log starts at 20" in str(error)
        assert not hasattr(error, "__notes__"), "it is no bug, and no offsets are under way"
        await at.driver.take([session(20)])  # not ready: passed over
        assert at.driver.pending == 0
    assert (world.acks, world.rows) == ([], {})


@pytest.mark.parametrize("step", ["facts", "events", "positions", "send"])
async def test_what_is_unexpected_ends_it_without_an_ack(step: str) -> None:
    world = World()
    world.failures[step] = [RuntimeError("a bug")]
    async with driving(world) as at:
        await at.driver.take([session(0), Received(1, NOISE)])
        error = await at.end()
    assert str(error) == "a bug"
    assert (world.acks, world.retries) == ([], [])


async def test_a_message_that_breaks_the_contract_itself_is_named() -> None:
    class Broken(Decoder):
        def decode(self, topic: str, message: Received) -> Any:
            if message.offset == 2:
                raise RuntimeError("a bug")
            return super().decode(topic, message)

    world = World()
    async with driving(world, contract=Broken()) as at:
        await at.driver.take(sessions(0, 3))
        error = await at.end()
    assert error.__notes__ == ["at toy/0/2"]
    assert (world.acks, world.rows) == ([], {})


# --- Gaps ---


async def test_events_deleted_before_they_were_read_halt() -> None:
    world = World()
    async with driving(world) as at:
        await at.driver.take(sessions(0, 1))
        world.bounds = LogBounds(5, 9, "", PARTITIONS)
        with pytest.raises(Halted, match=r"toy/0: offsets 2–4 were deleted before they were read"):
            await at.driver.take([session(5)])
        assert at.driver.next <= 2


async def test_a_gap_within_the_log_is_harmless() -> None:
    """Transactions leave such gaps: their markers take offsets."""
    world = World()
    async with driving(world) as at:
        await at.driver.take(sessions(0, 1))
        after = sessions(3, 4)
        after[0].begin = 2
        assert await at.driver.take([*after, Gap(5, 6)])
        await at.until(lambda: world.acks[-1:] == [6])
        assert at.driver.next == 7
        assert _rows(world, "gaps", "first", "last") == [(2, 2), (5, 6)]
    assert world.asked.count("log") == 1, "at the start: a reading from one offset on is a fact"


async def test_what_does_not_follow_on_the_last_is_no_gap() -> None:
    """Faust drops what it has fetched: what lay between was never here."""
    world = World()
    async with driving(world) as at:
        await at.driver.take(sessions(0, 1))
        assert not await at.driver.take(sessions(3, 4))
        assert not await at.driver.take([*sessions(2, 3), *sessions(6, 7)])
        assert at.driver.next == 4
        await at.until(lambda: world.acks[-1:] == [3])
    assert "gaps" not in world.rows


def _rows(world: World, table: str, *names: str) -> list[tuple[Any, ...]]:
    """What was written to a table, of some of its columns."""
    parts = (zip(*(columns[name] for name in names), strict=True) for columns in world.rows[table])
    return [row for part in parts for row in part]


async def test_a_log_that_ends_in_a_gap_is_acked_to_its_end() -> None:
    """The marker of a transaction, with no event behind it: nothing else moves the position over it."""
    world = World()
    async with driving(world) as at:
        await at.driver.take(sessions(0, 1))
        await at.until(lambda: world.acks[-1:] == [1])
        await at.driver.take([Gap(2, 2)])
        await at.until(lambda: world.acks[-1:] == [2])
    [*_, last] = world.rows["positions"]
    assert (last["offset"], last["append_time"]) == ([2], [session(1).timestamp])


# --- What cannot be read ---

BROKEN = Unreadable(2, 2, 4, "CorruptRecordException: the checksum is wrong")


async def test_a_partition_stands_at_what_cannot_be_read_until_it_is_put_aside() -> None:
    world = World()
    async with driving(world) as at:
        await at.driver.take([*sessions(0, 1), BROKEN])
        await at.until(lambda: world.acks[-1:] == [1])
        assert (at.driver.full, at.driver.unreadable, world.told) == (True, BROKEN, [BROKEN])
        await at.driver.take([BROKEN])
        assert world.told == [BROKEN], "it is told once"
        at.driver.set_aside([Aside(2, 7, "a damaged disk"), Aside(3, 8, "a damaged disk")])
        await at.until(lambda: world.acks[-1:] == [3])
        await at.until(lambda: "seek 4" in world.asked)
        assert at.driver.unreadable is None
        await at.driver.take(sessions(4, 5))
        await at.until(lambda: world.acks[-1:] == [5])
    rows = _rows(world, "events", "offset", "outcome", "append_time")
    assert [row for row in rows if row[1] == "refused"] == [(2, "refused", 7), (3, "refused", 8)]
    assert [row[0] for row in rows] == [0, 1, 2, 3, 4, 5]
    assert len(world.sent) == 2


async def test_what_could_not_be_read_and_now_can_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.driver, "AGAIN", 0.0)
    world = World()
    async with driving(world) as at:
        await at.driver.take([*sessions(0, 1), BROKEN])
        assert not at.driver.full, "it is to be tried again"
        await at.driver.take(sessions(2, 4))
        assert at.driver.unreadable is None
        await at.until(lambda: world.acks[-1:] == [4])


async def test_a_log_that_was_cut_halts() -> None:
    world = World(position=9, log=LogBounds(0, 10, "", PARTITIONS))
    async with driving(world) as at:
        world.bounds = LogBounds(0, 3, "", PARTITIONS)
        with pytest.raises(Halted, match=r"toy/0: read up to offset 9, but the log now ends at 3"):
            await at.driver.take([session(0)])
    assert world.acks == []


async def test_a_topic_that_was_made_anew_halts_at_a_gap() -> None:
    world = World(log=LogBounds(0, 10, "one", PARTITIONS))
    async with driving(world) as at:
        world.bounds = LogBounds(0, 30, "another", PARTITIONS)
        with pytest.raises(Halted, match="toy/0: counted from topic id one, the broker has another"):
            await at.driver.take([session(3)])


async def test_repeats_are_passed_over() -> None:
    world = World()
    async with driving(world) as at:
        await at.driver.take(sessions(0, 3))
        await at.driver.take(sessions(0, 2))
        await at.driver.take(sessions(2, 5))
        await at.until(lambda: world.acks[-1:] == [5])
        written = [offset for columns in world.rows["events"] for offset in columns["offset"]]
    assert written == [0, 1, 2, 3, 4, 5]


async def test_a_gap_is_looked_at_again_where_kafka_does_not_answer(patient: None) -> None:
    world = World()
    async with driving(world) as at:
        world.failures["log"] = [Unavailable("no broker"), Unavailable("no broker")]
        async with asyncio.timeout(SOON):
            assert not await at.driver.take([session(3)])
    assert [(step, attempt) for step, attempt, _ in world.retries] == [("log", 1), ("log", 2)]


# --- Drain, slices ---


async def test_draining_acks_all_that_came() -> None:
    """Also what came in the very moment before."""
    world = World()
    world.held.clear()
    async with driving(world, linger=0.02) as at:
        await at.driver.take(sessions(0, 4))
        drained = asyncio.create_task(at.driver.drain())
        await at.until(lambda: world.asked[-1] == "positions")
        for _ in range(20):  # turns of the loop in which it might return too early
            await asyncio.sleep(0)
        assert not drained.done()
        world.held.set()
        async with asyncio.timeout(SOON):
            await drained
        assert (world.acks, at.driver.pending) == ([4], 0)
        await at.driver.take(sessions(5, 6))  # nothing more is taken
        assert at.driver.pending == 0


async def test_draining_gives_up_what_cannot_be_written_now(patient: None) -> None:
    """It will be read again; nobody waits for ClickHouse to come back."""
    world = World()
    world.failures["events"] = [Unavailable("away") for _ in range(10_000)]
    async with driving(world) as at:
        await at.driver.take(sessions(0, 4))
        await at.until(lambda: len(world.retries) > 2)
        async with asyncio.timeout(SOON):
            await at.driver.drain()
    assert world.acks == []


async def test_draining_waits_for_what_can_be_written_though_kafka_did_not_answer_before(
    patient: None,
) -> None:
    world = World(position=0)
    async with driving(world, linger=0.05) as at:
        world.failures["log"] = [Unavailable("no broker")]
        world.held.clear()
        await at.driver.take(sessions(0, 3))
        drained = asyncio.create_task(at.driver.drain())
        await at.until(lambda: world.asked[-1] == "positions")
        assert not drained.done()
        world.held.set()
        async with asyncio.timeout(SOON):
            await drained
        assert world.acks == [3]


async def test_draining_while_it_loads_returns_at_once_and_keeps_it_closed() -> None:
    world = World()
    gate = asyncio.Event()

    async def load(topic: str, partition: int) -> Loaded:
        await gate.wait()
        return Loaded(None, [])

    world.load = load  # type: ignore[method-assign]
    async with driving(world, ready=False) as at:
        await asyncio.sleep(0)
        async with asyncio.timeout(SOON):
            await at.driver.drain()
        gate.set()
        await at.until(lambda: "seek 0" in world.asked)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not at.driver.ready


async def test_draining_what_is_idle_returns_at_once() -> None:
    async with driving(World()) as at:
        async with asyncio.timeout(SOON):
            await at.driver.drain()


async def test_large_batches_are_folded_in_slices_into_one_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop has its turn between two slices."""
    monkeypatch.setattr(streams.driver, "SLICE", 3)
    folded: list[int] = []

    class Counting(Decoder):
        def decode(self, topic: str, message: Received) -> Event:
            folded.append(message.offset)
            result = super().decode(topic, message)
            assert isinstance(result, Event)
            return result

    world, seen = World(), []

    async def look() -> None:
        while True:
            seen.append(len(folded))
            await asyncio.sleep(0)

    async with driving(world, contract=Counting()) as at:
        watch = asyncio.create_task(look())
        await at.driver.take(sessions(0, 7))
        await at.until(lambda: world.acks == [7])
        watch.cancel()
    assert {3, 6, 8} <= set(seen)
    assert set(seen) <= {0, 3, 6, 8}
    assert [len(columns["offset"]) for columns in world.rows["events"]] == [8]


# --- Too many refusals ---


async def test_a_driver_pauses_when_too_much_is_refused_and_goes_on_when_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was folded is written and acked; what was read beyond it is dropped, and read again."""
    monkeypatch.setattr(streams.driver, "SLICE", 3)
    world = World()
    async with driving(world, limits=Limits(run=5)) as at:
        await at.driver.take([*(Received(offset, NOISE) for offset in range(8)), session(8)])
        await at.until(lambda: world.acks == [5])
        assert world.pauses == ["6 messages in a row were refused (limit 5)"]
        assert (at.driver.full, at.driver.pending, at.driver.size, at.driver.next) == (True, 0, 0, 6)
        assert [list(columns["offset"]) for columns in world.rows["events"]] == [[0, 1, 2, 3, 4, 5]]
        await at.driver.take([session(9)])  # on its way when it paused: read again as well
        at.driver.resume()
        await at.until(lambda: world.asked[-1] == "seek 6")
        await at.driver.take([Received(6, NOISE), Received(7, NOISE), session(8)])
        await at.until(lambda: world.acks == [5, 8])
        assert len(world.pauses) == 1
        assert (at.driver.full, at.driver.paused) == (False, None)


async def test_a_run_of_refusals_is_seen_though_the_slice_goes_on_after_it() -> None:
    world = World()
    async with driving(world, limits=Limits(run=5, ratio=1.0)) as at:
        await at.driver.take([*(Received(offset, NOISE) for offset in range(8)), session(8)])
        await at.until(lambda: world.acks == [8])
    assert world.pauses == ["8 messages in a row were refused (limit 5)"]


@pytest.mark.parametrize("limits", [Limits(run=5), Limits(run=0, ratio=0.5, window=5)])
async def test_after_a_pause_refusals_are_counted_anew(limits: Limits) -> None:
    world = World()
    async with driving(world, limits=limits) as at:
        await at.driver.take([Received(offset, NOISE) for offset in range(5)])
        await at.until(lambda: world.acks == [4])
        at.driver.resume()
        await at.until(lambda: at.driver.paused is None)
        await at.driver.take([Received(5, NOISE)])
        await at.until(lambda: world.acks == [4, 5])
    assert len(world.pauses) == 1


async def test_it_goes_on_once_what_was_folded_is_acked(monkeypatch: pytest.MonkeyPatch) -> None:
    """From there: nothing is said to stand that ClickHouse does not hold yet."""
    monkeypatch.setattr(streams.driver, "LONGEST", 0.02)
    world = World()
    world.held.clear()
    world.failures["seek 1"] = [Unavailable("no broker")]
    async with driving(world, limits=Limits(run=1)) as at:
        await at.driver.take([Received(0, NOISE)])
        await at.until(lambda: world.asked[-1] == "positions")
        at.driver.resume()
        world.held.set()
        await at.until(lambda: bool(world.retries))
        await at.driver.take([session(1)])  # was on its way
        await at.until(lambda: world.acks == [0, 1])
        assert [step for step in world.asked if step.startswith("seek")] == ["seek 0", "seek 1", "seek 1"]


async def test_a_gap_that_is_looked_at_while_a_pause_drops_what_lies_before_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was dropped must not pass for part of the gap."""
    monkeypatch.setattr(streams.driver, "SLICE", 3)
    world, gate = World(), asyncio.Event()

    async def log() -> LogBounds:
        world.asked.append("the gap")
        await gate.wait()
        return world.bounds

    async with driving(world, limits=Limits(run=1), linger=0.05) as at:
        world.log = log  # type: ignore[method-assign]
        await at.driver.take([Received(offset, NOISE) for offset in range(6)])
        feeding = asyncio.create_task(at.driver.take([session(7)]))
        await at.until(lambda: world.acks == [2])
        assert world.asked.index("the gap") < world.asked.index("events")
        at.driver.resume()
        await at.until(lambda: world.asked[-1] == "seek 3")
        gate.set()
        await feeding
        assert (at.driver.next, at.driver.pending) == (3, 0)


@pytest.mark.parametrize("waiting", [0, 2])
async def test_draining_what_is_paused_ends_when_what_was_folded_is_acked(
    waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What still waits is read again by whoever has the partition next: nobody waits for the operator."""
    monkeypatch.setattr(streams.driver, "SLICE", 3)
    world = World()
    world.held.clear()
    async with driving(world, limits=Limits(run=1)) as at:
        await at.driver.take([Received(offset, NOISE) for offset in range(3 + waiting)])
        await at.until(lambda: at.driver.paused is not None and world.asked[-1] == "positions")
        drained = asyncio.create_task(at.driver.drain())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not drained.done()
        world.held.set()
        async with asyncio.timeout(SOON):
            await drained
        assert (world.acks, at.driver.pending) == ([2], 0)


async def test_a_batch_that_comes_while_another_is_folded_follows_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams.driver, "SLICE", 2)
    world = World()
    async with driving(world) as at:
        await at.driver.take(sessions(0, 9))
        await at.until(lambda: 0 < at.driver.shard.last < 9)
        assert at.driver.next == 10
        await at.driver.take(sessions(10, 11))
        await at.until(lambda: world.acks[-1:] == [11])
    assert world.asked.count("log") == 1  # nothing looked like a gap
