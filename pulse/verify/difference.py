"""One thing that is not what the ledger says it must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

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
