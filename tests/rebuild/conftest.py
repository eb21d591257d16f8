from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from tests.rebuild import world


@pytest.fixture(scope="package")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = world.database(tmp_path_factory.mktemp("clickhouse"))
    yield client
    client.close()


@pytest.fixture
def client(_database: Client) -> Client:
    """A database that workers of the old catalogue have just written, whole; each test may spoil it."""
    world.fill(_database, world.counted("old"))
    return _database


@pytest.fixture(scope="package")
def fresh(_database: Client) -> dict[str, list[tuple[Any, ...]]]:
    """What is stored after a count of the same log with the new catalogue, from the first event on."""
    world.fill(_database, world.counted("new"), world.NEW)
    return world.stored(_database, world.NEW)
