"""Devices: those of the roster that were heard in the last complete hour, over all of the roster."""

from __future__ import annotations

from datetime import timedelta

from tests.sinks.plan import CITY, QUFU, RENCHENG, A, B, C, City, Row, utc

JOINED = utc(2023, 3, 1, 2)
LAST = utc(2023, 6, 30, 15)
"""The last hour of 30 June in Shanghai, 23:00–24:00."""
LATER = utc(2023, 8, 1)


def roster(city: City) -> None:
    """d1 and d2 at A, d3 at C."""
    for device, region in (("d1", A), ("d2", A), ("d3", C)):
        city.listed(device, region, JOINED)
    city.cells(("devices", A, "2023-03-01", 2), ("devices", C, "2023-03-01", 1))


def test_registered_devices_heard_in_the_days_last_hour(city: City) -> None:
    roster(city)
    city.now_is(LATER)
    city.heard("d1", RENCHENG, LAST)
    city.heard("d1", RENCHENG, LAST)  # a set: twice is once
    city.heard("d2", RENCHENG, LAST - timedelta(hours=1))  # an hour too early
    city.heard("d3", QUFU, LAST + timedelta(hours=1))  # the first hour of July
    found = city.at("2023-06-30")
    assert found["online", A] == Row(1, 2, 50)
    assert found["online", RENCHENG] == Row(1, 2, 50)
    assert found["online", QUFU] == Row(0, 1, 0)
    assert found["online", CITY].numerator == 1
    assert city.at("2023-07-01")["online", CITY] == Row(0, 3, 0)


def test_a_device_counts_where_it_is_registered(city: City) -> None:
    roster(city)
    city.now_is(LATER)
    city.heard("d3", RENCHENG, LAST)
    found = city.at("2023-06-30")
    assert found["online", C] == Row(1, 1, 100)
    assert found["online", RENCHENG] == Row(0, 2, 0)


def test_unregistered_devices_never_lift_the_rate(city: City) -> None:
    roster(city)
    city.now_is(LATER)
    for device in ("d1", "d2", "d3", "stranger", "another"):
        city.heard(device, RENCHENG, LAST)
    assert city.at("2023-06-30")["online", CITY] == Row(3, 3, 100)


def test_a_device_that_left_is_not_online(city: City) -> None:
    roster(city)
    city.now_is(LATER)
    city.listed("d2", A, utc(2023, 6, 20), value=0)
    city.cells(("devices", A, "2023-06-20", -1))
    for device in ("d1", "d2"):
        city.heard(device, RENCHENG, LAST)
        city.heard(device, RENCHENG, utc(2023, 6, 19, 15))
    assert city.at("2023-06-30")["online", A] == Row(1, 1, 100)
    assert city.at("2023-06-19")["online", A] == Row(2, 2, 100)


def test_a_device_that_moved(city: City) -> None:
    roster(city)
    city.now_is(LATER)
    city.listed("d1", B, utc(2023, 6, 29, 16))  # 30 June in Shanghai
    city.cells(("devices", A, "2023-06-30", -1), ("devices", B, "2023-06-30", 1))
    city.heard("d1", RENCHENG, LAST)
    city.heard("d1", RENCHENG, LAST - timedelta(days=1))
    before, after = city.at("2023-06-29"), city.at("2023-06-30")
    assert before["online", A] == Row(1, 2, 50)
    assert ("online", B) not in before, "below the counties a region has rows from its first step on"
    assert after["online", A] == Row(0, 1, 0)
    assert after["online", B] == Row(1, 1, 100)


def test_of_two_registrations_of_one_instant_the_one_recorded_later_stands(city: City) -> None:
    roster(city)
    city.now_is(LATER)
    moved = utc(2023, 6, 20)
    city.listed("d1", B, moved, rank=10)  # by its id it would come first
    city.listed("d1", A, moved, value=0, rank=9)
    city.cells(("devices", A, "2023-06-20", -1), ("devices", B, "2023-06-20", 1))
    city.heard("d1", RENCHENG, LAST)
    assert city.at("2023-06-30")["online", B] == Row(1, 1, 100)


def test_a_voided_registration(city: City) -> None:
    city.listed("d1", A, JOINED, live=False)
    city.now_is(LATER)
    city.heard("d1", RENCHENG, LAST)
    assert city.at("2023-06-30")["online", CITY] == Row(0, 0, None)


def test_while_the_day_runs_the_last_hour_that_is_over(city: City) -> None:
    """At 17:20 in Shanghai, 09:20 UTC, the hour 08:00–09:00 UTC is whole; the one that runs is not."""
    roster(city)
    city.now_is(utc(2023, 6, 30, 9, 20))
    city.heard("d1", RENCHENG, utc(2023, 6, 30, 8))
    city.heard("d2", RENCHENG, utc(2023, 6, 30, 9))
    assert city.now()["online", A] == Row(1, 2, 50)
    city.now_is(utc(2023, 6, 30, 10))
    assert city.now()["online", A] == Row(1, 2, 50), "exactly on the hour it is over: d2 now, not d1"
    city.heard("d1", RENCHENG, utc(2023, 6, 30, 9))
    assert city.now()["online", A] == Row(2, 2, 100)


def test_the_feed_shows_strangers_apart(city: City) -> None:
    roster(city)
    city.now_is(LATER)
    for device in ("d1", "d1", "d3", "stranger"):
        city.heard(device, RENCHENG, LAST)
    city.heard("d2", RENCHENG, JOINED - timedelta(days=1))  # before it was registered
    found = city.client.query(
        "SELECT toUnixTimestamp(hour), county, heard, registered_heard, unregistered_heard FROM devices_by_hour"
        " ORDER BY hour"
    ).result_rows
    early, late = ((instant.timestamp()) for instant in (JOINED - timedelta(days=1), LAST))
    assert list(found) == [(early, RENCHENG, 1, 0, 1), (late, RENCHENG, 3, 2, 1)]
