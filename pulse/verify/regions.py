"""Every region that can have figures, and which of them a recorded region counts in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pulse.verify.counts import Ints
from schemas.catalogue.model import Plan
from schemas.regions import Regions, level

LEVELS = ("city", "county", "town", "place")


class Area:
    """The city, its counties, and all regions below them for which anything was recorded."""

    def __init__(self, regions: Regions, plan: Plan, recorded: Iterable[str]) -> None:
        self.city = regions.code
        self.counties = tuple(
            county.code for county in regions.counties if plan.counties == "all" or county.kind == "statutory"
        )
        """The counties that "every county" means."""
        codes = {self.city, *(county.code for county in regions.counties)}
        for region in recorded:
            codes.update(self.above(region))
        self.codes = tuple(sorted(codes))
        self.index: Mapping[str, int] = {code: index for index, code in enumerate(self.codes)}
        self.depth: Ints = np.array([LEVELS.index(level(code)) for code in self.codes], np.int64)
        """0 city, 1 county, 2 town, 3 place."""

    def above(self, region: str) -> list[str]:
        """A region and all regions that it lies in."""
        if region == self.city:
            return [region]
        return [self.city, *(region[:digits] for digits in (6, 9, 12) if digits <= len(region))]

    def sums(self, regions: Sequence[str], values: Ints) -> Ints:
        """Values [recorded region, day], summed up into every region that contains them."""
        found = np.zeros((len(self.codes), values.shape[1]), np.int64)
        for region, row in zip(regions, values, strict=True):
            for code in self.above(region):
                found[self.index[code]] += row
        return found

    def exactly(self, regions: Sequence[str], values: Ints) -> Ints:
        """Values [recorded region, day], each for exactly that region."""
        found = np.zeros((len(self.codes), values.shape[1]), np.int64)
        for region, row in zip(regions, values, strict=True):
            found[self.index[region]] += row
        return found
