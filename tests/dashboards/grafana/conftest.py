from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.connection import connect
from tests.dashboards.grafana.october import october


@pytest.fixture(scope="session")
def _october(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("october")
    october(folder)
    return folder


@pytest.fixture(scope="module")
def city(_october: Path) -> Iterator[Client]:
    """A database with lights. Open for a module's time: the engine holds one folder a process."""
    client = connect(f"chdb://{_october}")
    client.set_client_setting("max_threads", 1)  # small tables: more threads cost more than they do
    yield client
    client.close()
