"""Counts, copies and deletes the rows that a condition chooses. A delete is complete when its call returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clickhouse_connect.driver.client import Client

from sinks.clickhouse.tables import TABLES

_DONE = {"mutations_sync": 2, "lightweight_deletes_sync": 2}


def count(client: Client, source: str, condition: str, where: Mapping[str, Any]) -> int:
    """How many rows of a table (with FINAL, as they are read) a condition chooses."""
    found = client.query(f"SELECT count() FROM {source} WHERE {condition}", parameters=dict(where))
    return int(found.result_rows[0][0])


def insert(
    client: Client, table: str, values: Mapping[str, str], condition: str, where: Mapping[str, Any]
) -> int:
    """Copy the rows of a table that a condition chooses, with other `values` in some columns; returns how many."""
    if rows := count(client, f"{table} FINAL", condition, where):
        columns = list(TABLES[table])
        chosen = ", ".join(values.get(column, f"t.{column}") for column in columns)
        source = f"(SELECT * FROM {table} FINAL WHERE {condition}) AS t"
        client.command(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {source}",
            parameters=dict(where),
        )
    return rows


def delete(client: Client, table: str, condition: str, where: Mapping[str, Any]) -> int:
    """Delete the rows of a table that a condition chooses; returns how many."""
    if rows := count(client, table, condition, where):
        client.command(f"DELETE FROM {table} WHERE {condition}", parameters=dict(where), settings=_DONE)
    return rows
