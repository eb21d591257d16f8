"""Two plans on one topic: what the other one counts is passed over, counted apart, and no dead letter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.department import Sent, event, structured
from tests.e2e.service import Service, running

DATA = Path(__file__).parents[1] / "data"
TEXT = (DATA / "yunchuan-2025.yaml").read_text("utf-8") + "\npasses_over: [transport.*]\n"


@pytest.fixture(scope="module")
def yunchuan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("yunchuan")
    plan = folder / "plan.yaml"
    plan.write_text(TEXT, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULSE_CATALOGUE", str(plan))
        patch.setenv("PULSE_REGIONS", str(DATA / "regions-yunchuan.yaml"))
        with running(folder / "clickhouse") as service:
            yield service


def game(type: str, subject: str) -> Sent:
    words = {"time": "2023-06-10T09:00:00+08:00"}
    return structured(event(type, subject, {"region": "990101"}, **words))._replace(topic="pulse.sports")


def test_passed_over_counted_apart_and_verified(yunchuan: Service) -> None:
    yunchuan.publish([
        game("sports.community-game", "one"), game("transport.bus-line", "two"), game("transport.bus-line", "three"),
        game("sports.mach", "four"),
    ])  # fmt: skip
    sql = "SELECT sum(received), sum(counted), sum(refused), sum(passed_over) FROM balance"
    assert yunchuan.query(sql) == [(4, 1, 1, 2)]
    rows = "SELECT DISTINCT source, id, type, subject, data FROM events WHERE outcome = 'passed-over'"
    assert yunchuan.query(rows) == [("//transport.jining.gov.cn/system", "", "transport.bus-line", "", "")]
    assert yunchuan.query("SELECT type FROM dead_letters") == [("sports.mach",)]
    assert not yunchuan.verify().differences
    yunchuan.until_metric('pulse_events_total{outcome="passed-over",topic="sports"} 2.0')
