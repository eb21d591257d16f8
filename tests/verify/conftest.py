from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from tests.verify import world

SEED, LENGTH = 7, 1200


@pytest.fixture(scope="package")
def rows() -> dict[str, Any]:
    return world.written(SEED, LENGTH)


@pytest.fixture(scope="package")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Path]]:
    folder = tmp_path_factory.mktemp("clickhouse")
    client = world.database(folder)
    yield client, folder
    client.close()


@pytest.fixture
def client(_database: tuple[Client, Path], rows: dict[str, Any]) -> Client:
    """A database that a worker has just written, whole; each test may spoil it."""
    world.fill(_database[0], rows)
    return _database[0]
