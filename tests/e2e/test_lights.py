"""A department publishes, and the light follows: through Kafka, the worker, its assessor, to the views and /metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.department import event, structured
from tests.e2e.service import SOON, Service, running

INDICATOR = "a09.community_games"


@pytest.fixture(scope="module")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("clickhouse"), [INDICATOR]) as service:
        yield service


def until(service: Service, reached: Callable[[], Any]) -> Any:
    """Wait for something of the database."""
    last = time.monotonic() + SOON
    while not (found := reached()):
        service.check()
        if time.monotonic() > last:
            raise TimeoutError
        time.sleep(0.05)
    return found


def game(subject: str, **attributes: Any) -> Any:
    return structured(event("sports.community-game", subject, {"region": "370811"}, **attributes))


def value(service: Service) -> Any:
    sql = "SELECT value, status FROM lights_now WHERE indicator = {i:String} AND region = '370800'"
    return service.query(sql, i=INDICATOR)


def test_a_light_follows_its_events_down_as_well_as_up(judging: Service) -> None:
    judging.publish([game("one"), game("two")])
    until(judging, lambda: [row for row in value(judging) if row[0] == 2])
    judging.until_metric(f'pulse_indicator_value{{county="370800",indicator="{INDICATOR}"}} 2.0')
    judging.publish([game("two", revision=1, void=True)])
    (found,) = until(judging, lambda: [row for row in value(judging) if row[0] == 1])
    assert found[1] == "silent", "all messages arrive after the plan's last day: by that day nothing had come"
    judging.until_metric(f'pulse_indicator_status{{county="370800",indicator="{INDICATOR}"}} 6.0')
    judging.until_metric('pulse_department_silent{department="sports"} 1.0')
