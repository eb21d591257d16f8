"""Every formula by hand: cells in, expected figures out."""

from __future__ import annotations

import pytest

from tests.sinks.plan import CITY, FORMULAS, QUFU, RENCHENG, ZONE, A, B, C, City, Row, Z, utc

TOWN = A[:9]


def test_a_count_adds_up_from_place_to_city(city: City) -> None:
    city.cells(
        ("attendances", A, "2023-01-05", 3), ("attendances", B, "2023-01-06", 4), ("attendances", C, "2023-01-06", 5),
        ("attendances", Z, "2023-01-06", 6), ("attendances", TOWN, "2023-01-06", 20),
        ("attendances", RENCHENG, "2023-01-06", 100), ("attendances", CITY, "2023-01-06", 1000),
    )  # fmt: skip
    city.cells(("attendances", A, "2023-01-05", 7), partition=1)
    found = city.at("2023-06-30")
    values = {region: row.value for (indicator, region), row in found.items() if indicator == "total"}
    assert values == {
        A: 10, B: 4, C: 5, Z: 6, TOWN: 34, C[:9]: 5, Z[:9]: 6, RENCHENG: 134, QUFU: 5, ZONE: 6, CITY: 1145,
    }  # fmt: skip
    assert found["total", A] == Row(10, None, 10)


def test_a_cell_that_was_corrected_to_nothing(city: City) -> None:
    city.cells(("attendances", A, "2023-01-05", 3))
    city.cells(("attendances", A, "2023-01-05", 0))
    assert city.at("2023-06-30")["total", CITY].value == 0


def test_other_generations_do_not_count(city: City) -> None:
    city.cells(("attendances", A, "2023-01-05", 3))
    city.client.command("INSERT INTO generations SELECT 'h', 'small', now64(3) + 60, '{}'")
    assert city.at("2023-06-30")["total", CITY].value == 0
    city.client.command("INSERT INTO generations SELECT 'g', 'small', now64(3) + 120, '{}'")
    assert city.at("2023-06-30")["total", CITY].value == 3


def test_a_day_after_the_reading_does_not_count(city: City) -> None:
    city.cells(("attendances", A, "2023-06-30", 3), ("attendances", A, "2023-07-01", 4))
    assert city.at("2023-06-29")["total", CITY].value == 0
    assert city.at("2023-06-30")["total", CITY].value == 3
    assert city.at("2023-07-01")["total", CITY].value == 7


@pytest.mark.parametrize(
    ("day", "month", "quarter", "year"),
    [
        ("2022-12-31", 1, 1, 1),
        ("2023-01-01", 2, 2, 2),  # new year: all three begin anew, on the first day
        ("2023-02-01", 0, 2, 2),
        ("2023-03-01", 0, 6, 6),
        ("2023-03-31", 8, 14, 14),
        ("2023-04-01", 16, 16, 30),
        ("2023-07-01", 0, 0, 30),
    ],
)
def test_windows_lapse_on_the_first_day_of_the_next(
    city: City, day: str, month: int, quarter: int, year: int
) -> None:
    happened = ("2022-12-31", "2023-01-01", "2023-02-28", "2023-03-31", "2023-04-01")
    city.cells(*(("attendances", A, on, 2**n) for n, on in enumerate(happened)))
    found = city.at(day)
    assert [found[f"in_{window}", RENCHENG].value for window in ("month", "quarter", "year")] == [
        month,
        quarter,
        year,
    ]


def test_a_leap_day(city: City) -> None:
    city.cells(("attendances", A, "2024-02-29", 1))
    assert [city.at(day)["in_month", A].value for day in ("2024-02-29", "2024-03-01")] == [1, 0]


def test_days_before_1970(city: City) -> None:
    city.cells(
        ("attendances", A, "1900-01-01", 2),
        ("elders", A, "1949-10-01", 1),
        ("attendances", A, "1969-12-31", 1),
    )
    found = city.at("2023-06-30")
    assert found["total", A].value == 3
    assert found["in_year", A].value == 0
    assert found["elders", A].value == 1
    assert [city.at(day)["in_month", A].value for day in ("1969-12-31", "1970-01-01")] == [1, 0]


def test_a_level_has_no_window(city: City) -> None:
    """The roster of elders is read over a month's window, but a level stands until it changes."""
    city.cells(
        ("elders", A, "2022-05-01", 3), ("elders", A, "2023-06-02", -1), ("elders", B, "2023-06-02", 1)
    )
    assert city.at("2023-06-01")["elders", RENCHENG].value == 3
    found = city.at("2023-06-02")
    assert [found["elders", region].value for region in (A, B, RENCHENG)] == [2, 1, 3]


def test_a_count_with_a_fixed_number_beside_it(city: City) -> None:
    city.cells(("documents", CITY, "2023-02-01", 2))
    found = city.at("2023-06-30")
    assert found["documents", CITY] == Row(2, 3, 2)
    assert found["documents", RENCHENG] == Row(0, 3, None), "finer than it means something"


