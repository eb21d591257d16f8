"""The disabled persons' federation: 如康 homes and reading corners."""

from __future__ import annotations

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, status
from pulse.simulate.geography import COMMUNITIES
from pulse.simulate.seasons import instants

_SOURCE = "//canlian.jining/rukang"


def tell(city: SimulatedCity) -> Story:
    """Some two dozen homes, not scaled, and several hundred reading corners."""
    rng = city.rng("rukang")
    homes = rng.choice(city.places.of(COMMUNITIES), size=int(rng.integers(19, 27)), replace=False)
    yield status(
        EventTable(
            "disabled-persons.rukang-home", _SOURCE, city.tokens("rukang-home", len(homes), "home"), city.codes(homes),
            city.rollout("rukang-home", len(homes), 0.35),
        ),
        "open", np.zeros(1, dtype=np.int64), instants(rng, 1, "office"),
    )  # fmt: skip
    homes = city.homes("rukang-corner", 420)
    corners = EventTable(
        "disabled-persons.rukang-corner", _SOURCE, city.tokens("rukang-corner", len(homes), "corner"), city.codes(homes),
        city.rollout("rukang-corner", len(homes), 0.4),
    )  # fmt: skip
    closed = np.flatnonzero(rng.random(len(homes)) < 0.02)
    yield status(corners, "open", closed, instants(rng, len(closed), "office"))
