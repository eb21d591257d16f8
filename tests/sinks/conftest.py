"""Real embedded databases. The engine holds one folder a process, so a test opens its own and closes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.connection import connect
from sinks.clickhouse.migrate import migrate
from tests.threads import one_thread

TABLES = (
    "events", "facts", "cells", "positions", "dead_letters", "device_hours", "generations", "logs", "lights", "fans",
    "closes", "hearings", "assessments", "verdicts", "arrivals", "lateness", "community_reports", "clocks",
    "orphans", "conflict_lists", "gaps", "set_aside",
)  # fmt: skip


def empty(client: Client) -> Client:
    """The same client, after all its tables were emptied."""
    for table in TABLES:
        client.command(f"TRUNCATE TABLE {table}")
    return client


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[Client]:
    """A database in which nothing was ever done."""
    client = connect(f"chdb://{tmp_path}/clickhouse")
    yield client
    client.close()


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clickhouse")
    client = connect(f"chdb://{folder}")
    migrate(client)
    client.close()
    return folder


@pytest.fixture
def client(_migrated: Path) -> Iterator[Client]:
    """All tables, empty; no views."""
    client = connect(f"chdb://{_migrated}")
    one_thread(client)
    yield empty(client)
    client.close()
