"""Migrations: numbered files, applied in order, once. Safe to run twice and after a crash in the middle."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from pulse.errors import OperatorError

_LOG = """
CREATE TABLE IF NOT EXISTS migrations
(
    version UInt32,
    name String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY version
"""


class NewerDatabase(OperatorError):
    """The database was migrated by a newer release: this one must not touch it."""


class Migration(NamedTuple):
    """One file: its statements can each be repeated (IF NOT EXISTS), so a crash in the middle does no harm."""

    version: int
    name: str
    statements: tuple[str, ...]


def migrations() -> list[Migration]:
    """All migrations of this release, in order."""
    found = []
    for file in sorted(
        files("sinks.clickhouse").joinpath("migrations").iterdir(), key=lambda file: file.name
    ):
        if file.name.endswith(".sql"):
            number, _, name = file.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(number), name, statements(file.read_text("utf-8"))))
    return found


def statements(script: str) -> tuple[str, ...]:
    """The statements of a script: each ends with a semicolon at the end of a line."""
    return tuple(part.strip() for part in (script + "\n").split(";\n") if part.strip())


def applied(client: Client) -> int:
    """The version of the database; 0 where nothing was ever applied."""
    if not int(client.command("EXISTS TABLE migrations")):
        return 0
    return int(client.query("SELECT max(version) FROM migrations").result_rows[0][0])


def migrate(client: Client) -> list[Migration]:
    """Bring the database to this release; returns what was applied now. Raises NewerDatabase."""
    known = migrations()
    version, newest = applied(client), known[-1].version
    if version > newest:
        raise NewerDatabase(
            f"the database is at version {version}, this release knows versions up to {newest}: "
            f"install the newer release, or use another database"
        )
    client.command(_LOG)
    pending = [migration for migration in known if migration.version > version]
    for migration in pending:
        for statement in migration.statements:
            client.command(statement)
        client.insert("migrations", [[migration.version, migration.name]], column_names=["version", "name"])
    return pending
