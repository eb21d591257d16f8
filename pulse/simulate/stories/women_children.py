"""The women's federation: parent schools and family education stations."""

from __future__ import annotations

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, status
from pulse.simulate.seasons import instants


def tell(city: SimulatedCity) -> Story:
    """83 % of urban communities and 72 % of villages have a station at the year's end; some have two."""
    rng = city.rng("parent-school")
    chosen = []
    for kind, share in (("urban", 0.83), ("rural", 0.7), ("village", 0.72)):
        rows = city.places.of((kind,))
        has = rows[city.hits(f"parent-school/{kind}", rows, share, 0.45)]
        chosen += [has, has[rng.random(len(has)) < 0.05]]
    homes = np.concatenate(chosen)
    stations = EventTable(
        "women-children.parent-school", "//fulian.jining/stations",
        city.tokens("parent-school", len(homes), "station"), city.codes(homes),
        city.rollout("parent-school", len(homes), 0.6), swaps=("open",),
    )  # fmt: skip
    closed = np.flatnonzero(rng.random(len(homes)) < 0.01)
    yield status(stations, "open", closed, instants(rng, len(closed), "office"))
