"""What boards, provisioning and tests must agree on, once."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

CLICKHOUSE, PROMETHEUS = "pulse-clickhouse", "pulse-prometheus"
"""The uids of the data sources, fixed from the first release: boards that somebody copied keep working."""

CLICKHOUSE_TYPE, PROMETHEUS_TYPE = "grafana-clickhouse-datasource", "prometheus"

CLICKHOUSE_PLUGIN = "4.20.0"
"""The plugin's version that the queries were written for."""

TAG = "city-pulse"
"""Boards find each other by it."""

OVERVIEW, ACTION, COUNTY, QUALITY, RUNNING, WALL = (
    f"pulse-{name}" for name in ("overview", "action", "county", "quality", "running", "wall")
)
"""The boards' uids: a board's address is /d/<uid>."""


class PlanScope(NamedTuple):
    """The city and the days of a plan, as the boards themselves name them; everything else is read from the views."""

    city: str
    """The city's Chinese name, as in the view `regions`."""
    zone: str
    start: date
    due: date
