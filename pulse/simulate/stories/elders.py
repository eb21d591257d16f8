"""Elders in special difficulty (civil affairs): the roster, and a visit to each every month."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story
from pulse.simulate.seasons import DAY, END, HOUR, MONTHS, before, instants

_SOURCE = "//minzheng.jining/elders"


def tell(city: SimulatedCity) -> Story:
    """The roster of some 56 000 elders, and their visits."""
    rng = city.rng("elder")
    homes = city.homes("elder", 56_000, least=6)
    count = len(homes)
    elders = city.tokens("elder", count, "elder")
    new = rng.random(count) < 0.07
    on = np.where(new, instants(rng, count, "office"), before(rng, count, 5.0))

    # Died or taken off the roster.
    ending = rng.random(count) < 0.06
    off = np.where(ending, np.maximum(instants(rng, count, "even"), on + 40 * DAY), END + DAY)
    moving = (rng.random(count) < 0.008) & ~ending & ~new
    moved = np.where(moving, instants(rng, count, "office"), END + DAY)
    # Two in three move within their county, one in three anywhere.
    second = np.where(
        rng.random(count) < 0.33, homes[rng.integers(0, count, count)], _neighbours(city, homes)
    )

    roster = EventTable("civil-affairs.elder", _SOURCE, elders, city.codes(homes), on)
    listed, gone = np.ones(count, dtype=bool), off < END
    leaving = replace(roster.take(gone), time=off[gone], data={"listed": ~listed[gone]})
    arrived = replace(
        roster.take(moving),
        region=city.codes(second[moving]),
        time=moved[moving],
        data={"listed": listed[moving]},
    )
    yield replace(roster, data={"listed": listed}, swaps=("listed",), voids=False).followed(leaving, arrived)
    yield _visits(city, elders, homes, second, on, off, moved)


def _neighbours(city: SimulatedCity, homes: np.ndarray) -> np.ndarray:
    """Another place of the same county for each: the next one in the list, or the one before at the county's end."""
    nearby = homes + 1
    wrapped = (nearby >= len(city.places)) | (
        city.places.county[np.minimum(nearby, len(city.places) - 1)] != city.places.county[homes]
    )
    return np.where(wrapped, homes - 1, nearby)


def _visits(
    city: SimulatedCity,
    elders: np.ndarray,
    homes: np.ndarray,
    second: np.ndarray,
    on: np.ndarray,
    off: np.ndarray,
    moved: np.ndarray,
) -> EventTable:
    """Visits to 92–100 % of the elders on the roster each month, fewer around the spring festival and in weak counties."""
    rng = city.rng("elder-visit")
    reach = city.reach("elder-visit", 0.984, 0.75)
    subjects, rows, times = [], [], []
    for month, (first, last) in enumerate(pairwise(MONTHS)):
        missed = (1 - reach) * {0: 1.7, 5: 1.3, 9: 1.2}.get(month, 1.0) * (1.2 - 0.03 * month)
        present = np.flatnonzero((on < last - 3 * DAY) & (off > first + 4 * DAY))
        # Chance also differs by place: a village whose visitor is away misses many visits at once.
        local = rng.gamma(1.0, 1.0, len(city.places))
        chance = 1 - np.minimum(0.9, missed[city.places.county[homes[present]]] * local[homes[present]])
        seen = present[rng.random(len(present)) < chance]
        often = seen[rng.random(len(seen)) < 0.06]
        seen = np.concatenate([seen, often])
        begin, end = np.maximum(on[seen], first), np.minimum(off[seen], last)
        time = instants(rng, len(seen), "home", first, last)
        late = rng.random(len(seen)) < 0.12
        time = np.where(late, np.maximum(first, last - rng.integers(1, 5, len(seen)) * DAY + 9 * HOUR), time)
        outside = (time <= begin) | (time >= end)
        time = np.where(outside, begin + (end - begin) // 2, time)
        subjects.append(seen)
        rows.append(np.where(moved[seen] < time, second[seen], homes[seen]))
        times.append(time)
    seen = np.concatenate(subjects)
    return EventTable(
        "civil-affairs.elder-visit",
        _SOURCE,
        elders[seen],
        city.codes(np.concatenate(rows)),
        np.concatenate(times),
    )
