from __future__ import annotations

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from tests.dashboards.report.world import World
from tests.verify import toy
from tests.verify.world import database


@pytest.fixture(scope="module")  # other tests leave another generation answering
def _database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = database(tmp_path_factory.mktemp("clickhouse"))
    yield client
    client.close()


@pytest.fixture
def world(_database: Client) -> World:
    """A city that has counted up to the middle of August; nothing was filed yet."""
    world = World(_database)
    world.publish(toy.log(seed=7, length=1200))
    return world
