"""Where the year of a database stands: a replayed one keeps its day, whatever the settings of a later command say."""

from __future__ import annotations

from datetime import date

from clickhouse_connect.driver.client import Client

from sinks.clickhouse.views.dimensions import Clock


def stands(client: Client) -> date | None:
    """The day that this database's year stands at; None where its time goes on. Blocks."""
    rows = client.query("SELECT argMax(stands, at) FROM clocks HAVING count() > 0").result_rows
    day: date | None = rows[0][0] if rows else None
    return day


def settle(client: Client, asked: Clock) -> Clock:
    """The clock of this database: the day asked for, which it keeps from now on, or the one that it kept, or as asked.

    Blocks.
    """
    kept = stands(client)
    if not isinstance(asked, date):
        return kept or asked
    if asked != kept:
        client.insert("clocks", [[asked]], column_names=["stands"])
    return asked
