"""The health commission: ratings of institutions, psychiatric patients and their guardians."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, constant, status
from pulse.simulate.geography import COMMUNITIES
from pulse.simulate.seasons import DAY, END, QUARTERS, before, instants

_SOURCE = "//weijian.jining/community-health"


def tell(city: SimulatedCity) -> Story:
    """All event tables of the system."""
    yield _ratings(city)
    yield from _guardians(city)
    yield from _patients(city)


def _ratings(city: SimulatedCity) -> EventTable:
    """Ratings of institutions in streets and towns: "basic", later "recommended"; about ten rise during the year."""
    rng = city.rng("institution-rating")
    homes = rng.choice(
        city.places.of(COMMUNITIES), size=min(156, len(city.places.of(COMMUNITIES))), replace=False
    )
    institutions = city.tokens("institution", len(homes), "institution")
    codes = np.array([code[:9] for code in city.codes(homes)], dtype=object)
    first = np.where(rng.random(len(homes)) < 0.3, "none", "basic").astype(object)
    table = EventTable(
        "health.institution-rating", _SOURCE, institutions, codes, before(rng, len(homes), 6.0), {"rating": first},
        moves=False, voids=False,
    )  # fmt: skip
    new = int(rng.integers(9, 15))
    risen = rng.permutation(np.flatnonzero(first == "basic"))[: new + 22]
    old = risen[new:]
    last_year = table.time[old] + (table.time.max() - table.time[old]) // 2
    up = table.take(np.concatenate([risen[:new], old, old[:6]]))
    # Six of the older ones are confirmed again; they are not new in the year.
    times = np.concatenate([instants(rng, new, "plan"), last_year, instants(rng, len(old[:6]), "office")])
    return table.followed(
        EventTable(
            up.type, up.source, up.subject, up.region, times, {"rating": constant("recommended", len(up))}
        )
    )


def _guardians(city: SimulatedCity) -> Story:
    """Eligible guardians, almost all of whom are paid during the year, reported in batches."""
    rng = city.rng("guardian")
    homes = city.homes("guardian", 3_400, least=3)
    guardians = city.tokens("guardian", len(homes), "guardian")
    eligible = EventTable(
        "health.guardian-eligible",
        _SOURCE,
        guardians,
        city.codes(homes),
        city.rollout("guardian", len(homes), 0.9, "office"),
    )
    leaving = np.flatnonzero(rng.random(len(homes)) < 0.03)
    yield status(eligible, "listed", leaving, instants(rng, len(leaving), "office"))
    paid = np.flatnonzero(city.hits("guardian-subsidy", homes, 0.997, 0.8))
    row = np.concatenate([paid, paid[rng.random(len(paid)) < 0.25]])
    yield EventTable(
        "health.guardian-subsidy", _SOURCE, guardians[row], city.codes(homes[row]), instants(rng, len(row), "plan"),
        {"amount_yuan": rng.choice([1200.0, 2400.0, 2400.0, 3000.5], len(row))}, delay="batch", swaps=("amount_yuan",),
    )  # fmt: skip


def _patients(city: SimulatedCity) -> Story:
    """Patients under management, visited at home each quarter."""
    rng = city.rng("patient")
    homes = city.homes("patient", 24_000, least=4)
    patients = city.tokens("patient", len(homes), "patient")
    managed = EventTable(
        "health.patient",
        _SOURCE,
        patients,
        city.codes(homes),
        city.rollout("patient", len(homes), 0.94, "office"),
    )
    leaving = np.flatnonzero(rng.random(len(homes)) < 0.025)
    left = instants(rng, len(leaving), "office")
    yield status(managed, "listed", leaving, left)
    until = np.full(len(homes), END)
    until[leaving] = np.where(left > managed.time[leaving] + DAY, left, END)
    chance = city.reach("patient-visit", 0.93, 0.7)[city.places.county[homes]]
    rows, times = [], []
    for first, last in pairwise(QUARTERS):
        due = (managed.time < last) & (until > first)
        seen = np.flatnonzero(due & (rng.random(len(homes)) < chance))
        rows.append(seen)
        times.append(instants(rng, len(seen), "home", first, last).clip(managed.time[seen], until[seen]))
    row = np.concatenate(rows)
    yield EventTable(
        "health.patient-visit",
        _SOURCE,
        patients[row],
        city.codes(homes[row]),
        np.concatenate(times),
        delay="batch",
    )
