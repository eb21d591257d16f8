"""A seeded world for shards: a log, a ledger in memory, workers that die, stall and come back at any step.

Each history is a function of its seed. Workers run the real `Shard`; the log, the ledger and the schedule
are simulated. Between any two steps of a worker it may be killed, or stalled while another takes its shard
over; a write may fail before or after it took effect; messages may sit in the wrong partition. At the end a
fresh worker finishes each shard, and the ledger must hold exactly the naive count of the log.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.event import Event, Record, Refusal, Version
from streams.commands import Ack, Command, Halt, Load, Loaded, Log, Outgoing, Position, Seek, Send, Write
from streams.counting.facts import Fact, Statement
from streams.counting.outcome import Outcome
from streams.flush import ORIGIN
from streams.items import Gap
from streams.partition import partition_of
from streams.shard import Shard
from tests.streams.counting import oracle, toy

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
    facts: dict[tuple[Any, ...], Statement] = field(default_factory=dict)
    events: dict[tuple[int, int], str] = field(default_factory=dict)
    letters: set[tuple[int, int]] = field(default_factory=set)
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
        return Loaded(Position(at, "", PARTITIONS, self.times[partition]), list(winners.values()))

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
        self.letters.add((row["partition"], row["offset"]))

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
        self, seed: int, *, ledger: Ledger | None = None, make: Callable[..., Shard] = Shard, length: int = 24
    ) -> None:
        self.random = random.Random(seed)
        self.ledger = ledger or Ledger()
        self.history: list[str] = []
        self.log: list[list[Received]] = [[] for _ in range(PARTITIONS)]
        self._make = make
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

    def _append(self, partition: int, value: Any, headers: Sequence[tuple[str, bytes]] = ()) -> None:
        self.log[partition].append(Received(len(self.log[partition]), value, headers=headers))

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
            shard.fold(read(batch, batch[0].offset))  # type: ignore[arg-type]
            self._say(worker, f"reads {batch[0].offset}–{batch[-1].offset}")
            if worker.command is None and self.random.random() < 0.7:  # or else more follows
                worker.command = shard.flush()
            return
        if worker.command is None:
            worker.command = shard.flush()
            return
        dice = self.random.random() if faults else 1.0
        if dice < 0.05:
            self._say(worker, f"fails to {_words(worker.command)}")
            worker.command = shard.failed()
        elif dice < 0.1:
            self._do(worker, worker.command)
            self._say(worker, f"did {_words(worker.command)} but hears that it failed")
            if not isinstance(worker.command, Load):
                worker.command = shard.failed()
        else:
            self._say(worker, f"does {_words(worker.command)}")
            heard = self._do(worker, worker.command)
            worker.command = heard if heard is not None else shard.done()

    def _do(self, worker: Worker, command: Command) -> Command | None:
        shard = worker.shard
        match command:
            case Load():
                if worker.reads < 0:
                    loaded = self.ledger.load(shard.partition)
                    worker.command = shard.loaded(
                        loaded, Log(0, len(self.log[shard.partition]), "", PARTITIONS)
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
                raise AssertionError(f"{worker.name} halts: {reason}")
            case Ack():
                pass
        return None

    def _receive(self, message: Outgoing) -> None:
        if message.topic == toy.TOPIC:
            assert message.partition is not None
            self._append(message.partition, message.value, message.headers)

    def _finish(self, partition: int) -> None:
        worker = self._assign(partition)
        while worker.command or worker.shard.position < len(self.log[partition]) - 1:
            self._advance(worker, faults=False)

    def _say(self, worker: Worker, what: str) -> None:
        self.history.append(f"{worker.name} {what}")

    # --- The verdict ---

    def faults(self) -> list[str]:
        """What the ledger holds otherwise than the naive count of the log; empty: exact."""
        found = list(self.ledger.drifted)
        for partition, log in enumerate(self.log):
            here = [(m.offset, m.value.event) for m in log if m.value not in (NOISE, MARKER)]
            events = [
                event for _, event in here if partition_of(event.record.subject, PARTITIONS) == partition
            ]
            folded = [event for event in events if event.record.type in toy.FOLDED]
            wanted = oracle.cells(toy.CATALOGUE, folded)
            stored = {
                (measure, region, day): value
                for (owner, measure, region, day), (value, _) in self.ledger.cells.items()
                if owner == partition and value
            }
            found += [
                f"cell {cell} of {partition}: {stored.get(cell, 0)}, should be {wanted.get(cell, 0)}"
                for cell in sorted(wanted.keys() | stored.keys())
                if wanted.get(cell, 0) != stored.get(cell, 0)
            ]
            outcomes = {o: outcome for (p, o), outcome in self.ledger.events.items() if p == partition}
            right = self._outcomes(partition)
            found += [
                f"outcome of {partition}/{offset}: {outcomes.get(offset)}, should be {outcome}"
                for offset, outcome in right.items()
                if outcomes.get(offset) != outcome
            ]
            gaps = {offset for p, offset in self.ledger.gaps if p == partition}
            markers = {message.offset for message in log if message.value == MARKER}
            if gaps != markers:
                found.append(f"gaps of {partition}: {sorted(gaps)}, should be {sorted(markers)}")
            if self.ledger.positions.get(partition, -1) != len(log) - 1:
                found.append(
                    f"position of {partition}: {self.ledger.positions.get(partition)}, log ends {len(log)}"
                )
        return found

    def _outcomes(self, partition: int) -> dict[int, str]:
        """Each offset's outcome from a plain reading of the log."""
        known: dict[Record, Version] = {}
        right: dict[int, str] = {}
        for message in self.log[partition]:
            if message.value == MARKER:
                continue
            if message.value == NOISE:
                right[message.offset] = Outcome.REFUSED
                continue
            event = message.value.event
            if partition_of(event.record.subject, PARTITIONS) != partition:
                sent_on = any(name == ORIGIN for name, _ in message.headers)
                right[message.offset] = Outcome.REFUSED if sent_on else Outcome.REKEYED
            elif event.record.type not in toy.FOLDED:
                right[message.offset] = Outcome.COUNTED
            else:
                held, new = known.get(event.record), event.version
                if held is None or (held[:2] < new[:2]):
                    right[message.offset] = Outcome.COUNTED
                elif held == new:
                    right[message.offset] = Outcome.DUPLICATE
                else:
                    right[message.offset] = Outcome.CONFLICT if held[:2] == new[:2] else Outcome.SUPERSEDED
                known[event.record] = max(held, new) if held else new
        return right


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


def _words(command: Command) -> str:
    match command:
        case Write(table, _, rows):
            return f"write {rows} rows of {table}"
        case Seek(offset):
            return f"seek {offset}"
        case Ack(offset):
            return f"ack {offset}"
        case _:
            return type(command).__name__.lower()


def play(seed: int, **words: Any) -> World:
    """A history played to its end."""
    world = World(seed, **words)
    world.run()
    return world
