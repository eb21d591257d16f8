"""The agriculture bureau: villages that get the title "beautiful village", in batches after inspection."""

from __future__ import annotations

from datetime import date

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story
from pulse.simulate.seasons import DAY, HOUR, midnight


def tell(city: SimulatedCity) -> Story:
    """Some 205 villages, which get the title in July, October and December."""
    rng = city.rng("beautiful-village")
    homes = np.unique(city.homes("beautiful-village", int(rng.integers(198, 222)), ("village",), least=0))
    batch = np.array(
        [midnight(date(2023, 7, 14)), midnight(date(2023, 10, 20)), midnight(date(2023, 12, 15))]
    )
    chosen = rng.choice(3, len(homes), p=[0.25, 0.3, 0.45])
    time = batch[chosen] + rng.integers(0, 4, len(homes)) * DAY + rng.integers(9, 17, len(homes)) * HOUR
    yield EventTable(
        "agriculture.beautiful-village", "//nongye.jining/villages", city.codes(homes), city.codes(homes), time,
        {"name": city.places.name[homes]}, moves=False,
    )  # fmt: skip
