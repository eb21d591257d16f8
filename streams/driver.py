"""Drives a shard: carries out its commands one at a time, against ClickHouse and Kafka.

The shard decides, the driver acts. A command that fails because the other side is unavailable is tried again
in place, for as long as it takes. Meanwhile nothing is acked, and a `full` driver gets no more batches. Any
other exception ends the driver, and with it the worker, without an ack.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

from streams.breaker import NORMAL, Breaker, Limits
from streams.commands import Ack, Aside, Command, Halt, Load, LogBounds, Seek, Send, Write
from streams.items import Gap, Item, LogRecord, Unreadable
from streams.ports import Sender, Store, Unavailable
from streams.shard import Shard
from streams.takeover import ELSEWHERE, Halted, gone, made_anew

T = TypeVar("T")

SLICE = 2_000
"""Messages folded before the event loop gets its turn."""

LONGEST = 10.0
"""The longest pause between two tries of a step, in seconds."""


AGAIN = 30.0
"""Seconds after which a batch that could not be read is tried again."""


class LogSource(Protocol):
    """The partition in Kafka."""

    async def log(self) -> LogBounds:
        """The log's bounds now. Raises Unavailable."""

    async def read_from(self, offset: int) -> None:
        """Read from `offset` on. Raises Unavailable."""

    def ack(self, offset: int) -> None:
        """Mark everything up to and including `offset` as done."""

    def withheld(self) -> int:
        """How many offsets lie behind an open transaction and cannot be read before it ends."""


class Watcher(Protocol):
    """Is notified of how long steps take and of what holds shards up, for metrics and the log."""

    def took(self, step: str, seconds: float) -> None:
        """A step (load, seek, send, ack, a table's name, flush) succeeded."""

    def retrying(
        self, topic: str, partition: int, step: str, error: Exception, attempt: int, delay: float
    ) -> None:
        """A shard's step (one of those, or `log`) failed for now and will be tried again after `delay`
        seconds."""

    def paused(self, topic: str, partition: int, why: str) -> None:
        """Too much of a partition was refused: it is not read until the operator resumes it."""

    def unreadable(self, topic: str, partition: int, what: Unreadable) -> None:
        """A batch cannot be read: the partition stops there until it can, or until the operator sets it
        aside."""