def test_a_scaled_measure_is_shown_in_its_unit(city: City) -> None:
    city.cells(("hours", A, "2023-02-01", 15))
    assert city.at("2023-06-30")["hours", A].value == 1.5


def test_a_ratio_is_in_percent(city: City) -> None:
    city.cells(
        ("elders", A, "2023-02-01", 8), ("visited", A, "2023-06-02", 3), ("visited", A, "2023-07-01", -3)
    )
    city.cells(("elders", C, "2023-02-01", 2), ("visited", C, "2023-06-20", 2))
    june, july = city.at("2023-06-30"), city.at("2023-07-01")
    assert june["visit_rate", A] == Row(3, 8, 37.5)
    assert june["visit_rate", CITY] == Row(5, 10, 50)
    assert july["visit_rate", A] == Row(0, 8, 0)


def test_a_cohort_is_read_as_it_stood_and_as_it_is_by_now(city: City) -> None:
    """Of four cases of June one was settled in it, and two more in July: June's reading stays what it was, and the cases'
    own reading goes on beside it."""
    city.cells(
        ("accepted", A, "2023-06-10", 4), ("settled", A, "2023-06-10", 3), ("accepted", A, "2023-07-02", 2),
        ("settled@month", A, "2023-06-20", 1), ("settled@month", A, "2023-07-01", -1),
    )  # fmt: skip
    assert city.at("2023-06-10")["settled_rate", A] == Row(0, 4, 0, 75)
    assert city.at("2023-06-30")["settled_rate", A] == Row(1, 4, 25, 75)
    assert city.at("2023-07-31")["settled_rate", A] == Row(0, 2, 0, 0)
    assert city.at("2023-06-30")["visit_rate", CITY].cohort is None
    city.now_is(utc(2023, 8, 1))
    assert city.on("2023-06-30")["settled_rate", CITY] == Row(1, 4, 25, 75)
    assert city.of(A, "2023-06-30")["settled_rate", A] == Row(1, 4, 25, 75)


def test_an_empty_denominator_is_no_number(city: City) -> None:
    city.cells(("visited", A, "2023-06-02", 3), ("score", A, "2023-06-02", 3))
    found = city.at("2023-06-30")
    for indicator in (
        "visit_rate",
        "settled_rate",
        "score",
        "pay",
        "police",
        "served",
        "per_place",
        "online",
    ):
        assert found[indicator, CITY].value is None, indicator
        assert found[indicator, QUFU].value is None, indicator


def test_an_average_is_of_answers_not_of_counties(city: City) -> None:
    city.cells(
        ("score", A, "2023-04-02", 900 * 10), ("answers", A, "2023-04-02", 10),
        ("score", C, "2023-05-02", 50 * 10), ("answers", C, "2023-05-02", 1),
        ("score", C, "2023-03-31", 7777), ("answers", C, "2023-03-31", 99),  # another quarter
    )  # fmt: skip
    found = city.at("2023-06-30")
    assert found["score", RENCHENG] == Row(900, 10, 90)
    assert found["score", QUFU] == Row(50, 1, 50)
    assert found["score", CITY].value == pytest.approx(950 / 11)


def test_a_reference_stands_for_exactly_its_region(city: City) -> None:
    city.cells(
        ("pay", A, "2023-02-01", 600_000), ("heads", A, "2023-02-01", 2),
        ("pay", C, "2023-02-01", 100_000), ("heads", C, "2023-02-01", 1),
        ("wage", RENCHENG, "2023-01-01", 400_000), ("wage", CITY, "2023-01-01", 250_000),
        ("wage", A, "2023-01-01", 1),  # of a place: nobody's above it
    )  # fmt: skip
    found = city.at("2023-06-30")
    assert found["pay", RENCHENG] == Row(3000, 4000, 75)
    assert found["pay", QUFU] == Row(1000, 0, None), "no reference of its own, and the city's is not lent"
    assert found["pay", CITY].value == pytest.approx(100 * (7000 / 3) / 2500)
    assert found["pay", A].value is None, "finer than it means something"
    city.cells(("wage", RENCHENG, "2023-03-01", -100_000))
    assert city.at("2023-06-30")["pay", RENCHENG] == Row(3000, 3000, 100)
    assert city.at("2023-02-28")["pay", RENCHENG] == Row(3000, 4000, 75)


def test_coverage_of_a_rosters_places(city: City) -> None:
    city.cells(
        ("urban", A, "2023-01-01", 1), ("urban", B, "2023-01-01", 1), ("urban", C, "2023-01-01", 1),
        ("officers", A, "2023-02-01", 1), ("auxiliaries", A, "2023-02-01", 1), ("auxiliaries", A, "2023-02-05", 1),
        ("officers", B, "2023-02-01", 5), ("auxiliaries", B, "2023-02-01", 1),  # one auxiliary too few
        ("officers", Z, "2023-02-01", 1), ("auxiliaries", Z, "2023-02-01", 2),  # not on the roster
        ("officers", RENCHENG, "2023-02-01", 9), ("auxiliaries", RENCHENG, "2023-02-01", 9),  # no place
    )  # fmt: skip
    assert city.at("2023-02-04")["police", CITY] == Row(0, 3, 0)
    found = city.at("2023-02-05")
    assert found["police", A] == Row(1, 1, 100)
    assert found["police", B] == Row(0, 1, 0)
    assert found["police", TOWN] == found["police", RENCHENG] == Row(1, 2, 50)
    assert found["police", ZONE] == Row(0, 0, None)
    assert found["police", CITY] == Row(1, 3, 100 / 3)


