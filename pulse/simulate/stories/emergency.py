"""The emergency bureau: shelters are surveyed until early October, and entered in the register afterwards."""

from __future__ import annotations

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, lasting, status
from pulse.simulate.seasons import DAY, END, instants

_SOURCE = "//yingji.jining/shelters"


def tell(city: SimulatedCity) -> Story:
    """Some 900 shelters; the register is almost complete at the year's end."""
    rng = city.rng("shelter")
    homes = city.homes("shelter", 900)
    shelters = city.tokens("shelter", len(homes), "shelter")
    found = EventTable(
        "emergency.shelter-surveyed", _SOURCE, shelters, city.codes(homes),
        instants(rng, len(homes), "office", last=END - 90 * DAY),
    )  # fmt: skip
    closed = np.flatnonzero(rng.random(len(homes)) < 0.01)
    yield status(found, "listed", closed, instants(rng, len(closed), "office"))
    entered = np.minimum(found.time + rng.gamma(2.0, 28.0, len(homes)).astype(int) * DAY, END - DAY)
    done = city.hits("shelter-registered", homes, 0.995, 1.0)
    register = EventTable(
        "emergency.shelter-registered", _SOURCE, shelters[done], city.codes(homes)[done], entered[done]
    )
    yield lasting(register, "listed")
