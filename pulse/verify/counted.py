"""All that was counted, for the formulas to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pulse.verify.counts import Counts, Ints
from pulse.verify.online import Devices
from pulse.verify.regions import Area
from schemas.catalogue.model import Catalogue

Rows = Mapping[str, Ints]
"""Region as recorded → values by reading day."""


@dataclass(frozen=True)
class Counted:
    """The measures of a plan, on the reading days."""

    catalogue: Catalogue
    area: Area
    days: Sequence[int]
    counts: Mapping[str, Counts]
    devices: Devices

    def rows(self, measure: str, window: str | None) -> Rows:
        """A measure by recorded region; flows are read over the window."""
        counts = self.counts[measure]
        return dict(zip(counts.regions, counts.table(self.days, window), strict=True))

    def scale(self, measure: str) -> int:
        """Counted units in one shown unit."""
        return self.catalogue.measures[measure].scale

    def blank(self) -> Ints:
        """A row of zeros."""
        return np.zeros(len(self.days), np.int64)