def test_a_place_that_leaves_the_roster_leaves_both(city: City) -> None:
    city.cells(
        ("urban", A, "2023-01-01", 1), ("urban", B, "2023-01-01", 1), ("officers", A, "2023-02-01", 1),
        ("auxiliaries", A, "2023-02-01", 2), ("urban", A, "2023-03-01", -1), ("urban", A, "2023-05-01", 1),
        ("officers", A, "2023-06-01", -1),
    )  # fmt: skip
    days = ("2023-01-31", "2023-02-01", "2023-03-01", "2023-05-01", "2023-06-01")
    assert [city.at(day)["police", RENCHENG][:2] for day in days] == [(0, 2), (1, 2), (0, 1), (1, 2), (0, 2)]


def test_a_place_listed_twice_is_one_place(city: City) -> None:
    city.cells(("urban", A, "2023-01-01", 2), ("served", A, "2023-04-05", 3))
    assert city.at("2023-06-30")["served", CITY] == Row(1, 1, 100)
    city.cells(("urban", A, "2023-05-01", -1))
    assert city.at("2023-06-30")["served", CITY] == Row(1, 1, 100)


def test_what_a_place_needs_lapses_with_its_window(city: City) -> None:
    city.cells(("urban", A, "2023-01-01", 1), ("urban", C, "2023-01-01", 1), ("served", A, "2023-06-30", 1))
    assert city.at("2023-06-30")["served", CITY] == Row(1, 2, 50)
    assert city.at("2023-07-01")["served", CITY] == Row(0, 2, 0)


def test_coverage_of_counties_leaves_zones_out(city: City) -> None:
    city.cells(
        ("officers", A, "2023-02-01", 1), ("auxiliaries", B, "2023-02-01", 1), ("auxiliaries", TOWN, "2023-02-02", 1),
        ("officers", Z, "2023-02-01", 9), ("auxiliaries", Z, "2023-02-01", 9),
        ("officers", CITY, "2023-02-01", 9), ("auxiliaries", CITY, "2023-02-01", 9),  # the city's own are no county's
    )  # fmt: skip
    assert city.at("2022-12-31")["counties", CITY] == Row(0, 2, 0)
    assert city.at("2023-02-01")["counties", CITY] == Row(0, 2, 0)
    found = city.at("2023-02-02")
    assert found["counties", CITY] == Row(1, 2, 50)
    assert found["counties", RENCHENG] == Row(1, 1, 100)
    assert found["counties", QUFU] == Row(0, 1, 0)
    assert found["counties", ZONE] == Row(0, 0, None)


def test_an_amount_for_each_place_of_the_roster(city: City) -> None:
    city.cells(
        ("urban", A, "2023-01-01", 1), ("urban", B, "2023-01-01", 1), ("elders", A, "2023-02-01", 26),
        ("elders", Z, "2023-02-01", 99), ("elders", RENCHENG, "2023-02-01", 99), ("elders", C, "2023-02-01", 4),
    )  # fmt: skip
    assert city.at("2023-06-30")["per_place", CITY] == Row(26, 2, 13)
    city.cells(("urban", C, "2023-03-01", 1), ("urban", A, "2023-04-01", -1))
    assert city.at("2023-03-31")["per_place", CITY] == Row(30, 3, 10)
    found = city.at("2023-04-01")
    assert found["per_place", CITY] == Row(4, 2, 2)
    assert found["per_place", RENCHENG] == Row(0, 1, 0)


def test_every_indicator_has_a_row_in_every_county(city: City) -> None:
    """With nothing counted at all, there is a row all the same: 0 or no number, never a gap."""
    wanted = {(indicator, region) for indicator in FORMULAS for region in (CITY, RENCHENG, QUFU, ZONE)}
    found = city.at("2023-06-30")
    assert found.keys() == wanted
    assert found["total", QUFU] == Row(0, None, 0)
    assert city.now().keys() == wanted
    assert city.on("2023-01-01").keys() == wanted


def test_levels_of_regions(city: City) -> None:
    city.cells(("attendances", A, "2023-01-05", 3))
    found = city.client.query(
        "SELECT DISTINCT region, level FROM indicator_at(day = '2023-06-30')"
    ).result_rows
    assert dict(found) == {
        CITY: "city", RENCHENG: "county", QUFU: "county", ZONE: "county", TOWN: "town", A: "place",
    }  # fmt: skip
