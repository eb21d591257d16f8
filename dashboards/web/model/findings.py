"""What departments must mend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from schemas.conflicts import Conflict
from schemas.orphans import Orphaned


class Refusal(Struct, frozen=True, kw_only=True):
    """Messages refused for one reason: how many stand open, and the latest of them, masked."""

    topic: str
    reason: str
    field: str
    messages: int
    latest: datetime
    place: str
    """Topic, partition and offset of the latest one."""
    expected: str
    hint: str
    payload: str


class Findings(NamedTuple):
    """What departments must mend. On a public board without samples and conflicts: they are about single persons."""

    refusals: Sequence[Refusal]
    orphans: Sequence[Orphaned]
    conflicts: Sequence[Conflict]
    least: int = 0
    """The smallest number of orphans that is shown; a smaller one is shown as "fewer than" it."""
