"""A real Apache Kafka for tests, one for the whole run, or one for each process of it.

    from tests.kafka import kafka  # noqa: F401  in a folder's conftest.py

Where it cannot be had (no Java, no way to its jars) the tests that ask for it are skipped, and a line at the run's end
says so and why (tests/conftest.py); with REQUIRE_KAFKA=1, as in CI, they fail.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, suppress
from typing import Any, cast

import pytest
from rich.console import Console

from pulse.brokers import jars
from pulse.brokers.apache import ApacheKafka
from pulse.brokers.download_bar import bar
from pulse.brokers.errors import MissingError

REQUIRED = "REQUIRE_KAFKA"
FETCHED = "\nApache Kafka for the tests, once"
_MISSING = "no Apache Kafka here: "

_SHARED = pytest.StashKey[ApacheKafka | MissingError]()
"""The run's broker, or why there is none: one, however many folders import the fixture."""


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> ApacheKafka:
    """A broker that all tests share. Who kills or pauses it has a broker of their own; topics need names of their own."""
    return shared(request.config)


def shared(config: pytest.Config) -> ApacheKafka:
    """The run's broker, started by the first who asks."""
    stash = config.stash
    if _SHARED not in stash:
        stash[_SHARED] = _begin(config)
    broker = stash[_SHARED]
    if isinstance(broker, ApacheKafka):
        return broker
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1, and {broker}", pytrace=False)
    pytest.skip(_MISSING + str(broker))


def _begin(config: pytest.Config) -> ApacheKafka | MissingError:
    broker = ApacheKafka()
    try:
        with _uncaptured(config), bar(Console(), FETCHED) as progress:
            broker.start(progress)
    except MissingError as missing:
        return missing
    config.add_cleanup(broker.stop)
    return broker


def _uncaptured(config: pytest.Config) -> AbstractContextManager[None]:
    """For the bar of the download, which takes a while the first time."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    return cast(AbstractContextManager[None], capture.global_and_fixture_disabled())


def fetched() -> None:
    """What it is made of lies here, if it can be had: a run's other processes have no terminal to show it on."""
    with suppress(MissingError), bar(Console(), FETCHED) as progress:
        jars.fetch(progress)


def tell_skipped(terminal: pytest.TerminalReporter) -> None:
    """A line that says why tests of it were skipped, if any were."""
    reasons = {
        report.longrepr[2]
        for report in terminal.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    }
    for reason in sorted(reasons):
        if _MISSING in reason:
            terminal.write_line(
                f"Skipped, for want of Apache Kafka: all tests of it. {reason.partition(_MISSING)[2]}",
                yellow=True,
            )


__all__ = ["fetched", "kafka", "shared", "tell_skipped"]
