"""One engine for all tests of views: the first reading after it opens costs as much as five later ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.connection import connect
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.views.create import create_views
from tests.sinks import plan
from tests.sinks.conftest import empty
from tests.threads import one_thread


@pytest.fixture(scope="package")
def _engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = connect(f"chdb://{tmp_path_factory.mktemp('clickhouse')}")
    one_thread(client)
    for database in ("tables", "city"):
        client.command(f"CREATE DATABASE {database}")
        client.database = database
        migrate(client)
    create_views(client, plan.CATALOGUE, plan.REGIONS, "stream")
    yield client
    client.close()


@pytest.fixture
def client(_engine: Client) -> Client:
    """All tables, empty; what views there are, a test replaces."""
    _engine.database = "tables"
    return empty(_engine)


@pytest.fixture
def city(_engine: Client) -> plan.City:
    """The views of `plan`, over empty tables."""
    _engine.database = "city"
    empty(_engine).command("INSERT INTO generations SELECT 'g', 'small', now64(3), '{}'")
    return plan.City(_engine)
