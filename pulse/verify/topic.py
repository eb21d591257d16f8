"""What a topic's ledger says: which version of each record stands, what was heard, how far it goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from pulse.verify.difference import Difference

Key = tuple[str, str, str]
"""A record of a known type: (source, id, subject)."""
Version = tuple[int, bool, int]


class Word(NamedTuple):
    """What an event says for a measure: how much, and whether that is to be on rather than off."""

    value: int
    on: bool


Says = tuple[Word | None, ...]
"""For each measure of a type; None where it says nothing."""
Shard = tuple[str, int]
"""(log, partition)."""
Beat = tuple[int, str, str]
"""(start of the hour in seconds UTC, county, device)."""


class Account(NamedTuple):
    """The standing version of a record, and what it says for each measure of its type."""

    version: Version
    region: str
    time: int
    recorded: int | None
    says: Says


class SentOn(NamedTuple):
    """A re-keyed row."""

    place: str
    type: str
    record: Key
    account: Account


@dataclass
class Topic:
    """What a topic's ledger says."""

    name: str
    standing: dict[str, dict[Key, Account]] = field(default_factory=dict)
    """Event type → record → account; a void stands too, and says nothing."""
    heard: dict[str, set[Beat]] = field(default_factory=dict)
    received: Counter[int] = field(default_factory=Counter)
    """Rows by append day."""
    outcomes: Counter[tuple[int, str]] = field(default_factory=Counter)
    """By append day, what became of each event by this replay, not by the ledger's own word."""
    refused: dict[tuple[str, int, int], str] = field(default_factory=dict)
    """(log, partition, offset) → reason."""
    ends: dict[Shard, tuple[int, int]] = field(default_factory=dict)
    """(log, partition) → (last offset, its append time). A partition in which nothing lies yet of a log that is not the
    topic's first: (the offset before its first, when the last event of all earlier logs was appended)."""
    rows: Counter[Shard] = field(default_factory=Counter)
    """(log, partition) → how many events were received."""
    empty: dict[Shard, int] = field(default_factory=dict)
    """(log, partition) → how many offsets hold no event."""
    sent_on: list[SentOn] = field(default_factory=list)
    """The re-keyed rows."""
    differences: list[Difference] = field(default_factory=list)
