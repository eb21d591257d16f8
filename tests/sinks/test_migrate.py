"""Migrations on the real engine: once, twice, after a crash at any statement, after a newer release."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.migrate import NewerDatabase, applied, migrate, migrations, statements

CREATED = """
SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name
"""


def created(client: Client) -> list[tuple[str, str]]:
    return [(name, query) for name, query in client.query(CREATED).result_rows]


def test_an_empty_database_becomes_current(blank: Client) -> None:
    assert applied(blank) == 0
    assert migrate(blank) == migrations()
    assert applied(blank) == migrations()[-1].version
    assert {name for name, _ in created(blank)} == {
        "events", "facts", "cells", "positions", "dead_letters", "device_hours", "generations", "migrations",
        "letter_actions", "resumptions", "logs", "lights", "hearings", "fans", "closes", "verdicts", "assessments",
        "filings", "arrivals", "lateness", "community_reports", "gaps", "set_aside", "clocks",
        "orphans", "conflict_lists",
    }  # fmt: skip


def test_twice_changes_nothing(blank: Client) -> None:
    migrate(blank)
    before = created(blank)
    logged = blank.query("SELECT * FROM migrations ORDER BY version").result_rows
    assert migrate(blank) == []
    assert created(blank) == before
    assert blank.query("SELECT * FROM migrations ORDER BY version").result_rows == logged


@pytest.mark.parametrize("done", range(len(migrations()[0].statements) + 1))
def test_a_crash_in_the_middle_does_no_harm(blank: Client, done: int) -> None:
    """The first `done` statements were applied, rows were written, and then the process was killed."""
    for statement in migrations()[0].statements[:done]:
        blank.command(statement)
    if done:
        blank.command("INSERT INTO events (topic, offset) VALUES ('kept', 7)")
    assert migrate(blank) == migrations()
    assert applied(blank) == migrations()[-1].version
    assert blank.query("SELECT topic FROM events").result_rows == ([("kept",)] if done else [])


def test_a_newer_database_is_left_alone(blank: Client) -> None:
    migrate(blank)
    newest = migrations()[-1].version
    blank.command(f"INSERT INTO migrations (version, name) VALUES ({newest + 1}, 'of tomorrow')")
    before = created(blank)
    with pytest.raises(
        NewerDatabase, match=f"at version {newest + 1}, this release knows versions up to {newest}"
    ):
        migrate(blank)
    assert created(blank) == before


def test_migrations_are_numbered_in_order() -> None:
    versions = [migration.version for migration in migrations()]
    assert versions == sorted(set(versions))
    assert all(migration.statements and migration.name for migration in migrations())


def test_every_statement_can_be_repeated() -> None:
    for migration in migrations():
        for statement in migration.statements:
            repeatable = (" IF NOT EXISTS ", " IF EXISTS ", "OR REPLACE", "INSERT INTO gaps", "UPDATE raw =")
            assert any(words in statement for words in repeatable), statement


def test_lights_of_an_earlier_release_get_the_status_of_today(blank: Client) -> None:
    for migration in migrations():
        if migration.version < 14:
            for statement in migration.statements:
                blank.command(statement)
    blank.command(
        "INSERT INTO lights (region, raw, status, rule) VALUES ('a', 'made_up', 'lagging', 'settling'), "
        "('b', 'on_track', 'made_up', 'settling'), ('c', 'made_up', 'made_up', 'made_up'), ('d', 'none', 'none', 'watched')"
    )
    [migration] = [each for each in migrations() if each.version == 14]
    for _ in range(2):
        for statement in migration.statements:
            blank.command(statement)
        assert blank.query("SELECT region, raw, status, rule FROM lights ORDER BY region").result_rows == [
            ("a", "recovered", "lagging", "settling"),
            ("b", "on_track", "recovered", "settling"),
            ("c", "recovered", "recovered", "recovered"),
            ("d", "none", "none", "watched"),
        ]


def test_what_an_earlier_release_passed_over_is_written_down_once(blank: Client) -> None:
    """It left no row for the offsets that hold no event; a take-over would miss them now."""
    whens: list[Callable[[int], bool]] = [lambda version: version < 8, lambda version: version == 8]
    before, fills = (
        [
            statement
            for migration in migrations()
            if when(migration.version)
            for statement in migration.statements
        ]
        for when in whens
    )
    for statement in before:
        blank.command(statement)
    blank.command(
        "INSERT INTO events (topic, partition, offset, append_time) VALUES ('a', 0, 2, 7), ('a', 0, 3, 8), ('a', 0, 6, 9), "
        "('a', 1, 0, 7), ('a@2', 0, 5, 7), ('a@2', 0, 7, 9)"
    )
    for _ in range(2):
        for statement in fills:
            blank.command(statement)
    found = blank.query(
        "SELECT topic, partition, first, last, toUnixTimestamp64Milli(append_time) FROM gaps FINAL ORDER BY ALL"
    )
    assert found.result_rows == [("a", 0, 0, 1, 0), ("a", 0, 4, 5, 8000), ("a@2", 0, 6, 6, 7000)]


@pytest.mark.parametrize(
    ("script", "parts"),
    [
        ("", ()),
        ("\n  \n", ()),
        ("SELECT 1;", ("SELECT 1",)),
        ("SELECT 1;\n", ("SELECT 1",)),
        ("SELECT 1;\n\nSELECT\n2;\n", ("SELECT 1", "SELECT\n2")),
        ("SELECT 1", ("SELECT 1",)),
        ("SELECT ';' AS a; -- inside a line\nFROM b;\n", ("SELECT ';' AS a; -- inside a line\nFROM b",)),
        ("-- why\nSELECT 1;\n", ("-- why\nSELECT 1",)),
    ],
)
def test_statements_end_with_a_semicolon_at_the_end_of_a_line(script: str, parts: tuple[str, ...]) -> None:
    assert statements(script) == parts
