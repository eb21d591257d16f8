"""The city as the stories see it: places, how good each county is at what, and a source of chance for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pulse.simulate.geography import EVERYWHERE, SHAPES, Kinds, places
from pulse.simulate.seasons import DAYS, START, Micros, before, instants

Rows = NDArray[np.int64]
Names = NDArray[np.object_]

LARGEST = 4.0
"""The largest scale: four times the real city."""


class SimulatedCity:
    """A seed and a scale: everything else follows from them.

    `scale` multiplies places and entities (1.0 is the real city's shape), and with them what the city
    reaches of a target that is an absolute number. What the city has by itself and counts by the handful
    (documents, campaigns, brands, courses, ...) does not shrink. `heartbeat_days` is the span at the end of
    the year in which devices beat, every hour.
    """

    def __init__(self, seed: int = 1, scale: float = 1.0, heartbeat_days: int = 1) -> None:
        if not 0 < scale <= LARGEST:
            raise ValueError(f"scale must be above 0 and at most {LARGEST:g}, got {scale}")
        if not 0 <= heartbeat_days <= len(DAYS):
            raise ValueError(f"heartbeat_days must be 0 to {len(DAYS)}, got {heartbeat_days}")
        if seed < 0:
            raise ValueError(f"seed must not be negative, got {seed}")
        self.seed = seed
        self.scale = scale
        self.heartbeat_days = heartbeat_days
        self.counties = [shape.code for shape in SHAPES]
        self.places = places(self.rng("geography"), scale)
        self.skill = self.rng("skill").normal(0.0, 1.0, len(SHAPES))
        """How strong each county is, in standard deviations."""
        villages = self.places.of(("village",))
        self.becoming = self.rng("becoming").choice(villages, size=self.count(12, 2), replace=False)
        """Villages that become communities in the course of the year."""

    def rng(self, name: str) -> np.random.Generator:
        """A source of chance of its own for each name: a new story does not change the old ones."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=tuple(name.encode())))

    def count(self, whole: float, least: int = 1) -> int:
        """A number of the real city at this scale."""
        return max(least, round(whole * self.scale))

    def reach(self, name: str, share: float, spread: float = 0.6) -> NDArray[np.float64]:
        """What share each county reaches of something: better where the county is strong, `share` on average."""
        own = self.rng(f"{name}/reach").normal(0.0, 1.0, len(SHAPES))
        logit = spread * (0.75 * self.skill + 0.65 * own)
        residents = np.array([shape.residents for shape in SHAPES])
        shift = np.log(share / (1 - share))
        for _ in range(8):  # Newton's method, of which four steps would do
            shares: NDArray[np.float64] = 1 / (1 + np.exp(-logit - shift))
            slope = np.average(shares * (1 - shares), weights=residents)
            shift += (share - np.average(shares, weights=residents)) / slope
        return shares

    def homes(self, name: str, whole: float, kinds: Kinds = EVERYWHERE, least: int = 2) -> Rows:
        """Where `whole` × scale entities live: rows of places, by residents, at least so many in every county."""
        rng = self.rng(f"{name}/homes")
        each = np.maximum(least, _apportioned(whole * self.scale))
        chosen = []
        for county, count in enumerate(each):
            rows = self.places.of(kinds, county)
            weight = self.places.size[rows]
            chosen.append(rng.choice(rows, size=count, p=weight / weight.sum()))
        return np.concatenate(chosen)

    def hits(self, name: str, rows: Rows, share: float, spread: float = 0.6) -> NDArray[np.bool_]:
        """Which entities living at `rows` come through: by their county's reach."""
        chance = self.reach(name, share, spread)[self.places.county[rows]]
        hits: NDArray[np.bool_] = self.rng(f"{name}/hits").random(len(rows)) < chance
        return hits

    def codes(self, rows: Rows) -> Names:
        """The 12-digit codes of places."""
        return self.places.code[rows]

    def tokens(self, name: str, count: int, prefix: str) -> Names:
        """`count` distinct pseudonyms: a number that went through an odd multiplication, as hex digits."""
        salt = int(self.rng(f"{name}/tokens").integers(1 << 40))
        return np.array(
            [f"{prefix}-{(n * 0x9E3779B97F + salt) & 0xFF_FFFF_FFFF:010x}" for n in range(count)],
            dtype=object,
        )

    def rollout(self, name: str, count: int, already: float, rhythm: str = "plan") -> Micros:
        """When each of `count` things came about: a share `already` before the year, the rest in it."""
        rng = self.rng(f"{name}/rollout")
        old = rng.random(count) < already
        return np.where(old, before(rng, count), instants(rng, count, rhythm, first=START))


def _apportioned(total: float) -> NDArray[np.int64]:
    """A whole number, at least one, shared out to the counties by residents: largest remainders first."""
    residents = np.array([shape.residents for shape in SHAPES])
    exact = max(1, round(total)) * residents / residents.sum()
    each: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    missing = max(1, round(total)) - int(each.sum())
    each[np.argsort(each - exact, kind="stable")[:missing]] += 1
    return each
