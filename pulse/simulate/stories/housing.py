"""The housing bureau: estates selected as model estates."""

from __future__ import annotations

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story
from pulse.simulate.seasons import instants


def tell(city: SimulatedCity) -> Story:
    """Some 104 estates."""
    rng = city.rng("model-estate")
    homes = city.homes("model-estate", float(rng.uniform(99, 114)), ("urban",), least=0)
    names = np.array([f"{name.removesuffix('社区')}花园" for name in city.places.name[homes]], dtype=object)
    yield EventTable(
        "housing.model-estate", "//zhujian.jining/estates", city.tokens("model-estate", len(homes), "estate"),
        city.codes(homes), instants(rng, len(homes), "plan"), {"name": names},
    )  # fmt: skip
