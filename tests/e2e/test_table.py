"""Every row of the plan's first table, from the department's message to the figure that leaders read.

All cases are told at once, then corrected at once, so the whole table takes a few round-trips. After each, every
indicator of every county and of the city must be exactly what the cases say, on two days: so a case that moved
anything but its own row would be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import isclose
from typing import Any, NamedTuple

import pytest

from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.registry import event_types
from tests.e2e.department import Sent, event, structured
from tests.e2e.service import Service
from tests.e2e.table import (
    AUGUST,
    CASES,
    CITY,
    COMMUNITIES,
    IN_AUGUST,
    IN_JANUARY,
    IN_JUNE,
    JUNE,
    ON,
    PLACES,
    REGIONS,
    URBAN,
    A,
    B,
    Case,
    Row,
    events,
    roster,
)

DAYS = (JUNE, AUGUST)
ROWS = {row.indicator: (case, row) for case in CASES for row in case.rows}
DEVICE = "a16.device_online"


class Figure(NamedTuple):
    numerator: float | None
    denominator: float | None
    value: float | None


Figures = dict[tuple[str, str, date], Figure]
"""(indicator, region, day) → figure."""


class Stage(NamedTuple):
    """What has been told last: nothing yet, or where and when the cases happened."""

    county: str = ""
    month: str = ""


BEFORE, TOLD, MOVED, LATER, WITHDRAWN = (
    Stage(), Stage(A, IN_JUNE), Stage(B, IN_JUNE), Stage(B, IN_AUGUST), Stage("", IN_AUGUST),
)  # fmt: skip
STAGES = {
    "before": BEFORE, "told": TOLD, "corrected to another county": MOVED, "corrected to another month": LATER,
    "withdrawn": WITHDRAWN,
}  # fmt: skip


@pytest.fixture(scope="module")
def told(service: Service) -> dict[Stage, Figures]:
    """All figures after each stage."""
    found: dict[Stage, Figures] = {}
    service.publish(map(structured, roster()))
    found[BEFORE] = read(service)
    service.publish(messages(revision=0, stage=TOLD))
    service.publish(map(structured, device(A, revision=0)))
    service.publish(map(structured, beats("2023-06-30T23:40:00+08:00")))
    found[TOLD] = read(service)
    service.publish(messages(revision=1, stage=MOVED))
    service.publish(map(structured, device(B, revision=1)))
    found[MOVED] = read(service)
    service.publish(messages(revision=2, stage=LATER))
    service.publish(map(structured, beats("2023-08-31T23:10:00+08:00")))
    found[LATER] = read(service)
    service.publish(messages(revision=3, stage=LATER, void=True))
    service.publish(map(structured, device("", revision=2, void=True)))
    found[WITHDRAWN] = read(service)
    return found


def messages(*, revision: int, stage: Stage, **attributes: Any) -> Iterator[Sent]:
    """All cases of a stage. Those that no correction can move are tried in B once, and stay in A."""
    for number, case in enumerate(CASES):
        county = A if case.fixed and stage is LATER else stage.county
        for told in events(number, case, county=county, month=stage.month, revision=revision, **attributes):
            yield structured(told)


def device(county: str, **attributes: Any) -> Iterator[dict[str, Any]]:
    """A device's place on the roster, since January."""
    data = {**ON, "kind": "video", "region": f"{county}001001"} if county else None
    yield event("smart-community.device", "device-1", data, time=IN_JANUARY, **attributes)


def beats(time: str) -> Iterator[dict[str, Any]]:
    """The device is heard, and another one that is on no roster."""
    for subject in ("device-1", "device-nobody-knows"):
        yield event(
            "smart-community.heartbeat", subject, {"region": f"{A}001001"}, time=time, id=f"{subject} {time}"
        )


def read(service: Service) -> Figures:
    sql = """
        SELECT indicator, region, numerator, denominator, value FROM indicator_at(day = {day:String})
        WHERE length(region) = 6
    """
    return {
        (indicator, region, day): Figure(*parts)
        for day in DAYS
        for indicator, region, *parts in service.query(sql, day=day.isoformat())
    }


# --- What must be ---


def expected(case: Case, row: Row, stage: Stage, region: str, day: date) -> Figure:
    """A row's figure: what the rosters give, and what the case adds where and when it stands."""
    adds = brings = 0.0
    county = A if case.fixed and stage.county else stage.county
    if county and region in (county, CITY):
        began = {IN_JUNE: JUNE, IN_AUGUST: AUGUST}[stage.month]
        stands = day >= began
        adds = row.numerator if (stands if row.lasts else day == began) else 0
        own = stands if row.lasts else day == began
        brings = row.brings if own or row.brought == "january" else 0
    numerator: float | None = adds
    if row.kind == "count":
        fixed = 3.0 if row.indicator == "a01.documents" else None
        finest = row.finest == "county" or region == CITY
        return Figure(numerator, fixed, numerator if finest else None)
    assert row.of is not None
    denominator = row.of.get(region, 0) + brings
    if row.indicator == "a01.worker_pay" and not adds:
        numerator = None  # nobody is paid: there is no average
    if not denominator or numerator is None:
        return Figure(numerator, denominator, None)
    return Figure(numerator, denominator, numerator / denominator * (100 if row.kind == "percent" else 1))


