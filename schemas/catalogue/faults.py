"""What is wrong with a catalogue, and where. All faults are reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from pulse.errors import OperatorError

Path = tuple[str | int, ...]
"""Where something stands in the file: keys and indices from the top."""


class Problem(NamedTuple):
    """What a check finds at a path, before its line has been looked up."""

    path: Path
    found: str
    expected: str = ""
    remedy: str = ""

    @property
    def message(self) -> str:
        """What was found, what was expected, what to do."""
        return "; ".join(
            filter(None, (self.found, self.expected and f"expected {self.expected}", self.remedy))
        )


class Fault(NamedTuple):
    """A problem at its place in a file."""

    file: str
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.where}: {self.message}"


class CatalogueError(OperatorError):
    """A catalogue or regions file that cannot be used; its text lists every fault, a line each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def listed(names: Iterable[object]) -> str:
    """Names for a message, in their order."""
    return ", ".join(str(name) for name in names) or "none"


def nearest(name: str, names: Iterable[str]) -> str:
    """For a message: the names that `name` may have been meant to be, or else all of them (their number,
    if above 20)."""
    known = sorted(names)
    close = get_close_matches(name, known, n=3)
    if close:
        return f"one that exists, such as {listed(close)}"
    return f"one of {listed(known)}" if len(known) <= 20 else f"one of the {len(known)} that exist"
