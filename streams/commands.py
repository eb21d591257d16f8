"""The commands that a shard returns, and the data that it gets back. Plain data: no I/O here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

from streams.counting.facts import Statement
from streams.counting.fold import Cell

Columns = Mapping[str, Sequence[Any]]
"""Column name → values, all of one length: rows of a table, ready for the writer."""


class Same(Sequence[Any]):
    """A column that holds one value in every row."""

    def __init__(self, value: Any, rows: int) -> None:
        self.value = value
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, index: Any) -> Any:
        return ([self.value] * self._rows)[index]

    def __iter__(self) -> Iterator[Any]:
        return repeat(self.value, self._rows)


class Position(NamedTuple):
    """Up to which offset a shard's rows are complete, and for which topic."""

    offset: int
    topic_id: str
    """Kafka's id of the topic; empty where the broker has none."""
    partitions: int
    time: int = 0
    """Append time of the last event at or before `offset`, in milliseconds; 0 if there was none."""


class Aside(NamedTuple):
    """An offset that an operator set aside: whatever lies there is refused. A row of `set_aside`, never
    changed."""

    offset: int
    time: int
    """Stands in for the append time, in milliseconds, if the message cannot be read."""
    reason: str
    """In the operator's words."""


class Cells(NamedTuple):
    """A summary of a shard's stored cells that are not 0."""

    rows: int
    digest: int
    """As `Fold.digest` computes it."""
    ahead: frozenset[Cell] = frozenset()
    """Cells that an unfinished flush wrote after the position. `rows` and `digest` leave them out."""


class LogBounds(NamedTuple):
    """A partition's log as the broker has it now: offsets `start` ≤ o < `end`, whether they may be read yet or not."""

    start: int
    end: int
    topic_id: str
    partitions: int


class Loaded(NamedTuple):
    """What ClickHouse holds of a shard as of its position. Without a position there are no statements."""

    position: Position | None
    statements: Sequence[Statement]
    aside: Sequence[Aside] = ()
    """Offsets after the position that operators set aside."""
    ahead: frozenset[int] = frozenset()
    """Offsets after the position at which the ledger has an event: from a flush that was not finished."""
    lost: int = 0
    """How many offsets up to the position the ledger does not account for, neither by an event nor by a
    gap."""
    cells: Cells | None = None
    """A summary of the stored cells; None if they cannot be compared."""


class Outgoing(NamedTuple):
    """A message to send; the command is done when the broker has acknowledged it."""

    topic: str
    """Bare system name, or "dead-letters"."""
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int | None = None
    """Milliseconds; None means now. A topic with LogAppendTime sets its own."""


@dataclass(frozen=True, slots=True)
class Load:
    """Read the position and the winners among the facts at or before it, and after that the log's bounds."""


@dataclass(frozen=True, slots=True)
class Seek:
    """Read the log from `offset`, whatever Kafka's committed offset says."""

    offset: int


@dataclass(frozen=True, slots=True)
class Write:
    """Insert rows; done when ClickHouse has acknowledged them."""

    table: str
    columns: Columns
    rows: int


@dataclass(frozen=True, slots=True)
class Send:
    """Send messages; done when the broker has acknowledged each."""

    messages: Sequence[Outgoing]


@dataclass(frozen=True, slots=True)
class Ack:
    """Tell Kafka that everything up to and including `offset` is done."""

    offset: int


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop the worker without an ack: `reason` says what is wrong and names the way out."""

    reason: str


Command = Load | Seek | Write | Send | Ack | Halt
