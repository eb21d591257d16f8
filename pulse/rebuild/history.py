"""What a topic's earlier logs hold for the shards of its current log, in spans that fit into memory.

The rows of a history get offsets before those of the current log: the last row the offset just before the
log's first one, the row before it one less, and so on. All rows that count get an offset, also those of types
that nothing counts now, so that the offsets are the same for every catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clickhouse_connect.driver.client import Client

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.ledger import Extent, Span, extent, span
from pulse.rebuild.lineage import Lineage, Stretch
from pulse.rebuild.replay import RESTORE

BLOCK = 50_000
"""Offsets that are read and folded before their rows are written."""


class History:
    """The history of one topic; empty where its current log is its first."""

    def __init__(self, client: Client, line: Lineage, types: Sequence[str]) -> None:
        """Reads how the rows are distributed over partitions; the rows themselves are read later. Raises CannotRebuild.

        `types`: the types of the events that are to be counted.
        """
        self.extents: list[tuple[Stretch, Extent]] = []
        self.spans: list[Span] = []
        self.time = 0
        """The append time of the last event in these logs, in milliseconds."""
        partitions = line.beginnings[-1].partitions if line.beginnings else 0
        for part in line.history():
            stretch = part.stretch
            if not part.sent_on:
                found = whole(client, stretch, types, stretch.first - 1)
                self.extents.append((stretch, found))
                self.time = max(self.time, found.time)
            for after, last in blocks(stretch.first - 1, stretch.last):
                self.spans.append(span(client, part, types, partitions, after, last))

    def rows(self, home: int) -> int:
        """How many rows there are for a partition of the current log."""
        return sum(each.shares[home].rows for each in self.spans if home in each.shares)

    def entries(self, home: int) -> int:
        """How many of them are to be counted."""
        return sum(each.shares[home].entries for each in self.spans if home in each.shares)


def whole(client: Client, stretch: Stretch, types: Sequence[str], after: int) -> Extent:
    """What the ledger has of a stretch after offset `after`. Raises CannotRebuild where it ends before the
    stretch does."""
    found = extent(client, stretch, types, after, stretch.last)
    if found.last != stretch.last or not found.offsets:
        raise CannotRebuild(
            f"{stretch.log}/{stretch.partition}: counted up to offset {stretch.last}, but the ledger ends before it: its "
            f"last rows were deleted in ClickHouse.\n{RESTORE}"
        )
    return found


def blocks(after: int, last: int) -> Iterator[tuple[int, int]]:
    """Spans of at most BLOCK offsets, each as (after this one, up to and including this one)."""
    for start in range(after, last, BLOCK):
        yield start, min(start + BLOCK, last)
