"""Names on which boards, provisioning and tests must agree."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

CLICKHOUSE, PROMETHEUS = "pulse-clickhouse", "pulse-prometheus"
"""The uids of the data sources. They have been fixed since the first release, so that copied boards keep working."""

CLICKHOUSE_TYPE, PROMETHEUS_TYPE = "grafana-clickhouse-datasource", "prometheus"

CLICKHOUSE_PLUGIN = "4.20.0"
"""The version of the ClickHouse plugin for which the queries were written."""

TAG = "city-pulse"
"""Tag of all boards; the links between boards use it."""

OVERVIEW, ACTION, COUNTY, QUALITY, RUNNING, WALL = (
    f"pulse-{name}" for name in ("overview", "action", "county", "quality", "running", "wall")
)
"""The boards' uids: a board's address is /d/<uid>."""


class PlanScope(NamedTuple):
    """The city and the dates of a plan that are written into the boards. Everything else is read from the views."""

    city: str
    """The city's Chinese name, as in the view `regions`."""
    zone: str
    start: date
    due: date
