"""Where a value meets its column: the worker's columns against the SQL tables, and every extreme there and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.tables import TABLES, arrow

INSTANT = datetime(2023, 5, 10, 1, 2, 3, 456_789, tzinfo=UTC)
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
BLANK: dict[Any, Any] = {
    pa.string(): "", pa.uint16(): 0, pa.uint32(): 0, pa.int64(): 0, pa.uint64(): 0, pa.bool_(): False,
    pa.binary(): b"", pa.date32(): 0, pa.timestamp("s", "UTC"): 0, pa.timestamp("ms", "UTC"): 0,
    pa.timestamp("us", "UTC"): 0,
}  # fmt: skip


def micros(instant: datetime) -> int:
    whole = round((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 1) * 1_000_000
    return whole + instant.microsecond


def there_and_back(client: Client, table: str, column: str, values: list[Any], read: str = "{}") -> list[Any]:
    """Values of a column, in order, after an insert; the others are blank, `offset` or `device` counts."""
    rows = {name: [BLANK[type]] * len(values) for name, type in TABLES[table].items()}
    counter = "device" if table == "device_hours" else "offset"
    rows[counter] = [str(n) if counter == "device" else n for n in range(len(values))]
    rows[column] = values
    if table == "cells":
        rows["region"] = [
            f"{n:012}" for n in range(len(values))
        ]  # the day is part of the key, the offset is not
    client.insert_arrow(table, arrow(table, rows))
    found = client.query(f"SELECT {read.format(column)} FROM {table} ORDER BY {counter}")
    return [value for (value,) in found.result_rows]


@pytest.mark.parametrize("table", TABLES)
def test_the_worker_writes_every_column(client: Client, table: str) -> None:
    found = client.query(
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}"
        " AND default_kind = ''",
        parameters={"table": table},
    )
    assert {name for (name,) in found.result_rows} == set(TABLES[table])


def test_every_table_of_the_worker_collapses_replays(client: Client) -> None:
    engines = client.query(
        "SELECT name, engine FROM system.tables WHERE database = currentDatabase()"
    ).result_rows
    collapsing = {name for name, engine in engines if engine == "ReplacingMergeTree"}
    assert set(TABLES) <= collapsing


def test_instants_keep_their_microseconds(client: Client) -> None:
    instants = [
        INSTANT,
        FIRST,
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2299, 12, 31, tzinfo=UTC),
    ]
    values = [micros(instant) for instant in instants]
    assert there_and_back(client, "events", "time", values, "toUnixTimestamp64Micro({})") == values


def test_append_times_keep_their_milliseconds(client: Client) -> None:
    values = [1_683_680_523_456, 0, 1]
    assert there_and_back(client, "positions", "append_time", [values[0]], "toUnixTimestamp64Milli({})") == [
        values[0]
    ]
    assert there_and_back(client, "events", "append_time", values, "toUnixTimestamp64Milli({})") == values


def test_fingerprints_are_unsigned(client: Client) -> None:
    values = [0, 2**63 - 1, 2**63, 2**64 - 1]
    assert there_and_back(client, "facts", "fingerprint", values) == values
    assert there_and_back(client, "events", "fingerprint", values) == values


def test_days_from_1900_to_2299(client: Client) -> None:
    days = [date(1900, 1, 1), date(1969, 12, 31), date(1970, 1, 1), date(2023, 5, 10), date(2299, 12, 31)]
    values = [day.toordinal() - date(1970, 1, 1).toordinal() for day in days]
    assert there_and_back(client, "cells", "day", values) == days


def test_values_below_zero(client: Client) -> None:
    values = [-(2**63), -1, 2**63 - 1]
    assert there_and_back(client, "cells", "value", values) == values


def test_a_recorded_time_may_be_missing(client: Client) -> None:
    stored = there_and_back(
        client, "events", "recorded_time", [None, micros(INSTANT)], "toUnixTimestamp64Micro({})"
    )
    assert stored == [None, micros(INSTANT)]


def test_an_hour_is_utc(client: Client) -> None:
    hour = int(datetime(2023, 5, 10, 16, tzinfo=UTC).timestamp())
    assert there_and_back(client, "device_hours", "hour", [hour], "toUnixTimestamp({})") == [hour]
    assert client.query("SELECT toString(hour) FROM device_hours").result_rows == [("2023-05-10 16:00:00",)]


def test_text_keeps_its_bytes(client: Client) -> None:
    text = "民政局 ' \\ \n \0 😀"
    assert there_and_back(client, "events", "subject", [text, "乙"]) == [text, "乙"]


def test_data_keeps_its_bytes(client: Client) -> None:
    data = '{"姓名":"x\'\\\\"}'.encode()
    assert there_and_back(client, "events", "data", [data], "hex({})") == [data.hex().upper()]


def test_a_column_that_the_table_has_not() -> None:
    with pytest.raises(KeyError, match="colour"):
        arrow("cells", {"colour": [1]})


def test_a_value_that_does_not_fit() -> None:
    with pytest.raises((pa.ArrowInvalid, OverflowError)):
        arrow("cells", {"partition": [65_536]})
