"""The association for science: places that are supported in setting up a science site."""

from __future__ import annotations

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story
from pulse.simulate.seasons import instants


def tell(city: SimulatedCity) -> Story:
    """Four to eight places, not scaled."""
    rng = city.rng("science-site")
    homes = rng.choice(len(city.places), size=int(rng.integers(4, 9)), replace=False)
    yield EventTable(
        "science.science-site", "//kexie.jining/sites", city.codes(homes), city.codes(homes),
        instants(rng, len(homes), "plan"), {"name": city.places.name[homes] + "科普馆"}, moves=False, voids=False,
    )  # fmt: skip
