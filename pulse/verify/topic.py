"""What a topic's ledger holds: which version of each record stands, when devices reported, how far it goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from pulse.verify.difference import Difference

Key = tuple[str, str, str]
"""A record of a known type: (source, id, subject)."""
Version = tuple[int, bool, int]


class MeasureValue(NamedTuple):
    """What an event gives for a measure: how much, and whether that counts as on or off."""

    value: int
    on: bool


MeasureValues = tuple[MeasureValue | None, ...]
"""One for each measure that a type feeds; None where the event gives no value for it."""
LogPartition = tuple[str, int]
"""(log, partition)."""
DeviceHour = tuple[int, str, str]
"""(start of the hour in seconds UTC, county, device)."""


class RecordState(NamedTuple):
    """The standing version of a record, and what it gives for each measure of its type. Instants are
    microseconds UTC."""

    version: Version
    region: str
    time: int
    recorded: int | None
    values: MeasureValues


class SentOn(NamedTuple):
    """A re-keyed row."""

    place: str
    type: str
    record: Key
    state: RecordState


@dataclass
class Topic:
    """What a topic's ledger holds."""

    name: str
    standing: dict[str, dict[Key, RecordState]] = field(default_factory=dict)
    """Event type → record → its state. A void stands too, and gives no values."""
    device_hours: dict[str, set[DeviceHour]] = field(default_factory=dict)
    received: Counter[int] = field(default_factory=Counter)
    """Rows by append day."""
    outcomes: Counter[tuple[int, str]] = field(default_factory=Counter)
    """(append day, outcome) → events, by this replay, not by the ledger's own column."""
    refused: dict[tuple[str, int, int], str] = field(default_factory=dict)
    """(log, partition, offset) → reason."""
    ends: dict[LogPartition, tuple[int, int]] = field(default_factory=dict)
    """(log, partition) → (last offset, its append time). For a partition without events in a log that is not
    the topic's first: (the offset before its first, the append time of the last event of all earlier logs)."""
    rows: Counter[LogPartition] = field(default_factory=Counter)
    """(log, partition) → how many events were received."""
    empty: dict[LogPartition, int] = field(default_factory=dict)
    """(log, partition) → how many offsets hold no event."""
    sent_on: list[SentOn] = field(default_factory=list)
    """The re-keyed rows."""
    differences: list[Difference] = field(default_factory=list)