def test_the_table_is_whole() -> None:
    regions = load_regions(DEFAULT_REGIONS)
    catalogue = load(DEFAULT_CATALOGUE, regions, event_types)
    first = [indicator.id for indicator in catalogue.indicators]
    assert sorted([*ROWS, DEVICE]) == sorted(first)
    assert len(first) == 51
    assert sorted(REGIONS) == sorted([regions.code, *(county.code for county in regions.counties)])


@pytest.mark.parametrize("indicator", ROWS)
def test_each_indicator_moves_as_its_events_say(indicator: str, told: dict[Stage, Figures]) -> None:
    case, row = ROWS[indicator]
    wrong = [
        f"{name}: {region} on {day}: {found}, should be {wanted}"
        for name, stage in STAGES.items()
        for region in REGIONS
        for day in DAYS
        if not same(
            found := told[stage][indicator, region, day], wanted := expected(case, row, stage, region, day)
        )
    ]
    assert wrong == []


def same(found: Figure, wanted: Figure) -> bool:
    """Numerators and denominators to the last digit; a quotient as floating point has it."""
    if found.value is None or wanted.value is None:
        return found == wanted
    return found[:2] == wanted[:2] and isclose(found.value, wanted.value, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("stage", "numerators", "denominators"),
    [
        ("before", {}, {}),
        ("told", {(A, JUNE), (CITY, JUNE)}, {(A, JUNE), (CITY, JUNE), (A, AUGUST), (CITY, AUGUST)}),
        (
            "corrected to another county",
            {(B, JUNE), (CITY, JUNE)},
            {(B, JUNE), (CITY, JUNE), (B, AUGUST), (CITY, AUGUST)},
        ),
        (
            "corrected to another month",
            {(B, JUNE), (CITY, JUNE), (B, AUGUST), (CITY, AUGUST)},
            {(B, JUNE), (CITY, JUNE), (B, AUGUST), (CITY, AUGUST)},
        ),
        ("withdrawn", {}, {}),
    ],
)
def test_devices_are_online_by_their_roster_and_the_days_last_hour(
    stage: str, numerators: Any, denominators: Any, told: dict[Stage, Figures]
) -> None:
    """A beat cannot be corrected, so the roster is; "another month" is a beat in August. Strangers do not count."""
    for region in REGIONS:
        for day in DAYS:
            found = told[STAGES[stage]][DEVICE, region, day]
            on, of = float((region, day) in numerators), float((region, day) in denominators)
            assert found == Figure(on, of, 100 * on / of if of else None), (region, day)


def test_a_void_takes_everything_back(told: dict[Stage, Figures]) -> None:
    assert told[WITHDRAWN] == told[BEFORE]


def test_a_place_cannot_be_moved_to_another_county(service: Service, told: dict[Stage, Figures]) -> None:
    """Its subject says where it is: such a correction is refused, and the department hears why."""
    fixed = {f"{said.type}" for case in CASES for said in case.said if said.fixed}
    sql = "SELECT type, reason, field FROM dead_letters FINAL"
    letters = service.query(sql)
    assert {type for type, _, _ in letters} == fixed
    assert {(reason, field) for _, reason, field in letters} == {("rule", "subject")}
    assert len(letters) == sum(said.fixed for case in CASES for said in case.said)


def test_commands_and_boards_read_the_same(service: Service, told: dict[Stage, Figures]) -> None:
    for indicator, figure in service.figures(A, JUNE).items():
        assert (figure.numerator, figure.denominator, figure.value) == told[WITHDRAWN][indicator, A, JUNE]


def test_a_community_struck_off_leaves_both_sides(service: Service, told: dict[Stage, Figures]) -> None:
    """On the day on which it goes, not before."""
    code = f"{A}001001"
    service.publish(
        [structured(event("smart-community.platform", code, {"region": code, "open": True}, id="p"))]
    )
    standing = read(service)
    off = {"region": code, "listed": False, "kind": "urban", "name": "社区"}
    service.publish(
        [
            structured(
                event("civil-affairs.community", code, off, id="struck-off", time="2023-07-15T00:00:00+08:00")
            )
        ]
    )
    found = read(service)
    key = "a16.platform_deployment"
    assert found[key, A, JUNE] == standing[key, A, JUNE] == Figure(1, 2, 50)
    assert standing[key, A, AUGUST] == Figure(1, 2, 50)
    assert found[key, A, AUGUST] == Figure(0, 1, 0)
    changed = {key for key, figure in found.items() if figure != standing[key]}
    assert {region for _, region, _ in changed} == {A, CITY}
    assert {day for _, _, day in changed} == {AUGUST}
    taken_of = (URBAN, COMMUNITIES, PLACES)
    assert {name for name, _, _ in changed} == {name for name, (_, row) in ROWS.items() if row.of in taken_of}


def test_the_judge_finds_no_difference(service: Service, told: dict[Stage, Figures]) -> None:
    report = service.verify()
    assert report.differences == ()
    assert report.indicators == 51
