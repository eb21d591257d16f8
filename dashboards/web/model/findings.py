"""What departments must fix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from schemas.conflicts import Conflict
from schemas.orphans import Orphaned


class Refusal(Struct, frozen=True, kw_only=True):
    """Messages refused for one reason: how many are open, and the latest of them, masked."""

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
    """What departments must fix. On a public board it has no samples and conflicts, which are about single persons."""

    refusals: Sequence[Refusal]
    orphans: Sequence[Orphaned]
    conflicts: Sequence[Conflict]
    least: int = 0
    """A number of orphans below this is shown as "fewer than" it; 0: the board is not public."""
