"""For all tests: a developer's own settings are not theirs; what a whole run begins and ends with."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from pulse.app.settings import PREFIX
from tests import kafka

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")  # how long an example takes says how busy the machine is, nothing else

MACHINE = {"PULSE_JAVA", "PULSE_MAVEN_MIRROR"}
"""How this machine gets its Kafka."""

for name in [name for name in os.environ if name.startswith(PREFIX) and name not in MACHINE]:
    del os.environ[name]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: one process more than cores, because tests wait for brokers and browsers a third of their time."""
    return (os.cpu_count() or 1) + 1


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before a run of several processes (xdist)."""
    if session.config.getoption("numprocesses", None) and "QUICK" not in os.environ:
        kafka.fetched()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After the last test."""
    kafka.tell_skipped(terminalreporter)
