"""The sports bureau: community games, mostly at weekends from spring to autumn."""

from __future__ import annotations

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story
from pulse.simulate.seasons import instants


def tell(city: SimulatedCity) -> Story:
    """Some 215 games."""
    rng = city.rng("community-game")
    homes = city.homes("community-game", float(rng.uniform(198, 235)), least=0)
    names = np.array([f"{name}运动会" for name in city.places.name[homes]], dtype=object)
    yield EventTable(
        "sports.community-game", "//tiyu.jining/games", city.tokens("community-game", len(homes), "game"),
        city.codes(homes), instants(rng, len(homes), "sport"), {"name": names},
    )  # fmt: skip
