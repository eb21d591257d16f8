"""Up to when figures are read: the stream's time or the wall's, never outside the plan, in the city's days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client

from schemas.catalogue.model import Catalogue
from sinks.clickhouse.clocks import resolve_clock, stands
from sinks.clickhouse.reads.figures import clock
from sinks.clickhouse.views.create import create_views
from sinks.clickhouse.views.dimensions import clock as clock_view
from tests.sinks import plan
from tests.sinks.plan import City, utc

OPENS, CLOSES = utc(2022, 12, 31, 16), utc(2023, 12, 31, 16)
"""Midnights in Shanghai, at the begin of 2023 and at its end."""


def read(client: Client) -> tuple[datetime, date]:
    until, day = clock(client)
    return (until if until.tzinfo else until.replace(tzinfo=UTC)), day


@pytest.mark.parametrize(
    ("stream", "until", "day"),
    [
        (utc(2023, 5, 10, 15, 59), utc(2023, 5, 10, 15, 59), date(2023, 5, 10)),
        (utc(2023, 5, 10, 16), utc(2023, 5, 10, 16), date(2023, 5, 10)),  # exclusive: the 10th is whole
        (utc(2023, 5, 10, 16, 30), utc(2023, 5, 10, 16, 30), date(2023, 5, 11)),
        (OPENS - timedelta(days=400), OPENS, date(2023, 1, 1)),
        (OPENS, OPENS, date(2023, 1, 1)),
        (CLOSES - timedelta(seconds=1), CLOSES - timedelta(seconds=1), date(2023, 12, 31)),
        (CLOSES, CLOSES, date(2023, 12, 31)),
        (CLOSES + timedelta(days=400), CLOSES, date(2023, 12, 31)),
    ],
)
def test_the_stream(city: City, stream: datetime, until: datetime, day: date) -> None:
    city.now_is(stream)
    assert read(city.client) == (until, day)


def test_a_stream_that_has_not_begun_stands_at_the_plans_first_day(city: City) -> None:
    assert read(city.client) == (OPENS, date(2023, 1, 1))


def test_the_latest_partition_is_the_streams_time(city: City) -> None:
    city.now_is(utc(2023, 5, 10))
    city.client.command(
        "INSERT INTO positions (generation, topic, append_time) VALUES ('g', 'slow', '2023-02-01')"
    )
    city.client.command(
        "INSERT INTO positions (generation, topic, append_time) VALUES ('h', 'other', '2023-09-01')"
    )
    assert read(city.client)[0] == utc(2023, 5, 10)


@pytest.mark.parametrize(
    ("stream", "until", "day"),
    [
        (utc(2023, 5, 10, 15, 59), utc(2023, 5, 10, 15, 59), date(2023, 5, 10)),  # it has not come so far yet
        (utc(2023, 9, 26, 15, 59, 59), utc(2023, 9, 26, 15, 59, 59), date(2023, 9, 26)),
        (utc(2023, 9, 26, 16), utc(2023, 9, 26, 16), date(2023, 9, 26)),
        (utc(2026, 12, 1), utc(2023, 9, 26, 16), date(2023, 9, 26)),  # rows of a release that let it pass
    ],
)
def test_a_year_that_stands(city: City, stream: datetime, until: datetime, day: date) -> None:
    city.client.command(clock_view(plan.CATALOGUE, plan.REGIONS, date(2023, 9, 26)).create())
    city.now_is(stream)
    assert read(city.client) == (until, day)


def test_a_year_that_stands_beyond_the_plan_is_over(city: City) -> None:
    city.client.command(clock_view(plan.CATALOGUE, plan.REGIONS, date(2024, 4, 30)).create())
    city.now_is(utc(2024, 3, 1))
    assert read(city.client) == (CLOSES, date(2023, 12, 31))


def test_a_database_keeps_the_day_that_it_stands_at(client: Client) -> None:
    assert (stands(client), resolve_clock(client, "wall"), resolve_clock(client, "stream")) == (
        None,
        "wall",
        "stream",
    )
    assert resolve_clock(client, date(2023, 9, 26)) == date(2023, 9, 26)
    assert (
        stands(client)
        == resolve_clock(client, "wall")
        == resolve_clock(client, "stream")
        == date(2023, 9, 26)
    )
    assert resolve_clock(client, date(2023, 10, 1)) == stands(client) == date(2023, 10, 1)
    assert resolve_clock(client, date(2023, 10, 1)) == date(2023, 10, 1)
    assert client.query("SELECT count() FROM clocks").result_rows == [(2,)]


def wall(today: date, start: date, due: date) -> Catalogue:
    plan_ = plan.CATALOGUE.plan.model_copy(update={"start": today + (start - today), "due": due})
    return plan.CATALOGUE.model_copy(update={"plan": plan_})


def test_the_wall(client: Client) -> None:
    """Of a plan that runs: the present. Of one that is over: its last day. Of one to come: its first."""
    create_views(client, plan.CATALOGUE, plan.REGIONS, "wall")
    assert read(client) == (CLOSES, date(2023, 12, 31))
    now = datetime.now(UTC)
    runs = wall(now.date(), date(2023, 1, 1), now.date() + timedelta(days=2))
    client.command(clock_view(runs, plan.REGIONS, "wall").create())
    until, day = read(client)
    assert now - timedelta(seconds=1) <= until <= datetime.now(UTC) + timedelta(seconds=1)
    assert day == (until + timedelta(hours=8)).date()
    comes = wall(now.date(), now.date() + timedelta(days=30), now.date() + timedelta(days=60))
    client.command(clock_view(comes, plan.REGIONS, "wall").create())
    assert read(client)[1] == now.date() + timedelta(days=30)


def test_another_zone(client: Client) -> None:
    """A zone with summer time and a date line of its own: the span's ends are its midnights."""
    create_views(client, plan.CATALOGUE, plan.REGIONS, "stream")
    elsewhere = plan.REGIONS.model_copy(update={"zone": "America/New_York"})
    client.command(clock_view(plan.CATALOGUE, elsewhere, "stream").create())
    assert read(client) == (utc(2023, 1, 1, 5), date(2023, 1, 1))
    client.command("INSERT INTO generations SELECT 'g', 'p', now64(3), ''")
    client.command("INSERT INTO positions (generation, append_time) VALUES ('g', '2023-07-02 03:59:59')")
    assert read(client)[1] == date(2023, 7, 1)
    client.command(
        "INSERT INTO positions (generation, append_time, offset) VALUES ('g', '2023-07-02 04:00:01', 1)"
    )
    assert read(client)[1] == date(2023, 7, 2)


def test_the_day_that_runs_reads_up_to_now_and_the_balance_is_by_local_day(city: City) -> None:
    rows = [
        ("2023-05-10 15:59:59", "counted"),
        ("2023-05-10 16:00:00", "counted"),
        ("2023-05-10 17:00:00", "refused"),
    ]
    outcomes = ["counted", "duplicate", "superseded", "conflict", "refused", "re-keyed", "passed-over"]
    rows += [("2023-05-12 01:00:00", outcome) for outcome in outcomes]
    for offset, (at, outcome) in enumerate(rows):
        for _ in range(2):  # a replay is one row
            city.client.command(
                "INSERT INTO events (topic, offset, append_time, outcome)"
                " SELECT 'small', {o:Int64}, {at:String}, {w:String}",
                parameters={"o": offset, "at": at, "w": outcome},
            )
    found = city.client.query("SELECT * EXCEPT topic FROM balance ORDER BY day").result_rows
    assert list(found) == [
        (date(2023, 5, 10), 1, 1, 0, 0, 0, 0, 0, 0),
        (date(2023, 5, 11), 2, 1, 0, 0, 0, 1, 0, 0),
        (date(2023, 5, 12), 7, 1, 1, 1, 1, 1, 1, 1),
    ]
