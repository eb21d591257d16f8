"""What `pulse verify` leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from sinks.clickhouse.verdicts import latest, record


def test_the_last_one_counts(client: Client) -> None:
    client.command("TRUNCATE TABLE verdicts")
    assert latest(client) is None
    switch = [
        ["one", "plan", datetime(2023, 1, 1, tzinfo=UTC)],
        ["two", "plan", datetime(2023, 2, 1, tzinfo=UTC)],
    ]
    client.insert("generations", switch, column_names=["generation", "plan", "switched_at"])
    before = datetime.now(UTC)
    record(client, "plan", 11_067, 3, 1.5)
    record(client, "plan", 11_067, 0, 2.5)
    verdict = latest(client)
    assert verdict is not None
    assert verdict[1:] == ("two", "plan", 11_067, 0, 2.5)
    assert abs((verdict.at - before).total_seconds()) < 60
