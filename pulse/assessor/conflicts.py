"""The boards' list of conflicts, which the assessor keeps up to date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import monotonic

from clickhouse_connect.driver.client import Client

from pulse.assessor.rows import Moment
from schemas.event_type import EventType
from sinks.clickhouse.reads.conflicts import ConflictFilter, counted, listed
from streams.logs import LogPartition

BOARD = 50
"""How many records the boards list: those noticed last. `pulse conflicts` lists all."""
REST = 10.0
"""The pause before the next look, as a multiple of the time that the last one took."""


class Conflicts:
    """Keeps the boards' list up to date, so that no board reads the ledger for it. Every method blocks."""

    def __init__(self, types: Mapping[str, EventType], zone: str) -> None:
        self._types, self._zone = types, zone
        self._at: dict[LogPartition, int] | None = None
        self._next = 0.0
        self._numbers: list[tuple[str, int, int]] = []
        self._written: str | None = None

    def update(self, client: Client, now: Moment) -> int:
        """Write the list anew if other conflicts were noticed, unless the last look was a moment ago. Returns
        1 where the list changed, else 0."""
        if now.positions == self._at or monotonic() < self._next:
            return 0
        begun = monotonic()
        numbers = counted(client, ConflictFilter())
        written = 0
        if numbers != self._numbers:
            found = listed(client, ConflictFilter(), BOARD, self._types, self._zone)
            text = json.dumps([each.plain() for each in found], ensure_ascii=False)
            if text != self._written:
                names = ["generation", "conflicts", "version"]
                client.insert("conflict_lists", [(now.generation, text, now.version)], column_names=names)
                self._written, written = text, 1
        self._at, self._numbers = dict(now.positions), numbers
        self._next = monotonic() + REST * (monotonic() - begun)
        return written
