"""The statuses as the boards write them: symbol and word, with the colour beside them and never alone."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as model

from pulse.lights.statuses import STATUSES, Status

LIGHTS = tuple(status for status in STATUSES if status.key != "none")
"""Worst first. Where there is no light, there is nothing to colour."""


def label(status: Status) -> str:
    """Symbol and word, as every query writes a light."""
    return f"{status.symbol} {status.zh}"


def mapping() -> list[model.ValueMapping]:
    """Colours a cell by its label. The text stays: symbol and word."""
    return [
        model.ValueMap(options={
            label(status): model.ValueMappingResult(text=label(status), color=status.color, index=index)
            for index, status in enumerate(LIGHTS)
        })
    ]  # fmt: skip
