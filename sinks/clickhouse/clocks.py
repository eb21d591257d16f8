"""The day at which the year of a database stands. A replayed database keeps its day, whatever the settings of
a later command are."""

from __future__ import annotations

from datetime import date

from clickhouse_connect.driver.client import Client

from sinks.clickhouse.views.dimensions import Clock


def stands(client: Client) -> date | None:
    """The day at which this database's year stands; None where its time goes on. Blocks."""
    rows = client.query("SELECT argMax(stands, at) FROM clocks HAVING count() > 0").result_rows
    day: date | None = rows[0][0] if rows else None
    return day


def resolve_clock(client: Client, asked: Clock) -> Clock:
    """The clock of this database. A day that is asked for is stored and kept from now on. Otherwise it is the
    stored day, or `asked` itself where no day is stored. Blocks."""
    kept = stands(client)
    if not isinstance(asked, date):
        return kept or asked
    if asked != kept:
        client.insert("clocks", [[asked]], column_names=["stands"])
    return asked
