"""Another city, another plan, another time zone: files, and no code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schemas.catalogue.loader import load, load_regions
from schemas.catalogue.model import Catalogue
from schemas.event import Event, Record, Version
from schemas.registry import event_types
from streams.counting.calendar import Calendar, to_day
from streams.counting.fold import Fold

DATA = Path(__file__).parents[2] / "data"
REGIONS = load_regions(DATA / "regions-yunchuan.yaml")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(DATA / "yunchuan-2025.yaml", REGIONS, event_types)


def test_its_own_plan(catalogue: Catalogue) -> None:
    assert (catalogue.plan.id, REGIONS.zh, REGIONS.zone) == ("yunchuan-2025", "云川市", "Asia/Urumqi")
    assert {indicator.formula.kind for indicator in catalogue.indicators} == {"count", "coverage", "ratio"}
    assert {indicator.cadence for indicator in catalogue.indicators} == {"once", "month", "always"}
    assert catalogue.event_types < set(event_types)


def test_it_counts_on_its_own_days(catalogue: Catalogue) -> None:
    fold = Fold(catalogue, Calendar(REGIONS.zone), "red-cross")
    session = event_types["red-cross.first-aid-session"].model(region="990102", attendances=40)  # type: ignore[call-arg]
    evening = 1_748_707_200_000_000  # 2025-05-31 16:00 UTC: 22:00 in Urumqi, midnight in Shanghai
    record = Record("//hongshihui.yunchuan", "1", "red-cross.first-aid-session", "session-1")
    fold.apply(Event(record, Version(0, False, 1), evening, None, "990102", session, b"", ""))
    assert fold.changes() == [(("first_aid", "990102", to_day(date(2025, 5, 31))), 40)]
