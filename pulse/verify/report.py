"""What a verification found, as data and for people: the verdict first, then each difference with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from rich.console import Console
from rich.text import Text

from pulse.verify.difference import KINDS, Difference, Kind

SHOWN = 10
"""How many differences of one kind are shown, unless all are asked for."""


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
    """Whether counting went on meanwhile, so that differences may be temporary."""

    @property
    def clean(self) -> bool:
        """Whether everything is as the ledger has it."""
        return not self.differences

    @property
    def figures(self) -> int:
        """How many figures were compared, each with its numerator, denominator and value."""
        return self.indicators * self.regions * self.days

    def within(self, region: str) -> Report:
        """The report without differences of other regions: those of a region and of all below it stay."""
        kept = [d for d in self.differences if not d.region or d.region.startswith(region)]
        return replace(self, differences=tuple(kept))

    def by_kind(self) -> Iterator[tuple[Kind, list[Difference]]]:
        """The differences, causes before their effects."""
        for kind in KINDS:
            found = [difference for difference in self.differences if difference.kind == kind]
            if found:
                yield kind, found

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"figures": self.figures}


def verdict(report: Report) -> str:
    """One line: how many differences over how many figures."""
    return (
        f"{_many(len(report.differences), 'difference')} over {_many(report.figures, 'figure')}: "
        f"{_many(report.indicators, 'indicator')} × {_many(report.regions, 'region')} × {_many(report.days, 'day')}, "
        f"from {_many(report.rows, 'row')} of the ledger in {report.seconds:.1f} s"
    )


def show(report: Report, console: Console, *, everything: bool = False) -> None:
    """Print a report, causes before their effects."""
    style = "bold green" if report.clean else "bold red"
    console.print(Text(verdict(report), style), soft_wrap=True)
    if report.moved and report.differences:
        console.print(
            Text("Counting went on meanwhile: some may be of that moment. Run again with --wait.", "yellow")
        )
    for kind, differences in report.by_kind():
        console.print()
        console.print(Text(f"{kind}: {len(differences)}", "bold"))
        shown = differences if everything else differences[:SHOWN]
        for difference in shown:
            _line(console, difference)
        if len(shown) < len(differences):
            console.print(Text(f"  … and {len(differences) - len(shown)} more (--all shows them)", "dim"))
        for remedy in dict.fromkeys(difference.remedy for difference in shown):
            console.print(Text(f"  → {remedy}", "cyan"), soft_wrap=True)


def _line(console: Console, difference: Difference) -> None:
    console.print(
        Text.assemble(
            f"  {difference.where}: expected ",
            (difference.expected, "green"),
            ", found ",
            (difference.found, "red"),
        ),
        soft_wrap=True,
    )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}".replace(",", " ")
