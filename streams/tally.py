"""What happened in a shard since somebody last asked: counts for metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from streams.counting.outcome import Outcome

LATENESS = (60, 600, 3600, 21_600, 86_400, 604_800, 2_592_000)
"""Upper bounds, in seconds, of the lateness buckets (append time − event time); one more is open."""


@dataclass
class Tally:
    """What happened since the tally was last taken, for metrics."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    unknown_fields: Counter[str] = field(default_factory=Counter)
    """By event type: events of a newer minor schema with fields that this release does not know."""
    lateness: list[int] = field(default_factory=lambda: [0] * (len(LATENESS) + 1))
    lateness_sum: float = 0.0

    def count(self, outcome: Outcome, late: float) -> None:
        """An event that was read `late` seconds after it happened."""
        self.outcomes[outcome] += 1
        self.lateness[bisect_left(LATENESS, late)] += 1
        self.lateness_sum += late
