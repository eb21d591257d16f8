"""The Red Cross: training sessions in first aid and disaster prevention."""

from __future__ import annotations

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story
from pulse.simulate.seasons import instants


def tell(city: SimulatedCity) -> Story:
    """230 sessions of some 50 people each."""
    rng = city.rng("first-aid-session")
    homes = city.homes("first-aid-session", 230, least=0)
    yield EventTable(
        "red-cross.first-aid-session", "//hongshizihui.jining/training",
        city.tokens("first-aid-session", len(homes), "session"), city.codes(homes),
        instants(rng, len(homes), "plan"), {"attendances": rng.integers(18, 82, len(homes))}, swaps=("attendances",),
    )  # fmt: skip
