"""Three views of the same figures, over random cells: at a day, by day, now. And counties add up to the city."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import product

import pytest

from sinks.clickhouse.views.few import days_of
from tests.sinks.plan import (
    CATALOGUE,
    CITY,
    FORMULAS,
    MEASURES,
    QUFU,
    REGIONS,
    RENCHENG,
    ZONE,
    A,
    B,
    C,
    City,
    Figures,
    Z,
    utc,
)

COUNTIES = (RENCHENG, QUFU, ZONE)
DAYS = ("2023-01-01", "2023-04-01", "2023-06-15")
"""The plan's first day, a quarter's first, any."""
COUNTED = ("total", "in_month", "in_quarter", "in_year", "hours", "elders")


def random_city(city: City, seed: int) -> list[tuple[str, str, str, int]]:
    """Cells of every measure from the year before to the summer; levels that go up and down, now and then below 0."""
    dice = random.Random(seed)
    first = date(2022, 11, 1)
    edges = [date.fromisoformat(day) + timedelta(n) for day, n in product(DAYS, (-1, 0, 1))]
    cells: dict[tuple[str, str, str], int] = {}
    for measure, region in product(MEASURES, (A, A[:9], B, C, Z, RENCHENG, QUFU, CITY)):
        if MEASURES[measure]["reducer"] == "seen" or dice.random() < 0.2:
            continue
        for _ in range(dice.randrange(1, 6)):
            on = dice.choice((dice.choice(edges), first + timedelta(dice.randrange(240))))
            cells[measure, region, on.isoformat()] = dice.choice((-1, 1, 1, 1, 2, 40))
    found = [(*key, value) for key, value in cells.items()]
    for n in range(6):
        joined = utc(2022, 12, 20) + timedelta(days=dice.randrange(100))
        city.listed(f"d{n}", dice.choice((A, B, C, Z)), joined)
        for day in DAYS:
            city.heard(
                f"d{n}", RENCHENG, utc(*date.fromisoformat(day).timetuple()[:3], 15 - dice.randrange(2))
            )
    city.cells(*found)
    return found


def same(some: Figures, others: Figures) -> list[str]:
    """Where two views differ: sums are of integers, so that equal is equal to the last bit."""
    return [f"{key}: {row} and {others.get(key)}" for key, row in some.items() if others.get(key) != row]


@pytest.mark.parametrize("seed", range(2))
def test_now_at_and_by_day_agree(city: City, seed: int) -> None:
    cells = random_city(city, seed)
    assert len(cells) > 200
    city.now_is(utc(2023, 1, 1, 16))
    begin = city.on(DAYS[0])
    for day in DAYS:  # the clock goes on, through the whole plan so far
        city.now_is(utc(*date.fromisoformat(day).timetuple()[:3], 16))
        at, now, by_day = city.at(day), city.now(), city.on(day)
        assert at.keys() == now.keys()
        assert not same(at, now)
        assert {region for _, region in by_day} == {CITY, *COUNTIES}
        assert not same(by_day, at)
        assert by_day.keys() == {key for key in at if len(key[1]) == 6}
        for indicator in COUNTED:
            measure = FORMULAS[indicator]["formula"]["measure"]
            read = [(r, v) for m, r, d, v in cells if m == measure and _window(indicator, day) <= d <= day]
            for region in (CITY, *COUNTIES):
                inside = sum(v for r, v in read if region == CITY or r.startswith(region))
                assert at[indicator, region].value == inside / MEASURES[measure].get("scale", 1), (
                    indicator,
                    region,
                )
            own = sum(v for r, v in read if r == CITY) / MEASURES[measure].get("scale", 1)
            parts = [at[indicator, county].value or 0 for county in COUNTIES]
            assert at[indicator, CITY].value == pytest.approx(sum(parts) + own), "counties add up to the city"
    assert not same(begin, city.on(DAYS[0])), "looked back upon, a day keeps its figures"


def _window(indicator: str, day: str) -> str:
    """The first day that an indicator reads, by the plainest rule."""
    year, month = int(day[:4]), int(day[5:7])
    match indicator:
        case "in_month":
            return f"{year}-{month:02}-01"
        case "in_quarter":
            return f"{year}-{(month - 1) // 3 * 3 + 1:02}-01"
        case "in_year":
            return f"{year}-01-01"
    return ""


@pytest.mark.parametrize("region", [A, A[:9], CITY])
def test_one_region_by_day(city: City, region: str) -> None:
    random_city(city, 9)
    city.now_is(utc(2023, 6, 15, 16))
    for day in DAYS[::2]:
        at = {key: row for key, row in city.at(day).items() if key[1] == region}
        of = city.of(region, day)
        assert not same(at, of)
        assert of.keys() == {(indicator, region) for indicator in FORMULAS}, (
            "a row for each indicator, whatever is known"
        )


def test_by_day_has_a_row_for_each_day_so_far(city: City) -> None:
    city.now_is(utc(2023, 1, 10, 3))
    random_city(city, 4)
    found = city.client.query("SELECT day, count() FROM indicator_days GROUP BY day ORDER BY day").result_rows
    assert list(found) == [(date(2023, 1, n), len(FORMULAS) * 4) for n in range(1, 11)]


def test_some_indicators_by_day_are_those_of_all(city: City) -> None:
    """What leaves out the cells of villages, and branches that nobody needs, leaves out no figure."""
    random_city(city, 5)
    city.now_is(utc(2023, 5, 2, 16))
    every = [each.id for each in CATALOGUE.indicators]
    for few in (every, *([id] for id in every), every[3:9]):
        columns = "indicator, region, day, level, numerator, denominator, value"
        names = ", ".join(f"'{id}'" for id in few)
        alone, all_of_them = (
            city.client.query(f"SELECT {columns} FROM {source} ORDER BY indicator, region, day").result_rows
            for source in (
                f"({days_of(CATALOGUE, REGIONS, few)})",
                f"indicator_days WHERE indicator IN ({names})",
            )
        )
        assert alone == all_of_them, few
        assert len(alone) == len(few) * 4 * 122
