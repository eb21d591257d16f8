"""`python -m dashboards.grafana`, or `make boards`: regenerate the boards' JSON."""

from __future__ import annotations

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana.action import action
from dashboards.grafana.county import county
from dashboards.grafana.names import PlanScope
from dashboards.grafana.overview import overview
from dashboards.grafana.quality import quality
from dashboards.grafana.running import running
from dashboards.grafana.wall import wall
from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.registry import event_types

FOLDER = Path(__file__).parent / "boards"


def scope() -> PlanScope:
    """Jining and its plan, from the default catalogue and regions file."""
    regions = load_regions(DEFAULT_REGIONS)
    plan = load(DEFAULT_CATALOGUE, regions, event_types).plan
    return PlanScope(regions.zh, regions.zone, plan.start, plan.due)


def boards(of: PlanScope) -> list[Dashboard]:
    """All boards."""
    return [make(of) for make in (overview, action, county, quality, running, wall)]


def text(board: Dashboard) -> str:
    """A board's JSON in the committed form."""
    return json.dumps(board, cls=JSONEncoder, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def file_name(board: Dashboard) -> str:
    """The name of a board's file: its uid without "pulse-", plus ".json"."""
    assert board.uid is not None
    return f"{board.uid.removeprefix('pulse-')}.json"


def main() -> None:
    """Write all boards."""
    for board in boards(scope()):
        (FOLDER / file_name(board)).write_text(text(board), encoding="utf-8")


if __name__ == "__main__":
    main()
