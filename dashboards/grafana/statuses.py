"""The statuses as the boards show them: symbol and word, with a colour that is never the only sign."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as model

from pulse.lights.statuses import STATUSES, Status

LIGHTS = tuple(status for status in STATUSES if status.key != "none")
"""All statuses except `none`, worst first."""


def label(status: Status) -> str:
    """Symbol and word, in the form that all queries return."""
    return f"{status.symbol} {status.zh}"


def mapping() -> list[model.ValueMapping]:
    """Value mapping that colours a cell by its label and keeps the text."""
    return [
        model.ValueMap(options={
            label(status): model.ValueMappingResult(text=label(status), color=status.color, index=index)
            for index, status in enumerate(LIGHTS)
        })
    ]  # fmt: skip
