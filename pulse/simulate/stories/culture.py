"""The culture and tourism bureau: activity carriers (venues) of communities, cultural brands of the city."""

from __future__ import annotations

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, status
from pulse.simulate.geography import COMMUNITIES
from pulse.simulate.seasons import DAY, START, instants

_SOURCE = "//wenlv.jining/carriers"
_BRANDS = ("村晚", "运河之声合唱节", "广场舞展演", "冬春文化惠民季", "小戏小剧创演", "邻里读书会", "圣地市集")
_UPGRADE = START + 270 * DAY
"""When the bureau's system changes to a newer minor version of its schema, which the platform does not know yet."""


def tell(city: SimulatedCity) -> Story:
    """A carrier in almost every community; five to seven brands."""
    rng = city.rng("activity-carrier")
    places = np.concatenate([city.places.of(COMMUNITIES), city.becoming])
    has = places[city.hits("activity-carrier", places, 0.992, 0.5)]
    more = rng.choice(city.places.of(("village",)), size=city.count(1_500))
    homes = np.concatenate([has, has[rng.random(len(has)) < 0.3], more])
    carriers = EventTable(
        "culture.activity-carrier", _SOURCE, city.tokens("activity-carrier", len(homes), "carrier"), city.codes(homes),
        city.rollout("activity-carrier", len(homes), 0.4),
    )  # fmt: skip
    closed = np.flatnonzero(rng.random(len(homes)) < 0.01)
    table = status(carriers, "open", closed, instants(rng, len(closed), "office"))
    yield table.take(table.time < _UPGRADE)
    newer = table.take(table.time >= _UPGRADE)
    yield newer.upgraded("seats", rng.integers(10, 300, len(newer)))

    brands = int(rng.integers(5, len(_BRANDS) + 1))
    yield EventTable(
        "culture.culture-brand", _SOURCE, city.tokens("culture-brand", brands, "brand"),
        rng.choice(np.array(["370800", *city.counties], dtype=object), brands),
        instants(rng, brands, "plan"), {"name": np.array(_BRANDS[:brands], dtype=object)}, voids=False,
    )  # fmt: skip
