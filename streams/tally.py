"""Counts what happened to events, for metrics. Works on columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from streams.counting.outcome import Outcome

LATENESS = (60, 600, 3600, 21_600, 86_400, 604_800, 2_592_000)
"""Upper bounds, in seconds, of the lateness buckets (append time − event time); one more bucket has no
bound."""


@dataclass
class Tally:
    """What happened since the tally was last taken."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    unknown_fields: Counter[str] = field(default_factory=Counter)
    """By event type: events of a newer minor schema with fields that this release does not know."""
    lateness: list[int] = field(default_factory=lambda: [0] * (len(LATENESS) + 1))
    """Only of events that were counted here: refused and passed-over messages have no time, re-keyed
    events are counted elsewhere."""
    lateness_sum: float = 0.0

    def add(self, other: Tally) -> None:
        """Add another tally's counts to this one."""
        self.outcomes += other.outcomes
        self.refusals += other.refusals
        self.unknown_fields += other.unknown_fields
        self.lateness = [a + b for a, b in zip(self.lateness, other.lateness, strict=True)]
        self.lateness_sum += other.lateness_sum


_ELSEWHERE = frozenset({Outcome.REFUSED, Outcome.PASSED_OVER, Outcome.REKEYED})


def tally(events: dict[str, Sequence[Any]], unknown_fields: Counter[str]) -> Tally:
    """The tally of rows of the table `events`, given as columns."""
    outcomes, reasons = events["outcome"], events["reason"]
    here = np.array([outcome not in _ELSEWHERE for outcome in outcomes], dtype=bool)
    late = (np.array(events["append_time"]) / 1e3 - np.array(events["time"]) / 1e6)[here]
    buckets = np.bincount(np.searchsorted(LATENESS, late), minlength=len(LATENESS) + 1)
    return Tally(
        Counter(outcomes),
        Counter(reason for reason in reasons if reason),
        unknown_fields,
        buckets.tolist(),
        float(late.sum()),
    )
