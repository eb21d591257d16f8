"""Events that count for nobody: found exactly, by kind, gone again as soon as what they need is told."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse.assessor.orphans import Orphans, find
from pulse.assessor.rows import Moment
from schemas.catalogue.links import KINDS, Link
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.reads.orphans import orphaned
from sinks.clickhouse.views.create import create_views
from tests.sinks.conftest import empty
from tests.sinks.plan import CITY, RENCHENG, A, B, utc
from tests.sinks.views.orphan_plan import (
    CATALOGUE,
    LINKS,
    REGIONS,
    Counted,
    event,
    naive,
    random_event,
)
from tests.streams.counting.oracle import cells


@pytest.fixture(scope="module")
def _orphanage(_engine: Client) -> Client:
    _engine.command("CREATE DATABASE orphans")
    _engine.database = "orphans"
    migrate(_engine)
    create_views(_engine, CATALOGUE, REGIONS, "stream")
    return _engine


@pytest.fixture
def counted(_orphanage: Client) -> Counted:
    _orphanage.database = "orphans"
    empty(_orphanage).command("INSERT INTO generations SELECT 'g', 'small', now64(3), '{}'")
    return Counted(_orphanage)


def orphans(counted: Counted, measure: str) -> dict[str, int]:
    """Kind → how many, of a measure."""
    found: Counter[str] = Counter()
    for each in find(counted.client, [LINKS[measure]], {})[LINKS[measure]]:
        found[each.kind] += each.events
    return dict(found)


def test_every_kind_is_a_link_s() -> None:
    assert {link.needs for link in LINKS.values()} == {kind.kind.split("-")[0] for kind in KINDS}


def test_a_visit_to_an_elder_on_no_roster(counted: Counted) -> None:
    counted.add([event("visit", "x")])
    assert orphans(counted, "visited") == {"subject-unknown": 1}
    visits = LINKS["visited"]
    [found] = find(counted.client, [visits], {})[visits]
    assert (found.county, found.samples[0].place, found.samples[0].subject) == (RENCHENG, "small/0/0", "x")
    assert find(counted.client, [visits], {("small", 0): 7})[visits][0].samples[0].place == "", (
        "an earlier log's"
    )

    counted.add([event("elder", "x", "2023-06-29T00:00:00", id="r")])
    assert orphans(counted, "visited") == {}, "put on the roster before the month was over"
    counted.add([event("elder", "x", "2023-07-01T00:00:00", id="r", revision=1)])
    assert orphans(counted, "visited") == {"subject-out-of-time": 1}, "corrected: only after it"
    counted.add([event("elder", "x", id="r", revision=2, void=True)])
    assert orphans(counted, "visited") == {"subject-unknown": 1}
    counted.add([event("visit", "x", revision=1, void=True)])
    assert orphans(counted, "visited") == {}, "withdrawn"


def test_after_an_elder_left_the_roster(counted: Counted) -> None:
    counted.add(
        [
            event("elder", "x", "2023-01-01T00:00:00"),
            event("elder", "x", "2023-06-01T08:00:00", id="2", on=False),
            event("visit", "x", "2023-06-01T07:00:00", id="in time"),
            event("visit", "x", "2023-06-01T08:00:00", id="too late"),
            event("aid", "x", "2023-06-02T08:00:00"),
            event("included", "x", "2023-06-02T08:00:00"),
        ]
    )
    assert orphans(counted, "visited") == {"subject-out-of-time": 1}
    assert orphans(counted, "aided") == {"subject-out-of-time": 1}
    assert orphans(counted, "included") == {"subject-out-of-time": 1}
    counted.add([event("elder", "x", "2023-08-01T00:00:00", id="3")])
    assert orphans(counted, "visited") == {"subject-out-of-time": 1}, "June is over"
    assert orphans(counted, "aided") == {"subject-out-of-time": 1}, "so is the quarter"
    assert orphans(counted, "included") == {}, "which does not lapse, stands again"


def test_a_settlement_without_a_case(counted: Counted) -> None:
    counted.add([event("settled", "x")])
    assert orphans(counted, "settled") == {"subject-unknown": 1}
    counted.add([event("case", "x", "2023-09-01T00:00:00")])
    assert orphans(counted, "settled") == {}, "in a cohort the order is nobody's business"


def test_a_station_in_no_known_place(counted: Counted) -> None:
    counted.add(
        [event("station", "s"), event("station", "t", region=A[:9]), event("station", "off", on=False)]
    )
    assert orphans(counted, "stations") == {"place-unknown": 2}, "a town is no place"
    counted.add([event("place", A, "2023-09-01T00:00:00", region=A)])
    assert orphans(counted, "stations") == {"place-unknown": 1}
    counted.add([event("station", "s", "2023-08-01T00:00:00", id="2", on=False)])
    assert orphans(counted, "stations") == {"place-unknown": 1, "place-out-of-time": 1}, "closed before"
    counted.add(
        [event("served", "x", "2023-06-30T23:00:00"), event("served", "x", "2023-07-01T00:00:00", id="2")]
    )
    assert orphans(counted, "served") == {"place-out-of-time": 1}, "the quarter of the first is over"


def test_a_list_of_the_whole_city(counted: Counted) -> None:
    counted.add(
        [event("list", "l", region=CITY), event("list", "m", region=B), event("list", "n", region=RENCHENG)]
    )
    assert orphans(counted, "lists") == {"place-unknown": 1}


def test_a_device_that_nobody_registered(counted: Counted) -> None:
    for hour in ("2023-06-01T08:00:00", "2023-06-01T09:00:00"):
        counted.heard("d", hour)
    assert orphans(counted, "beats") == {"device-unknown": 1}
    counted.add(
        [
            event("device", "d", "2023-05-01T00:00:00"),
            event("device", "d", "2023-06-01T00:00:00", id="2", on=False),
        ]
    )
    assert orphans(counted, "beats") == {"device-out-of-time": 1}, "still heard after it was taken off"
    counted.add([event("device", "d", "2023-07-01T00:00:00", id="3")])
    assert orphans(counted, "beats") == {}, "registered since"


@pytest.mark.parametrize("seed", range(20))
def test_as_by_definition(counted: Counted, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random histories with corrections, withdrawals and every order; in two parts, so that orphans come and go."""
    monkeypatch.setattr("pulse.assessor.orphans.FEW", seed % 3)
    dice = random.Random(seed)
    events = [random_event(dice) for _ in range(dice.randrange(5, 60))]
    for upto in (len(events) // 2, len(events)):
        counted.add(events[counted.offset + 1 : upto])
        for measure, link in LINKS.items():
            if link.needs != "device":
                right = Counter[str]()
                for (kind, _), number in naive(events[:upto], link).items():
                    right[kind] += number
                assert orphans(counted, measure) == dict(right), (measure, upto)


@given(st.integers(0, 1 << 32))
@settings(max_examples=100, deadline=None)
def test_an_orphan_moves_no_figure(seed: int) -> None:
    """What the definition calls so may be taken out of the log: no count of persons is another one."""
    dice = random.Random(seed)
    events = [random_event(dice) for _ in range(dice.randrange(5, 40))]
    whole = cells(CATALOGUE, events)
    for link in _of_subjects():
        for _, record in naive(events, link):
            without = cells(CATALOGUE, [each for each in events if str(each.record) != record])
            assert _of(whole, link) == _of(without, link), record


def _of_subjects() -> list[Link]:
    return [link for link in LINKS.values() if link.needs == "subject"]


def _of(found: dict[tuple[str, str, int], int], link: Link) -> dict[tuple[str, str, int], int]:
    return {cell: value for cell, value in found.items() if cell[0] == link.measure}


def test_the_assessor_writes_them_down(counted: Counted) -> None:
    """What is put off is written later, though nothing moves any more; another assessor finds it written already."""
    now = Moment("g", {("small", 0): 0}, utc(2023, 6, 2), date(2023, 6, 2))
    one = Orphans(CATALOGUE)
    counted.add([event("visit", "x"), event("visit", "370811196001011234", id="y")])
    assert one.update(counted.client, now) == 1
    told = orphaned(counted.client)
    [visits] = told
    assert (visits.department, visits.measure, visits.indicators) == ("small", "visited", ("a01.visit_rate",))
    assert (visits.kind, visits.kind_zh, visits.county, visits.events) == (
        "subject-unknown",
        "对象没有登记",
        RENCHENG,
        2,
    )
    assert {sample.subject for sample in visits.samples} == {"x", "37***"}, (
        "an identity card's number is nobody's business"
    )
    assert one.update(counted.client, now) == 0, "nothing was said since"
    counted.add([event("elder", "x", "2023-01-01T00:00:00")])
    later = now._replace(positions={("small", 0): 1})
    assert one.update(counted.client, later) == 0, "looked at a moment ago"
    one._next = 0.0
    assert one.update(counted.client, later) == 1
    assert [each.events for each in orphaned(counted.client)] == [1]
    assert Orphans(CATALOGUE).update(counted.client, later) == 0
    counts = "SELECT kind, events FROM orphan_counts WHERE department = 'small' ORDER BY kind"
    found = dict(counted.client.query(counts).result_rows)
    assert found == {kind.kind: int(kind.kind == "subject-unknown") for kind in KINDS}


def test_stopped_between_two_links(counted: Counted) -> None:
    counted.add([event("visit", "x")])
    one = Orphans(CATALOGUE)
    now = Moment("g", {("small", 0): 0}, utc(2023, 6, 2), date(2023, 6, 2))
    assert one.update(counted.client, now, lambda: True) == 0
    assert one.update(counted.client, now) == 1


def test_of_one_instant_what_was_recorded_later_stands(counted: Counted) -> None:
    """As in the figures: put on the roster, and on second thoughts not."""
    at = "2023-06-01T00:00:00"
    counted.add(
        [
            event("elder", "x", at, recorded=60),
            event("elder", "x", at, id="2", on=False, recorded=120),
            event("visit", "x", "2023-06-02T08:00:00"),
            event("case", "x", at, recorded=60),
            event("settled", "x", "2023-06-02T08:00:00"),
            event("place", A, "2023-01-01T00:00:00", region=A),
            event("station", "s", at, region=B, recorded=60),
            event("station", "s", at, id="2", region=B, on=False, recorded=120),
            event("station", "s", "2023-06-02T00:00:00", id="3", region=A),
        ]
    )
    assert orphans(counted, "visited") == {"subject-out-of-time": 1}
    assert orphans(counted, "settled") == {}
    counted.add([event("elder", "x", at, id="2", on=False, recorded=30)])
    assert orphans(counted, "visited") == {}, "told anew, as recorded before: it was put on after that"
