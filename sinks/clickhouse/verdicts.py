"""Stores what `pulse verify` found, for metrics and alerts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from clickhouse_connect.driver.client import Client


class Verdict(NamedTuple):
    """One verification: when it ended (UTC), how many figures it compared, how many differences it found, and
    how many seconds it took."""

    at: datetime
    generation: str
    plan: str
    figures: int
    differences: int
    took: float


_ANSWERING = "SELECT argMax(generation, (switched_at, generation)) FROM generations"


def record(client: Client, plan: str, figures: int, differences: int, took: float) -> Verdict:
    """Write a verdict on the generation that answers, as of now."""
    generation = str(client.query(_ANSWERING).result_rows[0][0])
    verdict = Verdict(datetime.now(UTC), generation, plan, figures, differences, took)
    client.insert("verdicts", [list(verdict)], column_names=list(Verdict._fields))
    return verdict


def latest(client: Client) -> Verdict | None:
    """The last verdict; None where there was no verification yet."""
    columns = ", ".join(Verdict._fields)
    rows = client.query(f"SELECT {columns} FROM verdicts ORDER BY at DESC LIMIT 1").result_rows
    if not rows:
        return None
    at, *rest = rows[0]  # the driver returns UTC without a time zone
    return Verdict(at.replace(tzinfo=UTC), *rest)
