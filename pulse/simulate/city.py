"""The city that the stories use: places, how well each county does at what, and named random generators."""

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
    """A simulated city, fully determined by its arguments.

    `scale` multiplies the numbers of places and entities (1.0 is the size of the real city), and so the
    values of indicators with absolute targets. Things of which a city has only a handful (documents,
    campaigns, brands, courses, ...) are not scaled. `heartbeat_days` is the number of days at the end of the
    year in which devices send hourly heartbeats. Raises ValueError for an argument out of range.
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
        """How well each county does, in standard deviations from the mean."""
        villages = self.places.of(("village",))
        self.becoming = self.rng("becoming").choice(villages, size=self.count(12, 2), replace=False)
        """Villages that become communities in the course of the year."""

    def rng(self, name: str) -> np.random.Generator:
        """A separate random generator for each name, so that a new story does not change the others."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=tuple(name.encode())))

    def count(self, whole: float, least: int = 1) -> int:
        """The real city's number `whole` at this scale, at least `least`."""
        return max(least, round(whole * self.scale))

    def reach(self, name: str, share: float, spread: float = 0.6) -> NDArray[np.float64]:
        """The share that each county achieves: higher in counties with more skill, `share` on average by residents."""
        own = self.rng(f"{name}/reach").normal(0.0, 1.0, len(SHAPES))
        logit = spread * (0.75 * self.skill + 0.65 * own)
        residents = np.array([shape.residents for shape in SHAPES])
        shift = np.log(share / (1 - share))
        for _ in range(8):  # Newton's method; four steps would be enough
            shares: NDArray[np.float64] = 1 / (1 + np.exp(-logit - shift))
            slope = np.average(shares * (1 - shares), weights=residents)
            shift += (share - np.average(shares, weights=residents)) / slope
        return shares

    def homes(self, name: str, whole: float, kinds: Kinds = EVERYWHERE, least: int = 2) -> Rows:
        """Rows of the places where `whole` × scale entities live, by residents, at least `least` in each county."""
        rng = self.rng(f"{name}/homes")
        each = np.maximum(least, _apportioned(whole * self.scale))
        chosen = []
        for county, count in enumerate(each):
            rows = self.places.of(kinds, county)
            weight = self.places.size[rows]
            chosen.append(rng.choice(rows, size=count, p=weight / weight.sum()))
        return np.concatenate(chosen)

    def hits(self, name: str, rows: Rows, share: float, spread: float = 0.6) -> NDArray[np.bool_]:
        """Which of the entities living at `rows` succeed; the chance is their county's `reach`."""
        chance = self.reach(name, share, spread)[self.places.county[rows]]
        hits: NDArray[np.bool_] = self.rng(f"{name}/hits").random(len(rows)) < chance
        return hits

    def codes(self, rows: Rows) -> Names:
        """The 12-digit codes of places."""
        return self.places.code[rows]

    def tokens(self, name: str, count: int, prefix: str) -> Names:
        """`count` distinct pseudonyms: hex digits of a number multiplied by an odd constant."""
        salt = int(self.rng(f"{name}/tokens").integers(1 << 40))
        return np.array(
            [f"{prefix}-{(n * 0x9E3779B97F + salt) & 0xFF_FFFF_FFFF:010x}" for n in range(count)],
            dtype=object,
        )

    def rollout(self, name: str, count: int, already: float, rhythm: str = "plan") -> Micros:
        """When each of `count` things began: a share `already` before the year, the rest during it."""
        rng = self.rng(f"{name}/rollout")
        old = rng.random(count) < already
        return np.where(old, before(rng, count), instants(rng, count, rhythm, first=START))


def _apportioned(total: float) -> NDArray[np.int64]:
    """`total`, rounded to at least 1, distributed over the counties by residents (largest remainder method)."""
    residents = np.array([shape.residents for shape in SHAPES])
    exact = max(1, round(total)) * residents / residents.sum()
    each: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    missing = max(1, round(total)) - int(each.sum())
    each[np.argsort(each - exact, kind="stable")[:missing]] += 1
    return each
