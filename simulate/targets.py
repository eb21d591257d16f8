"""Targets that fit a smaller city: a twentieth of the people cannot reach all of an absolute number."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from schemas.catalogue.model import Catalogue, Indicator

LEAST = 100
"""Counts below this are of things that a city has by itself (brands, campaigns, funds): they do not shrink."""


def scaled(catalogue: Catalogue, scale: float) -> Catalogue:
    """The same plan with its large absolute targets at a scale; rates, levels by place and handfuls stay."""
    if scale == 1:
        return catalogue
    return catalogue.model_copy(
        update={"indicators": [_scaled(indicator, Decimal(str(scale))) for indicator in catalogue.indicators]}
    )


def _scaled(indicator: Indicator, scale: Decimal) -> Indicator:
    target = indicator.target
    if indicator.formula.kind != "count" or target is None or target.value < LEAST:
        return indicator
    value = (target.value * scale).to_integral_value(ROUND_CEILING)
    return indicator.model_copy(update={"target": target.model_copy(update={"value": value})})
