"""Targets that fit a smaller city: a twentieth of the people cannot reach all of an absolute number."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from pulse.simulate.city import SimulatedCity
from pulse.simulate.geography import SHAPES
from schemas.catalogue.model import Catalogue, Indicator

LEAST = 100
"""Counts below this are of things that a city has by itself (brands, campaigns, funds): they do not shrink."""

BY_COMMUNITY = ("smart_communities", "smart_communities_first")
"""Measures that count urban communities, of which a small city keeps more than its scale."""


def scaled(catalogue: Catalogue, city: SimulatedCity) -> Catalogue:
    """The same plan with its large absolute targets at a city's scale; rates and handfuls stay."""
    if city.scale == 1:
        return catalogue
    return catalogue.model_copy(
        update={"indicators": [_scaled(indicator, city) for indicator in catalogue.indicators]}
    )


def _scaled(indicator: Indicator, city: SimulatedCity) -> Indicator:
    formula, target = indicator.formula, indicator.target
    if formula.kind != "count" or target is None or target.value < LEAST:
        return indicator
    share = city.scale
    if formula.measure in BY_COMMUNITY:
        share = len(city.places.of(("urban",))) / sum(shape.urban for shape in SHAPES)
    value = (target.value * Decimal(str(share))).to_integral_value(ROUND_CEILING)
    return indicator.model_copy(update={"target": target.model_copy(update={"value": value})})
