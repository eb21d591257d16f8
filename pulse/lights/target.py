"""Targets as a plan words them, and whether values meet them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Op = Literal[">=", ">", "=", "~"]

_TINY = 1e-9
"""Rounding error of floats that is ignored: a value that differs less from the target equals it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """The target of each series (region), in the unit of the value.

    `values`: nan where a series has none. `op`: how the plan words it; "~" is "about so many". `tolerance`: percent of
    the target on either side within which a target of about so many is met.
    """

    values: Floats
    op: Op = ">="
    tolerance: float = 10.0

    @property
    def reach(self) -> float:
        """The tolerance as a share: 0.1 for 10 %."""
        return self.tolerance / 100

    def of(self, rows: slice | NDArray[np.int64]) -> Target:
        """The target of these series only."""
        return replace(self, values=self.values[rows])

    def by_day(self) -> Target:
        """The same target on each day: fits values of [series, day]."""
        return replace(self, values=self.values[:, None])

    def met(self, value: Floats) -> Bools:
        """Whether values [..., series] meet the target; never without a value or a target."""
        with np.errstate(invalid="ignore"):
            if self.op == ">":
                return value > self.values + _TINY
            if self.op == "~":
                return np.abs(value - self.values) <= self.reach * self.values + _TINY
            return value >= self.values - _TINY
