"""The assessor on a real database: what it writes, what it leaves, and what it remembers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from pulse.assessor import assessor as lights
from pulse.assessor.assessor import Assessor, Written
from schemas.catalogue.model import Catalogue
from sinks.clickhouse.views.create import create_views
from sinks.clickhouse.views.few import days_of
from tests.sinks import plan
from tests.sinks.conftest import empty
from tests.sinks.plan import CITY, QUFU, RENCHENG, ZONE, A, C, utc

TARGET = {
    "kind": "target", "target": {"op": ">=", "value": 73}, "due": date(2023, 12, 31), "cadence": "once",
    "pace": {"kind": "linear"},
}  # fmt: skip
MONTHLY = {
    "kind": "target",
    "target": {"op": "=", "value": 100},
    "cadence": "month",
    "pace": {"kind": "period"},
}
CATALOGUE = plan.catalogue(
    plan.MEASURES,
    {
        "sum": {"formula": {"kind": "count", "measure": "attendances"}, "window": "year"} | TARGET,
        "visits": {"formula": {"kind": "ratio", "numerator": "visited", "denominator": "elders"}, "unit": "%"}
        | MONTHLY,
        "documents": {"formula": {"kind": "count", "measure": "documents"}, "window": "year"},
    },
)


@pytest.fixture
def city(_engine: Client) -> plan.City:
    """The views of this plan, in a database of their own."""
    _engine.command("CREATE DATABASE IF NOT EXISTS lights")
    _engine.database = "lights"
    from sinks.clickhouse.migrate import migrate

    migrate(_engine)
    empty(_engine).command("INSERT INTO generations SELECT 'g', 'small', now64(3), '{}'")
    create_views(_engine, CATALOGUE, plan.REGIONS, "stream")
    return plan.City(_engine)


def assessor(catalogue: Catalogue = CATALOGUE) -> Assessor:
    return Assessor(catalogue, plan.REGIONS)


def heard(city: plan.City, region: str, at: Any) -> None:
    """An event of the department's, as the ledger has it."""
    offset = next(city._offset)
    city.client.command(
        "INSERT INTO events (topic, partition, offset, append_time, outcome, region, type) "
        f"VALUES ('small', 0, {offset}, {at.timestamp()}, 'counted', '{region}', 'small.event')"
    )


def light(
    city: plan.City, indicator: str, region: str, day: str, columns: str = "status, value, expected"
) -> Any:
    query = f"SELECT {columns} FROM light_days WHERE indicator = %(i)s AND region = %(r)s AND day = %(d)s"
    rows = city.client.query(query, parameters={"i": f"a01.{indicator}", "r": region, "d": day}).result_rows
    assert len(rows) == 1
    return rows[0]


def test_before_anything_was_counted_there_is_nothing_to_do(city: plan.City) -> None:
    assert assessor().refresh(city.client) is None


def test_a_light_of_each_day(city: plan.City) -> None:
    city.cells(("attendances", A, "2023-01-02", 3))
    heard(city, A, utc(2023, 1, 2, 4))
    city.now_is(utc(2023, 1, 20, 4))
    assert assessor().refresh(city.client) == Written(3, 3 * 4 * 20)
    assert light(city, "sum", CITY, "2023-01-01") == ("no_data", 0, 0.2)
    assert light(city, "sum", CITY, "2023-01-20") == ("on_track", 3, 4)
    assert light(city, "sum", RENCHENG, "2023-01-20")[:2] == ("none", 3)
    assert light(city, "sum", QUFU, "2023-01-20")[:2] == ("none", 0)
    columns = "due, days_left, shortfall, since, no_forecast, last_report"
    expected = (date(2023, 12, 31), 345, 70, date(2023, 1, 3), "too_little", date(2023, 1, 2))
    assert light(city, "sum", CITY, "2023-01-20", columns) == expected


def test_only_what_moved_is_written(city: plan.City) -> None:
    city.cells(("attendances", A, "2023-01-02", 3))
    heard(city, A, utc(2023, 1, 2, 4))
    city.now_is(utc(2023, 1, 20, 4))
    one = assessor()
    one.refresh(city.client)
    assert one.refresh(city.client) is None
    city.cells(("attendances", A, "2023-01-18", 2))
    city.now_is(utc(2023, 1, 20, 5))
    assert one.refresh(city.client) == Written(1, 2 * 3), "one indicator, city and county, from that day on"
    assert light(city, "sum", CITY, "2023-01-17")[1] == 3
    assert light(city, "sum", CITY, "2023-01-18")[1] == 5
    city.now_is(utc(2023, 1, 20, 6))
    assert one.refresh(city.client) == Written(0, 0)


def hearings(city: plan.City, where: str = "1") -> dict[tuple[str, str], Any]:
    query = f"SELECT department, county, last_day, days, silent FROM hearings FINAL WHERE {where}"
    return {(row[0], row[1]): row[2:] for row in city.client.query(query).result_rows}


LATEST = "version = (SELECT max(version) FROM hearings)"


def test_who_reports_is_written_where_it_moved(city: plan.City, monkeypatch: pytest.MonkeyPatch) -> None:
    heard(city, A, utc(2023, 1, 2, 4))
    heard(city, C, utc(2023, 1, 2, 4))
    city.now_is(utc(2023, 1, 20, 4))
    one = assessor()
    one.refresh(city.client)
    assert hearings(city).keys() == {("small", county) for county in ("", RENCHENG, QUFU, ZONE)}
    heard(city, A, utc(2023, 1, 20, 5))
    city.now_is(utc(2023, 1, 20, 5))
    with monkeypatch.context() as patch:  # written down only once it is written
        patch.setattr(lights, "_insert", _fails)
        with pytest.raises(OSError, match="gone"):
            one.refresh(city.client)
    one.refresh(city.client)
    assert hearings(city, LATEST) == {
        ("small", ""): (date(2023, 1, 20), 2, False), ("small", RENCHENG): (date(2023, 1, 20), 2, False),
    }  # fmt: skip
    city.now_is(utc(2023, 1, 21, 5))
    one.refresh(city.client)
    assert len(hearings(city, LATEST)) == 4, "another day may silence anybody"
    left = hearings(city)
    city.client.command("TRUNCATE TABLE hearings")
    assessor().refresh(city.client)
    assert hearings(city) == left


