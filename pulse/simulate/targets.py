"""Scales the plan's absolute targets to a smaller simulated city, which could not reach the original ones."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from pulse.simulate.city import SimulatedCity
from pulse.simulate.geography import SHAPES
from schemas.catalogue.model import Catalogue, Indicator

LEAST = 100
"""Targets below this count things of which a city has only a few (brands, campaigns, funds): they are not scaled."""

BY_COMMUNITY = ("smart_communities", "smart_communities_first")
"""Measures that count urban communities. A small city has more of these than its scale suggests."""


def scaled(catalogue: Catalogue, city: SimulatedCity) -> Catalogue:
    """The plan with its large absolute targets at the city's scale; rates and small targets stay unchanged."""
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
