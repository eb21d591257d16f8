from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.connection import connect
from tests.dashboards.grafana.october import october
from tests.threads import one_thread


@pytest.fixture(scope="session")
def _october(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("october")
    october(folder)
    return folder


@pytest.fixture(scope="module")
def city(_october: Path) -> Iterator[Client]:
    """A database with lights. Open for a module's time: the engine holds one folder a process."""
    client = connect(f"chdb://{_october}")
    one_thread(client)
    yield client
    client.close()
