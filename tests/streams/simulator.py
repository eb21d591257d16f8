"""A seeded world for shards: a log, a ledger in memory, workers that die, stall and come back at any step.

Each history is a function of its seed. Workers run the real `Shard`; the log, the ledger and the schedule
are simulated. Between any two steps of a worker it may be killed, or stalled while another takes its shard
over; a write may fail before or after it took effect; messages may sit in the wrong partition. At the end a
fresh worker finishes each shard, and the ledger must hold exactly the naive count of the log: `verdict.py` compares them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from typing import Any

from xxhash import xxh64_intdigest

from schemas.event import Event, Record, Refusal, Version
from streams.commands import (
    Ack,
    Cells,
    Command,
    Halt,
    Load,
    Loaded,
    LogBounds,
    Outgoing,
    Position,
    Seek,
    Send,
    Write,
)
from streams.counting.facts import Fact, Statement
from streams.dead_letters import TOPIC as DEAD_LETTERS
from streams.items import Gap, weight
from streams.partition import partition_of
from streams.shard import Shard
from streams.takeover import Halted
from tests.streams.counting import toy

PARTITIONS = 2
NOISE = b"noise"
MARKER = b"a transaction's marker"
"""Takes an offset and holds no event: nobody is handed it."""


class Carrier(bytes):
    """A message's value that carries its event: decoding is not what is tried here."""

    event: Event


def carrier(event: Event) -> Carrier:
    value = Carrier(b"an event")
    value.event = event
    return value


@dataclass
class Received:
    """A message in a partition's log; an event given as `value` is carried in it."""

    offset: int
    value: Any
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = 1_700_000_000_000
    begin: int = -1
    """As `streams.items.Record` has it; its own offset unless it is said."""

    def __post_init__(self) -> None:
        if self.begin < 0:
            self.begin = self.offset
        if isinstance(self.value, Event):
            self.value = carrier(self.value)

    @property
    def weight(self) -> int:
        return weight(self.key, self.value, self.headers)


class Decoder:
    """Stands for the contract: the message carries its event, or is noise."""

    def decode(self, topic: str, message: Received) -> Event | Refusal:
        if message.value == NOISE:
            return Refusal("not-json", "", "noise", "JSON")
        event: Event = message.value.event
        return event


@dataclass
class Ledger:
    """ClickHouse in memory, with its rules: equal keys replace each other, the highest offset wins.

    The switches take a guard away, for the tests that show that each is needed.
    """

    versioned_cells: bool = True
    load_as_of_position: bool = True
    tells_lost: bool = True
    """Whether a take-over learns which events and gaps are lost,"""
    tells_cells: bool = True
    """… what the stored cells are,"""
    tells_ahead: bool = True
    """… and what the ledger has behind the position."""
    facts: dict[tuple[Any, ...], Statement] = field(default_factory=dict)
    events: dict[tuple[int, int], str] = field(default_factory=dict)
    letters: dict[tuple[int, int], str] = field(default_factory=dict)
    """(partition, offset) → the reason of its dead letter."""
    hours: set[tuple[Any, ...]] = field(default_factory=set)
    cells: dict[tuple[Any, ...], tuple[int, int]] = field(default_factory=dict)
    positions: dict[int, int] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)
    """Partition → the append time that its position bears."""
    gaps: set[tuple[int, int]] = field(default_factory=set)
    """(partition, offset): all that the ranges hold."""
    drifted: list[str] = field(default_factory=list)
    """Offsets that two workers gave different outcomes: never."""

    def write(self, write: Write) -> None:
        names = list(write.columns)
        for values in zip(*write.columns.values(), strict=True):
            getattr(self, f"_{write.table}")(dict(zip(names, values, strict=True)))

    def load(self, partition: int) -> Loaded:
        at = self.positions.get(partition)
        if at is None:
            return Loaded(None, [])
        winners: dict[tuple[str, Record], Statement] = {}
        for (owner, *_), statement in self.facts.items():
            if owner == partition and (statement.offset <= at or not self.load_as_of_position):
                key = (statement.fact.measure, statement.fact.record)
                if key not in winners or winners[key][1:] < statement[1:]:
                    winners[key] = statement
        return Loaded(
            Position(at, "", PARTITIONS, self.times[partition]),
            list(winners.values()),
            ahead=self._ahead(partition, at) if self.tells_ahead else frozenset(),
            lost=self._lost(partition, at) if self.tells_lost else 0,
            cells=self._stored(partition, at) if self.tells_cells else None,
        )

    def _ahead(self, partition: int, at: int) -> frozenset[int]:
        return frozenset(offset for owner, offset in self.events if owner == partition and offset > at)

    def _lost(self, partition: int, at: int) -> int:
        held = {offset for owner, offset in [*self.events, *self.gaps] if owner == partition and offset <= at}
        return at + 1 - len(held)

    def _stored(self, partition: int, at: int) -> Cells:
        mine = {cell[1:]: held for cell, held in self.cells.items() if cell[0] == partition}
        hashes = [
            xxh64_intdigest("\n".join(map(str, (*cell, value))).encode())
            for cell, (value, offset) in mine.items()
            if value and offset <= at
        ]
        behind = frozenset(cell for cell, (_, offset) in mine.items() if offset > at)
        return Cells(len(hashes), reduce(xor, hashes, 0), behind)

    def _facts(self, row: dict[str, Any]) -> None:
        record = Record(row["source"], row["id"], row["type"], row["subject"])
        day = toy.CALENDAR.day(row["time"])
        fact = Fact(
            row["measure"], row["member"], record, row["region"], row["time"], day, row["rank"], row["value"],
            row["live"],
        )  # fmt: skip
        version = Version(row["revision"], row["void"], row["fingerprint"])
        key = (row["partition"], row["measure"], record, row["offset"])
        self.facts[key] = Statement(fact, version, row["offset"])

    def _events(self, row: dict[str, Any]) -> None:
        place = (row["partition"], row["offset"])
        if self.events.setdefault(place, row["outcome"]) != row["outcome"]:
            self.drifted.append(f"{place}: {self.events[place]} became {row['outcome']}")

    def _dead_letters(self, row: dict[str, Any]) -> None:
        self.letters[row["partition"], row["offset"]] = row["reason"]

    def _device_hours(self, row: dict[str, Any]) -> None:
        self.hours.add(tuple(row.values()))

    def _cells(self, row: dict[str, Any]) -> None:
        key = (row["partition"], row["measure"], row["region"], row["day"])
        held = self.cells.get(key)
        if held is None or row["offset"] >= held[1] or not self.versioned_cells:
            self.cells[key] = (row["value"], row["offset"])

    def _gaps(self, row: dict[str, Any]) -> None:
        self.gaps |= {(row["partition"], offset) for offset in range(row["first"], row["last"] + 1)}

    def _positions(self, row: dict[str, Any]) -> None:
        if row["offset"] >= self.positions.get(row["partition"], -1):
            self.positions[row["partition"]], self.times[row["partition"]] = row["offset"], row["append_time"]


