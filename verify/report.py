"""What a verification found: plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Kind = Literal[
    "offset",
    "event",
    "outcome",
    "dead letter",
    "position",
    "balance",
    "fact",
    "device hour",
    "cell",
    "figure",
]
"""What differs, causes before their effects."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not what the ledger says it must be."""

    kind: Kind
    where: str
    """The place, row or figure."""
    expected: str
    found: str
    remedy: str
    """What to do about it."""
    region: str = ""
    """The region whose figures it concerns; empty where it concerns a row."""


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict: no differences, or all of them."""

    indicators: int
    regions: int
    days: int
    rows: int
    """Rows of the ledger that were read."""
    differences: tuple[Difference, ...]
    seconds: float
    moved: bool = False
    """Counting went on while this was read: differences may be those of a moment."""

    @property
    def figures(self) -> int:
        """How many figures were compared, each with its numerator, denominator and value."""
        return self.indicators * self.regions * self.days

    def within(self, region: str) -> Report:
        """The same, without differences of other regions: those of a region and of all below it stay."""
        kept = [d for d in self.differences if not d.region or d.region.startswith(region)]
        return Report(
            self.indicators, self.regions, self.days, self.rows, tuple(kept), self.seconds, self.moved
        )

    def by_kind(self) -> Iterator[tuple[Kind, list[Difference]]]:
        """The differences, causes before their effects."""
        for kind in KINDS:
            found = [difference for difference in self.differences if difference.kind == kind]
            if found:
                yield kind, found

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"figures": self.figures}
