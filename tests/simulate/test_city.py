"""The shape of the city, and that its counties differ."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, status
from pulse.simulate.seasons import DAY, START
from pulse.simulate.stories import women_children


def test_the_whole_city_has_the_shape_of_jining() -> None:
    places = SimulatedCity(1, 1.0).places
    kinds = Counter(places.kind)
    assert 360 <= kinds["urban"] <= 420
    assert 5_500 <= kinds["rural"] + kinds["village"] <= 6_300
    assert len({code[:6] for code in places.code}) == 14
    assert len(set(places.code)) == len(places)
    assert {len(code) for code in places.code} == {12}


def test_even_the_smallest_city_has_each_county_and_kind() -> None:
    places = SimulatedCity(1, 0.001).places
    assert len(set(zip(places.county.tolist(), places.kind.tolist(), strict=True))) == 14 * 3


def test_counties_are_strong_and_weak_and_the_target_is_met_by_most_cities() -> None:
    shares = []
    for seed in range(6):
        city = SimulatedCity(seed, 0.3)
        (told,) = women_children.tell(city)
        urban = city.places.of(("urban",))
        has = np.isin(city.codes(urban), told.region)
        shares.append(has.mean())
        each = [has[city.places.county[urban] == county].mean() for county in range(14)]
        assert max(each) - min(each) > 0.1
    assert sum(share >= 0.78 for share in shares) >= 4


@pytest.mark.parametrize(
    ("seed", "scale", "days"), [(1, 0, 1), (1, 4.1, 1), (1, 1, 366), (1, 1, -1), (-1, 1, 1)]
)
def test_what_is_out_of_range_is_named(seed: int, scale: float, days: int) -> None:
    with pytest.raises(ValueError, match=r"(seed|scale|heartbeat_days) must"):
        SimulatedCity(seed, scale, days)


def test_a_level_does_not_end_before_it_began() -> None:
    names = np.array(["a", "b"], dtype=object)
    on = EventTable("x.y", "//x", names, names, np.array([START, START + 5 * DAY]))
    told = status(on, "open", np.array([0, 1]), np.array([START + 4 * DAY, START + 4 * DAY]))
    assert told.data["open"].tolist() == [True, True, False]
    assert told.subject.tolist() == ["a", "b", "a"]