@dataclass
class Worker:
    """One owner, present or past, of one partition."""

    name: str
    shard: Shard
    command: Command | None
    reads: int = -1
    stalled: bool = False


class World:
    """A log of two partitions and all that happens around it."""

    def __init__(
        self,
        seed: int,
        *,
        ledger: Ledger | None = None,
        make: Callable[..., Shard] = Shard,
        damage: Callable[[World], None] | None = None,
        length: int = 24,
    ) -> None:
        """`damage`: what befalls ledger and log before the last workers take over."""
        self.random = random.Random(seed)
        self.ledger = ledger or Ledger()
        self.history: list[str] = []
        self.log: list[list[Received]] = [[] for _ in range(PARTITIONS)]
        self.halted: dict[int, str] = {}
        """Partition → why a worker refused to count it any further."""
        self.letters: set[bytes] = set()
        """The keys of the messages that the topic of dead letters was sent."""
        self._make, self._damage = make, damage
        self._owners: list[Worker | None] = [None] * PARTITIONS
        self._ghosts: list[Worker] = []
        self._names = 0
        self._length = self.random.randrange(1, length)
        self._published: list[Event] = []

    # --- The log ---

    def publish(self) -> None:
        """Another event, a repeat of one, a heartbeat or noise; now and then in the wrong partition."""
        dice = self.random.random()
        if dice < 0.05:
            self._append(self.random.randrange(PARTITIONS), NOISE)
            return
        if dice < 0.1:
            self._append(self.random.randrange(PARTITIONS), MARKER)
            return
        if dice < 0.15 and self._published:
            event = self.random.choice(self._published)
        elif dice < 0.2:
            event = toy.event("beat", self.random.choice(toy.SUBJECTS), time=self.random.choice(toy.INSTANTS))
        else:
            event = toy.random_event(self.random)
        self._published.append(event)
        right = partition_of(event.record.subject, PARTITIONS)
        self._append(right if self.random.random() < 0.9 else 1 - right, event)

    def _append(
        self, partition: int, value: Any, headers: Sequence[tuple[str, bytes]] = (), key: bytes | None = None
    ) -> None:
        self.log[partition].append(Received(len(self.log[partition]), value, key, headers))

    # --- The schedule ---

    def run(self) -> None:
        """Play the history out, then let fresh workers finish."""
        for _ in range(self._length):
            self.publish()
        for _ in range(6 * self._length):
            self.step()
        self._ghosts += [owner for owner in self._owners if owner is not None]
        while any(ghost.command for ghost in self._ghosts):  # they all wake up and do what they were at
            self._haunt()
        if self._damage is not None:
            self._damage(self)
        for _ in range(2):  # forwarded events reach the other partition: once more round
            for partition in range(PARTITIONS):
                self._finish(partition)

    def step(self) -> None:
        """One thing happens to one partition."""
        dice, partition = self.random.random(), self.random.randrange(PARTITIONS)
        owner = self._owners[partition]
        if dice < 0.06:
            self.publish()
        elif dice < 0.12 and self._ghosts:
            self._haunt()
        elif owner is None:
            self._assign(partition)
        elif dice < 0.16:
            self._say(owner, "is killed")
            self._owners[partition] = None
        elif dice < 0.22:
            self._say(owner, "stalls; its partition goes to another")
            self._ghosts.append(owner)
            self._owners[partition] = None
        elif dice < 0.25:
            self._say(owner, "hands its partition over")
            owner.shard.revoked()
            self._owners[partition] = None
        else:
            self._advance(owner)

    def _haunt(self) -> None:
        """A stalled worker wakes for a step: it does not know yet that it lost its partition."""
        ghost = self.random.choice(self._ghosts)
        self._advance(ghost)
        if ghost.command is None or self.random.random() < 0.2:
            self._say(ghost, "learns that it lost its partition")
            ghost.command = None
            self._ghosts.remove(ghost)

    def _assign(self, partition: int) -> Worker:
        self._names += 1
        shard = self._make(
            catalogue=toy.CATALOGUE, contract=Decoder(), calendar=toy.CALENDAR, generation="g",
            topic=toy.TOPIC, partition=partition, partitions=PARTITIONS,
        )  # fmt: skip
        worker = Worker(f"W{self._names}/{partition}", shard, None)
        worker.command = shard.assigned()
        self._owners[partition] = worker
        self._say(worker, "takes over")
        return worker

    def _advance(self, worker: Worker, *, faults: bool = True) -> None:
        """The next step of a worker: its command, a batch where it has none or may fold ahead, or a flush."""
        shard, log = worker.shard, self.log[worker.shard.partition]
        if (
            worker.reads >= 0
            and worker.reads < len(log)
            and (worker.command is None or self.random.random() < 0.2)
        ):
            size = self.random.randrange(1, 5)
            batch = log[worker.reads : worker.reads + size]
            worker.reads += len(batch)
            self._say(worker, f"reads {batch[0].offset}–{batch[-1].offset}")
            try:
                shard.fold(read(batch, batch[0].offset))
            except Halted as error:
                self._halt(worker, str(error))
                return
            if worker.command is None and self.random.random() < 0.7:  # or else more follows
                worker.command = shard.flush()
            return
        if worker.command is None:
            worker.command = shard.flush()
            return
        dice = self.random.random() if faults else 1.0
        if dice < 0.05:
            self._say(worker, f"fails to {_shown(worker.command)}")
            worker.command = shard.failed()
        elif dice < 0.1:
            self._do(worker, worker.command)
            self._say(worker, f"did {_shown(worker.command)} but hears that it failed")
            if not isinstance(worker.command, Load):
                worker.command = shard.failed()
        else:
            self._say(worker, f"does {_shown(worker.command)}")
            heard = self._do(worker, worker.command)
            if worker.command is not None:
                worker.command = heard if heard is not None else shard.done()

    def _do(self, worker: Worker, command: Command) -> Command | None:
        shard = worker.shard
        match command:
            case Load():
                if worker.reads < 0:
                    loaded = self.ledger.load(shard.partition)
                    worker.command = shard.loaded(
                        loaded, LogBounds(0, len(self.log[shard.partition]), "", PARTITIONS)
                    )
                    return worker.command
            case Seek(offset):
                worker.reads = offset
            case Write():
                self.ledger.write(command)
            case Send(messages):
                for message in messages:
                    self._receive(message)
            case Halt(reason):
                self._halt(worker, reason)
            case Ack():
                pass
        return None

    def _receive(self, message: Outgoing) -> None:
        if message.topic == DEAD_LETTERS:
            assert message.key is not None
            self.letters.add(message.key)
        else:
            assert message.partition is not None
            self._append(message.partition, message.value, message.headers, message.key)

    def _finish(self, partition: int) -> None:
        worker = self._assign(partition)
        while partition not in self.halted and (
            worker.command or worker.shard.position < len(self.log[partition]) - 1
        ):
            self._advance(worker, faults=False)

    def _halt(self, worker: Worker, reason: str) -> None:
        self._say(worker, f"halts: {reason}")
        self.halted[worker.shard.partition] = reason
        worker.command = None

    def _say(self, worker: Worker, what: str) -> None:
        self.history.append(f"{worker.name} {what}")


def read(log: Sequence[Received], begin: int) -> list[Received | Gap]:
    """What a fetch of a piece of a log that begins at an offset holds, as `streams.records` has it."""
    items: list[Received | Gap] = []
    for message in log:
        if message.value != MARKER:
            message.begin = begin
            items.append(message)
            begin = message.offset + 1
    if log and begin <= log[-1].offset:
        items.append(Gap(begin, log[-1].offset))
    return items


def _shown(command: Command) -> str:
    match command:
        case Write(table, _, rows):
            return f"write {rows} rows of {table}"
        case Seek(offset):
            return f"seek {offset}"
        case Ack(offset):
            return f"ack {offset}"
        case _:
            return type(command).__name__.lower()


def play(seed: int, **options: Any) -> World:
    """A history played to its end."""
    world = World(seed, **options)
    world.run()
    return world
