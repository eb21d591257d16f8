"""Folds a shard's events, one after the other, into records, groups and cells.

Two properties hold, and are tested in tests/streams/counting. Any order, duplication and interleaving of the
same events ends in the cells of a naive batch count. Every value read out is a function of the events applied
so far, so any two workers write the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from xxhash import xxh64_intdigest

from schemas.catalogue.model import Catalogue
from schemas.event import Event, Record, Version
from streams.counting.calendar import Calendar
from streams.counting.facts import Fact, Statement, recorded, rules
from streams.counting.groups import groups
from streams.counting.outcome import Outcome
from streams.counting.reducers import Delta

CORE = 2
"""Version of the counting core: part of the generation. Raise it when a change makes the same log count
differently."""

Cell = tuple[str, str, int]
"""The key of a count: (measure, region as recorded, local day since 1970-01-01)."""

_NOTHING: tuple[Fact, ...] = ()


class Fold:
    """The state of one shard: records, groups, cells. It asks no clock and does not depend on batches."""

    def __init__(self, catalogue: Catalogue, calendar: Calendar, topic: str) -> None:
        self.records: dict[Record, tuple[Version, tuple[Fact, ...]]] = {}
        """The current version of each record, and its facts."""
        self.cells: dict[Cell, int] = {}
        self._changed: set[Cell] = set()
        self._day = calendar.day
        self._rules = rules(catalogue, topic)
        self._groups = {
            key: groups(measure, calendar)
            for key, measure in catalogue.counted.items()
            if measure.topic == topic and measure.reducer != "seen"
        }

    def apply(self, event: Event) -> tuple[Outcome, tuple[Fact, ...]]:
        """Apply an event; returns its outcome and the facts it changed: one for each measure that its type
        feeds, or none.

        If two events of one version differ in their recorded time, the earlier one stands.
        """
        record, version = event.record, event.version
        held = self.records.get(record)
        outcome = Outcome.COUNTED
        if held is not None:
            known = held[0]
            if version == known:
                if event.recorded is None or event.recorded >= recorded(held[1][0]):
                    return Outcome.DUPLICATE, _NOTHING
                outcome = Outcome.DUPLICATE
            else:
                conflict = version[:2] == known[:2]
                if version < known:
                    return Outcome.CONFLICT if conflict else Outcome.SUPERSEDED, _NOTHING
                if conflict:
                    outcome = Outcome.CONFLICT
            for fact in held[1]:
                self._take(fact)
        day = self._day(event.time)
        facts = tuple([rule.fact(event, day) for rule in self._rules[record[2]]])
        for fact in facts:
            self._put(fact)
        self.records[record] = (version, facts)
        return outcome, facts

    def load(self, statements: Iterable[Statement]) -> None:
        """Load the winning statements of each record, in any order, into an empty fold."""
        found: dict[Record, tuple[Version, list[Fact]]] = {}
        for fact, version, _ in statements:
            self._put(fact)
            known = found.get(fact.record)
            if known is None:
                found[fact.record] = (version, [fact])
            else:
                known[1].append(fact)
        self.records = {record: (version, tuple(facts)) for record, (version, facts) in found.items()}
        self._changed.clear()

    def changes(self) -> list[tuple[Cell, int]]:
        """The cells touched since the last call, in a fixed order, with their present values."""
        taken = [(cell, self.cells[cell]) for cell in sorted(self._changed)]
        self._changed.clear()
        return taken

    def digest(self, without: Collection[Cell] = ()) -> tuple[int, int]:
        """The number of cells that are not 0, and the exclusive or of their hashes, without the cells in
        `without`.

        ClickHouse computes the same: xxHash64 of measure, region, day and value, each on its own line.
        """
        rows = mixed = 0
        for cell, value in self.cells.items():
            if value and cell not in without:
                measure, region, day = cell
                rows += 1
                mixed ^= xxh64_intdigest(f"{measure}\n{region}\n{day}\n{value}".encode())
        return rows, mixed

    def _put(self, fact: Fact) -> None:
        if fact.live:
            before, after = self._groups[fact.measure].put(fact)
            self._add(fact.measure, before, after)

    def _take(self, fact: Fact) -> None:
        if fact.live:
            before, after = self._groups[fact.measure].take(fact)
            self._add(fact.measure, before, after)

    def _add(self, measure: str, before: list[Delta], after: list[Delta]) -> None:
        if before == after:
            return
        cells, changed = self.cells, self._changed
        for region, day, delta in before:
            cell = (measure, region, day)
            cells[cell] -= delta
            changed.add(cell)
        for region, day, delta in after:
            cell = (measure, region, day)
            cells[cell] = cells.get(cell, 0) + delta
            changed.add(cell)
