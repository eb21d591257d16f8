"""The table of logs: a row never changes, and the first that was written is right."""

from __future__ import annotations

from clickhouse_connect.driver.client import Client

from sinks.clickhouse.logs import begin, beginnings, latest
from sinks.clickhouse.views.create import create_views
from streams.logs import Beginning
from tests.sinks import plan

SECOND = Beginning("small", 2, "an-id", False, (5, 0, 0), (4, -1))
THIRD = Beginning("small", 3, "another", True, (0,), (9, 2, 2))
OTHER = Beginning("apples", 2, "", True, (0, 0), (-1,))


def test_logs_are_told_in_their_order(client: Client) -> None:
    assert (beginnings(client), latest(client)) == ([], {})
    assert begin(client, SECOND)
    assert begin(client, THIRD)
    assert begin(client, OTHER)
    assert beginnings(client) == [OTHER, SECOND, THIRD]
    assert latest(client) == {"small": 3, "apples": 2}


def test_a_log_begins_once(client: Client) -> None:
    assert begin(client, SECOND)
    assert begin(client, SECOND)
    assert not begin(client, SECOND._replace(firsts=(6, 0, 0), lasts=(5, -1)))
    assert beginnings(client) == [SECOND]


def test_the_balance_leaves_out_what_lies_behind_an_end(client: Client) -> None:
    create_views(client, plan.CATALOGUE, plan.REGIONS, "stream")
    for log, partition, last in (
        ("small", 0, 6),
        ("small", 1, 2),
        ("small@2", 0, 9),
        ("small@3", 0, 1),
        ("apples", 0, 0),
    ):
        client.command(
            "INSERT INTO events (topic, partition, offset, append_time, outcome) "
            f"SELECT '{log}', {partition}, number, now64(3), 'counted' FROM numbers({last} + 1)"
        )
    assert balance(client) == {"small": 7 + 3 + 10 + 2, "apples": 1}
    begin(client, SECOND)
    begin(client, THIRD._replace(lasts=(7, 2, 2)))
    # Of the first log 0–4 of partition 0 and nothing of 1; of the second up to 7; the third goes on.
    assert balance(client) == {"small": 5 + 0 + 8 + 2, "apples": 1}


def balance(client: Client) -> dict[str, int]:
    rows = client.query("SELECT topic, toInt64(sum(received)) FROM balance GROUP BY topic").result_rows
    return dict(rows)
