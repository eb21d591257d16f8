"""The options of a run of `pulse demo`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DemoOptions:
    """The options of the command line."""

    scale: float
    seed: int
    heartbeat_days: int
    until: date | None
    """The last day that is published; None: the whole year."""
    kafka: str | None
    """HOST:PORT of a running Kafka; None: a broker inside this process."""
    partitions: int
    data_dir: Path
    fresh: bool
    """Whether the data folder is emptied first."""
    leave: bool
    """Whether the demo ends after its verdict."""

    @property
    def year(self) -> dict[str, object]:
        """The options that determine which year is published."""
        whole: dict[str, object] = {
            "scale": self.scale,
            "seed": self.seed,
            "heartbeat_days": self.heartbeat_days,
        }
        return whole if self.until is None else whole | {"until": self.until.isoformat()}

    def for_year(self, year: Mapping[str, Any]) -> DemoOptions:
        """These options changed to the year that `year` describes, in the form of the property `year`."""
        until = date.fromisoformat(year["until"]) if "until" in year else None
        return replace(self, **{**year, "until": until})
