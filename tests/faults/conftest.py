"""A broker for rough handling, and a world for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pulse.brokers.apache import ApacheKafka
from tests.faults.nursery import Nursery
from tests.faults.world import World
from tests.kafka import kafka

__all__ = ["kafka"]


@pytest.fixture(scope="session")
def broker(kafka: ApacheKafka) -> Iterator[ApacheKafka]:
    """One for all of these tests, which leave it running; `kafka` says whether one can be had."""
    with ApacheKafka() as own:
        yield own


@pytest.fixture(scope="session")
def nursery(kafka: ApacheKafka) -> Iterator[Nursery]:
    """Where workers come from."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def world(broker: ApacheKafka, nursery: Nursery, tmp_path: Path) -> Iterator[World]:
    """A town with an empty database and empty topics; no worker yet."""
    with World(broker, nursery, tmp_path) as world:
        yield world
