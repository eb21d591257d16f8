"""What is another generation of figures, and what only reads the same figures otherwise."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

import streams.generation
from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from schemas.registry import event_types
from streams.generation import changed, generation

REGIONS = load_regions(DEFAULT_REGIONS)
CATALOGUE = load(DEFAULT_CATALOGUE, REGIONS, event_types)
PARTITIONS = {"civil-affairs": 8, "employment": 4}
OURS = generation(CATALOGUE, REGIONS, PARTITIONS)


def other(part: str, **changes: Any) -> Catalogue:
    """The catalogue with one measure, `workers`, or another part changed."""
    if part == "workers":
        measure = CATALOGUE.measures["workers"].model_copy(update=changes)
        return CATALOGUE.model_copy(update={"measures": {**CATALOGUE.measures, "workers": measure}})
    return CATALOGUE.model_copy(update=changes)


def regions(**changes: Any) -> Regions:
    return Regions.model_validate(REGIONS.model_dump() | changes)


def test_it_is_a_function_of_its_inputs() -> None:
    again = load(DEFAULT_CATALOGUE, load_regions(DEFAULT_REGIONS), event_types)
    assert generation(again, REGIONS, dict(reversed(PARTITIONS.items()))) == OURS
    assert orjson.loads(OURS.detail)["partitions"] == PARTITIONS


@pytest.mark.parametrize(
    "same",
    [
        other("workers", name=CATALOGUE.measures["establishment"].name),
        other("workers", unit="位"),
        other("workers", scale=1000),
        other("indicators", indicators=CATALOGUE.indicators[:3]),
        other("plan", plan=CATALOGUE.plan.model_copy(update={"id": "jining-2024"})),
        other("departments", departments={}),
        other("measures", measures=dict(reversed(CATALOGUE.measures.items()))),
    ],
    ids=["name", "unit", "scale", "indicators", "plan", "departments", "order"],
)  # fmt: skip
def test_names_targets_and_formulas_are_read_only(same: Catalogue) -> None:
    assert generation(same, REGIONS, PARTITIONS) == OURS


@pytest.mark.parametrize(
    ("another", "says"),
    [
        (other("workers", reducer="distinct"), "measures: workers is counted otherwise"),
        (other("workers", period="year"), "measures: workers is counted otherwise"),
        (other("workers", feeds=[]), "measures: workers is counted otherwise"),
        (
            other("measures", measures={k: m for k, m in CATALOGUE.measures.items() if k != "workers"}),
            "measures: workers is gone",
        ),
        (
            other("measures", measures={**CATALOGUE.measures, "more": CATALOGUE.measures["workers"]}),
            "measures: more is new",
        ),
    ],
    ids=["reducer", "period", "feeds", "gone", "new"],
)
def test_measures_are_what_is_counted(another: Catalogue, says: str) -> None:
    made = generation(another, REGIONS, PARTITIONS)
    assert made.id != OURS.id
    assert changed(OURS.detail, made.detail) == [says]


def test_regions_and_zone() -> None:
    fewer = regions(counties=REGIONS.model_dump()["counties"][1:])
    elsewhere = regions(zone="Asia/Urumqi")
    renamed = regions(zh="别的名字")
    assert generation(CATALOGUE, renamed, PARTITIONS) == OURS
    assert generation(CATALOGUE, fewer, PARTITIONS).id != OURS.id
    assert changed(OURS.detail, generation(CATALOGUE, elsewhere, PARTITIONS).detail) == [
        "zone: Asia/Shanghai → Asia/Urumqi"
    ]


@pytest.mark.parametrize(
    ("partitions", "says"),
    [
        ({"civil-affairs": 16, "employment": 4}, "partitions: civil-affairs 8 → 16"),
        ({"civil-affairs": 8}, "partitions: employment is gone"),
        (PARTITIONS | {"health": 1}, "partitions: health is new"),
    ],
)
def test_partitions(partitions: dict[str, int], says: str) -> None:
    made = generation(CATALOGUE, REGIONS, partitions)
    assert made.id != OURS.id
    assert changed(OURS.detail, made.detail) == [says]


def test_logs() -> None:
    """A topic's first log is not told of: generations from before there were others keep their ids."""
    assert generation(CATALOGUE, REGIONS, PARTITIONS, {"employment": 1}) == OURS
    assert generation(CATALOGUE, REGIONS, PARTITIONS, {"health": 2}) == OURS
    second = generation(CATALOGUE, REGIONS, PARTITIONS, {"employment": 2})
    third = generation(CATALOGUE, REGIONS, PARTITIONS, {"employment": 3, "civil-affairs": 2})
    assert changed(OURS.detail, second.detail) == ["logs: employment 1 → 2"]
    assert changed(second.detail, third.detail) == ["logs: civil-affairs 1 → 2, employment 2 → 3"]
    assert changed(third.detail, OURS.detail) == ["logs: civil-affairs 2 → 1, employment 3 → 1"]


def test_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.generation, "CORE", "next")
    made = generation(CATALOGUE, REGIONS, PARTITIONS)
    assert made.id != OURS.id
    (line,) = changed(OURS.detail, made.detail)
    assert line.startswith("core: ")
    assert line.endswith(" → next")


def test_nothing_changed() -> None:
    assert changed(OURS.detail, OURS.detail) == []


def test_parts_that_only_one_release_knows() -> None:
    assert changed('{"core": 1}', '{"core": 1, "later": {"a": 1}}') == ["later: None → {'a': 1}"]
