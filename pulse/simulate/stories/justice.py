"""The justice bureau: disputes, legal advisers of places, model villages."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, status
from pulse.simulate.seasons import DAY, END, HOUR, QUARTERS, instants

_SOURCE = "//sifa.jining/mediation"
_ADVISERS = "//sifa.jining/advisers"


def tell(city: SimulatedCity) -> Story:
    """All event tables of the system."""
    yield from _disputes(city)
    yield _advice(city)
    yield _models(city)


def _disputes(city: SimulatedCity) -> Story:
    """38 000 disputes, most settled within weeks; more arise in summer and before the spring festival."""
    rng = city.rng("dispute")
    homes = city.homes("dispute", 38_000, least=5)
    disputes = city.tokens("dispute", len(homes), "dispute")
    accepted = instants(rng, len(homes), "dispute")
    yield EventTable("justice.dispute-accepted", _SOURCE, disputes, city.codes(homes), accepted)
    settled = accepted + (rng.gamma(1.4, 9.0, len(homes)) * DAY).astype(np.int64) + HOUR
    done = city.hits("dispute-settled", homes, 0.972) & (settled < END)
    yield EventTable(
        "justice.dispute-settled", _SOURCE, disputes[done], city.codes(homes)[done], settled[done]
    )


def _advice(city: SimulatedCity) -> EventTable:
    """Services of legal advisers: each quarter in nine places of ten, in some several times."""
    rng = city.rng("adviser-service")
    rows, times = [], []
    places = np.arange(len(city.places))
    for number, (first, last) in enumerate(pairwise(QUARTERS)):
        served = places[city.hits(f"adviser/{number}", places, 0.88 + 0.025 * number)]
        served = np.repeat(served, 1 + rng.poisson(0.6, len(served)))
        rows.append(served)
        times.append(instants(rng, len(served), "rural", first, last))
    row = np.concatenate(rows)
    return EventTable(
        "justice.adviser-service", _ADVISERS, city.codes(row), city.codes(row), np.concatenate(times),
        delay="batch", moves=False,
    )  # fmt: skip


def _models(city: SimulatedCity) -> EventTable:
    """Places that get the title of model in the rule of law; a few lose it."""
    rng = city.rng("model-village")
    homes = np.unique(city.homes("model-village", 640))
    named = EventTable(
        "justice.model-village", _ADVISERS, city.codes(homes), city.codes(homes),
        city.rollout("model-village", len(homes), 0.75), moves=False,
    )  # fmt: skip
    lost = np.flatnonzero(rng.random(len(homes)) < 0.01)
    return status(named, "listed", lost, instants(rng, len(lost), "office"))
