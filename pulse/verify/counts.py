"""A measure's spells as columns: read at the end of any day, or as the differences that cells must hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pulse.verify.days import FOREVER, first_of
from pulse.verify.measures import Spell

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """One measure, by region as recorded."""

    flow: bool
    regions: tuple[str, ...]
    region: Ints
    """Index into `regions`."""
    first: Ints
    until: Ints
    value: Ints

    @classmethod
    def of(cls, flow: bool, spells: Iterable[Spell]) -> Counts:
        """Collect a measure's spells."""
        indices: dict[str, int] = {}
        rows = [(indices.setdefault(s.region, len(indices)), s.first, s.until, s.value) for s in spells]
        columns = np.array(rows, np.int64).reshape(-1, 4).T
        return cls(flow, tuple(indices), *columns)

    def at(self, day: int, window: str | None) -> Ints:
        """By region: the level at the end of a day, or the flow in the window that holds the day."""
        chosen = self.first <= day
        if not self.flow:
            chosen &= day < self.until
        elif window:
            chosen &= self.first >= first_of(window, day)
        found = np.zeros(len(self.regions), np.int64)
        np.add.at(found, self.region[chosen], self.value[chosen])
        return found

    def table(self, days: Sequence[int], window: str | None) -> Ints:
        """By region and day."""
        return np.stack([self.at(day, window) for day in days], axis=1)

    def cells(self) -> dict[tuple[str, int], int]:
        """(region, day) → what the day adds there; zeros are left out."""
        found: Counter[tuple[int, int]] = Counter()
        for region, first, until, value in zip(
            self.region.tolist(), self.first.tolist(), self.until.tolist(), self.value.tolist(), strict=True
        ):
            found[region, first] += value
            if until != FOREVER:
                found[region, until] -= value
        return {(self.regions[region], day): value for (region, day), value in found.items() if value}
