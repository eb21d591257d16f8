from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.service import Service, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service, empty at the beginning of each module."""
    with running(tmp_path_factory.mktemp("clickhouse")) as service:
        yield service