class Driver:
    """Runs one shard.

    `linger` (seconds): flushes begin on a common grid of that width, so that the flushes of all shards fall
    together and share their inserts. The driver is `full` above `most` events that are read and not yet
    acknowledged.
    """

    def __init__(
        self,
        shard: Shard,
        store: Store,
        sender: Sender,
        source: LogSource,
        watcher: Watcher,
        *,
        linger: float = 0.2,
        most: int = 50_000,
        limits: Limits = NORMAL,
    ) -> None:
        self.shard = shard
        self.ready = False
        """Loaded and sought: batches are accepted."""
        self._store, self._sender, self._source, self._watcher = store, sender, source, watcher
        self._linger, self._most = linger, most
        self._waiting: deque[LogRecord | Gap] = deque()
        self._sizes: deque[tuple[int, int]] = deque()
        """(last offset, bytes) of each batch that is not acknowledged."""
        self._arrived = asyncio.Event()
        self._idle, self._stuck = asyncio.Event(), asyncio.Event()
        self._loaded = self._closing = False
        self._breaker, self._resumed = Breaker(limits), asyncio.Event()
        self.paused: str | None = None
        """Why the partition is not read until `resume`: too much of it was refused. None if it is read."""
        self.unreadable: Unreadable | None = None
        """The batch at which the partition stops until it can be read or is set aside; None if there is
        none."""
        self._tried = 0.0
        self._aside: Sequence[Aside] = ()

    @property
    def next(self) -> int:
        """The next offset that has not arrived yet."""
        return self._waiting[-1].offset + 1 if self._waiting else self.shard.last + 1

    @property
    def pending(self) -> int:
        """Events that are read and not yet acknowledged."""
        return self.shard.pending + len(self._waiting)

    @property
    def size(self) -> int:
        """Bytes of the records that are read and not yet acknowledged, keys and headers too."""
        return sum(size for _, size in self._sizes)

    @property
    def full(self) -> bool:
        """Whether no more may be read: too much is pending, or the partition is paused or stopped at an
        unreadable batch."""
        waits = self.unreadable is not None and self._now() < self._tried + AGAIN
        return waits or self.paused is not None or self.pending > self._most

    @property
    def withheld(self) -> int:
        """How many offsets lie behind an open transaction."""
        return self._source.withheld() if self.ready else 0

    async def take(self, items: Sequence[Item]) -> bool:
        """Take a batch. Returns False if it does not follow, all of it, on what is here: the rest must be
        read again.

        A batch that comes during a pause is dropped, and read again after it. Raises Halted if the log was
        cut, made anew, or deleted before it was read.
        """
        after = self.next
        if not items or not self._takes(after):
            return True
        if items[0].begin != after:
            log = await self._ask("log", self._source.log)
            if not self._takes(after):
                return True
            self._check(items[0].begin, log)
        taken, whole = _following(items, after)
        if taken and isinstance(taken[-1], Unreadable):
            self._stand_at(taken.pop())
        elif taken:
            self.unreadable = None
        self._waiting.extend(taken)
        if taken:
            self._sizes.append((taken[-1].offset, sum(item.weight for item in taken)))
            self._idle.clear()
            self._arrived.set()
        return whole

    async def run(self) -> None:
        """Take over, then flush batch after batch until cancelled. Raises Halted, or any unexpected error."""
        await self._carry_out(self.shard.assigned())
        await self._carry_out(self.shard.flush())  # what was set aside while no worker counted
        self._loaded, self.ready = True, not self._closing
        while True:
            if not self._waiting:
                self._arrived.clear()
                self._idle.set()
            if self.paused is not None:
                await self._resumed.wait()
                self._breaker.reset()
                self.paused = None  # before the seek, so that all that was dropped is read again
                await self._ask("seek", lambda: self._source.read_from(self.shard.position + 1))
            await self._arrived.wait()
            await self._wait_for_grid()
            command = await self._fold()
            if command is not None:
                await self._carry_out(command)
            if self._aside:
                await self._pass_unreadable()

    async def drain(self) -> None:
        """Stop taking batches. Returns when all that came is acknowledged, or when a step fails for now;
        what is not acknowledged will be read again."""
        self._closing, self.ready = True, False
        if self._loaded:
            ends = [asyncio.create_task(self._idle.wait()), asyncio.create_task(self._stuck.wait())]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()

    # --- Steps ---

    def _takes(self, after: int) -> bool:
        """Whether a batch may be taken that was to follow on all offsets below `after`.

        Not if the partition was given back meanwhile, because its log is then another worker's to judge. Not
        if a pause dropped what lay before the batch.
        """
        return self.ready and self.paused is None and self.next == after

    async def _wait_for_grid(self) -> None:
        if self._linger and not self._closing and len(self._waiting) < self._most // 4:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(self._linger - now % self._linger)

    async def _fold(self) -> Command | None:
        """Fold what waits now, a slice at a time. Returns the first command of the flush that follows, or
        None.

        After a slice with too many refusals the rest is dropped, and read again when the pause is over.
        """
        left = len(self._waiting)
        while left and self.paused is None:
            part = list(islice(self._waiting, min(SLICE, left)))
            self.shard.fold(part)
            for _ in part:
                self._waiting.popleft()
            left -= len(part)
            if why := self._breaker.trips(len(part), self.shard.refused):
                self._pause(why)
            await asyncio.sleep(0)
        return self.shard.flush()

    def set_aside(self, aside: Sequence[Aside]) -> None:
        """Operators set these offsets aside: go on after the unreadable batch if it is among them."""
        self._aside = aside
        self._arrived.set()

    async def _pass_unreadable(self) -> None:
        aside, self._aside = self._aside, ()
        if self._waiting or self.paused is not None:
            return
        before = self.shard.last
        self.shard.put_aside(aside)
        if self.shard.last > before:
            self.unreadable = None
            await self._carry_out(self.shard.flush())
            await self._ask("seek", lambda: self._source.read_from(self.shard.last + 1))

    def _stand_at(self, what: Unreadable) -> None:
        known, self.unreadable, self._tried = self.unreadable, what, self._now()
        if known is None or known.offset != what.offset:
            self._watcher.unreadable(self.shard.topic, self.shard.partition, what)

    def _pause(self, why: str) -> None:
        self.paused, self.unreadable = why, None
        self._waiting.clear()
        self._sizes.clear()
        self._resumed.clear()
        self._watcher.paused(self.shard.topic, self.shard.partition, why)

    def resume(self) -> None:
        """End a pause, once what was folded is acked: the operator has looked at the dead letters."""
        self._resumed.set()

    async def _carry_out(self, command: Command | None) -> None:
        begun = self._now()
        while command is not None:
            flushed = isinstance(command, Ack)
            command = await self._patiently(command)
            if flushed:
                self._watcher.took("flush", self._now() - begun)
                while self._sizes and self._sizes[0][0] <= self.shard.position:
                    self._sizes.popleft()

    async def _patiently(self, command: Command) -> Command | None:
        attempt = 0
        while True:
            begun = self._now()
            try:
                following = await self._do(command)
            except Unavailable as error:
                attempt += 1
                self._stuck.set()
                await self._back_off(_name(command), error, attempt)
                command = self.shard.failed()
            except Halted:
                raise  # its text is complete
            except Exception as error:
                shard = self.shard
                where = f"{shard.log}/{shard.partition}"
                if shard.last > shard.position:
                    where += f"/{shard.position + 1}–{shard.last}"
                error.add_note(f"{_name(command)} at {where}")
                raise
            else:
                self._stuck.clear()
                self._watcher.took(_name(command), self._now() - begun)
                return following

    async def _back_off(self, step: str, error: Unavailable, attempt: int) -> None:
        delay = min(LONGEST, 0.1 * 2 ** min(attempt, 10))
        self._watcher.retrying(self.shard.topic, self.shard.partition, step, error, attempt, delay)
        await asyncio.sleep(delay)

    async def _do(self, command: Command) -> Command | None:
        match command:
            case Write(table, columns):
                await self._store.write(table, columns)
            case Send(messages):
                await self._sender.send(messages)
            case Ack(offset):
                self._source.ack(offset)
            case Seek(offset):
                await self._source.read_from(offset)
            case Load():
                loaded = await self._store.load(self.shard.log, self.shard.partition)
                return self.shard.loaded(loaded, await self._source.log())
            case Halt(reason):
                raise Halted(reason)
        return self.shard.done()

    def _check(self, offset: int, log: LogBounds) -> None:
        """Find out why a batch does not begin where the last one ended. Raises Halted if the log was cut,
        deleted or made anew.

        It may also be a repeat, or Faust may have dropped what was before it: both are harmless. aiokafka
        answers an offset out of range with a silent jump to the log's start.
        """
        shard, expected = f"{self.shard.topic}/{self.shard.partition}", self.next
        if log.topic_id != self.shard.topic_id:
            raise Halted(made_anew(shard, self.shard.topic_id, log.topic_id))
        if offset > expected and log.start > expected:
            raise Halted(
                f"{shard}: offsets {expected}–{log.start - 1} were deleted before they were read: retention is too "
                f"short for this worker's lag. {gone(shard, expected, log.start - 1)}"
            )
        if offset < expected and log.end < expected:
            raise Halted(
                f"{shard}: read up to offset {expected - 1}, but the log now ends at {log.end}: it was cut or made "
                f"anew. {ELSEWHERE}"
            )

    async def _ask(self, step: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Kafka's answer; asks again for as long as Kafka is unavailable."""
        attempt = 0
        while True:
            try:
                return await ask()
            except Unavailable as error:
                attempt += 1
                await self._back_off(step, error, attempt)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _following(items: Sequence[Item], after: int) -> tuple[list[Any], bool]:
    """The items that follow one another without a hole from offset `after` on, and whether these are all."""
    taken: list[Item] = []
    for item in items:
        if item.offset >= after:
            if item.begin > after:
                return taken, False
            taken.append(item)
            after = item.offset + 1
    return taken, True


def _name(command: Command) -> str:
    return command.table if isinstance(command, Write) else type(command).__name__.lower()