def _fails(client: Client, table: str, rows: Any) -> None:
    if table == "hearings":
        raise OSError("gone")
    client.insert_arrow(table, rows)


def test_another_day_is_another_row_of_each(city: plan.City) -> None:
    city.cells(("attendances", A, "2023-01-02", 3))
    heard(city, A, utc(2023, 1, 2, 4))
    city.now_is(utc(2023, 1, 20, 4))
    one = assessor()
    one.refresh(city.client)
    city.now_is(utc(2023, 1, 20, 17))  # one in the morning of the 21st
    assert one.refresh(city.client) == Written(3, 3 * 4)


def test_a_new_assessor_goes_on_from_the_table(city: plan.City) -> None:
    city.cells(
        ("attendances", A, "2023-01-02", 3), ("elders", A, "2023-01-02", 10), ("visited", A, "2023-01-05", 9)
    )
    heard(city, A, utc(2023, 1, 2, 4))
    city.now_is(utc(2023, 2, 20, 4))
    assessor().refresh(city.client)
    assert assessor().refresh(city.client) == Written(3, 0)


def test_another_rule_judges_all_anew(city: plan.City) -> None:
    city.cells(("attendances", A, "2023-01-02", 1))
    heard(city, A, utc(2023, 1, 2, 4))
    city.now_is(utc(2023, 1, 26, 4))
    assessor().refresh(city.client)
    assert light(city, "sum", CITY, "2023-01-26")[0] == "lagging"
    patient = CATALOGUE.model_copy(update={"plan": CATALOGUE.plan.model_copy(update={"slack": Decimal(50)})})
    assert assessor(patient).refresh(city.client) == Written(3, 3 * 4 * 26)
    assert light(city, "sum", CITY, "2023-01-26")[0] == "on_track"


def test_a_stale_assessor_loses(city: plan.City) -> None:
    """It woke up with old figures in its hands; what it writes is below what is there."""
    city.cells(("attendances", A, "2023-01-02", 3))
    heard(city, A, utc(2023, 1, 2, 4))
    city.now_is(utc(2023, 1, 20, 4))
    assessor().refresh(city.client)
    old = city.client.query("SELECT version FROM lights LIMIT 1").result_rows[0][0]
    city.cells(("attendances", A, "2023-01-18", 2))
    city.now_is(utc(2023, 1, 20, 5))
    assessor().refresh(city.client)
    city.client.command(
        "INSERT INTO lights SELECT * REPLACE (toUInt128(%(old)s) AS version, 3 AS value) FROM lights FINAL "
        "WHERE indicator = 'a01.sum'",
        parameters={"old": str(old)},
    )
    assert light(city, "sum", CITY, "2023-01-20")[1] == 5


def test_what_a_month_was_known_to_be_is_remembered(city: plan.City) -> None:
    city.cells(
        ("elders", A, "2023-01-02", 10), ("visited", A, "2023-01-05", 9), ("visited", A, "2023-02-01", -9)
    )
    heard(city, A, utc(2023, 1, 2, 4))
    heard(city, A, utc(2023, 1, 30, 4))
    city.now_is(utc(2023, 2, 3, 4))
    one = assessor()
    one.refresh(city.client, remember=lambda: True)
    assert light(city, "visits", CITY, "2023-02-02")[0] == "overdue"
    city.cells(("visited", A, "2023-01-31", 1), ("visited", A, "2023-02-01", -10))
    city.now_is(utc(2023, 2, 3, 5))
    one.refresh(city.client)
    status, why = light(city, "visits", CITY, "2023-02-02", "raw, why_zh")
    assert status == "recovered"
    assert "1月未按期达到目标，其后补上" in why
    assert light(city, "visits", CITY, "2023-01-20", "raw")[0] != "recovered"


def test_how_a_month_ended_is_not_recorded_while_events_are_on_their_way(city: plan.City) -> None:
    city.cells(
        ("elders", A, "2023-01-02", 10), ("visited", A, "2023-01-05", 9), ("visited", A, "2023-02-01", -9)
    )
    city.now_is(utc(2023, 2, 3, 4))
    asked = []

    def unknown() -> bool:
        asked.append(True)
        return False

    assessor().refresh(city.client, remember=unknown)
    assessor().refresh(city.client)  # who does not say anything records nothing
    assert asked
    assert not city.client.query("SELECT * FROM closes").result_rows


def test_a_few_indicators_are_the_same_as_of_all(city: plan.City) -> None:
    city.cells(
        ("attendances", A, "2023-01-02", 3), ("elders", A, "2023-01-02", 10), ("visited", A, "2023-01-05", 9)
    )
    city.now_is(utc(2023, 1, 9, 4))
    columns = "indicator, region, toString(day), numerator, denominator, value"
    few = days_of(CATALOGUE, plan.REGIONS, ["a01.visits"])
    alone = city.client.query(f"SELECT {columns} FROM ({few}) ORDER BY ALL").result_rows
    every = city.client.query(
        f"SELECT {columns} FROM indicator_days WHERE indicator = 'a01.visits' ORDER BY ALL"
    ).result_rows
    assert alone == every
    assert len(alone) == 4 * 9
