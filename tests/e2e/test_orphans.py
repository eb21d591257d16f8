"""The READMEs' own example moves the figure that they name; what counts for nobody is told, until its roster comes."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.department import event, structured
from tests.e2e.service import SOON, Service, running

ROOT = Path(__file__).parents[2]
FUNDS = "a14.community_funds"
PLACE = "370831001001"


@pytest.fixture(scope="module")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    judged = [FUNDS, "a02.visit_rate", "a11.disputes_settled", "a15.aid_stations"]
    with running(tmp_path_factory.mktemp("clickhouse"), judged) as service:
        yield service


def until(service: Service, reached: Callable[[], Any]) -> Any:
    last = time.monotonic() + 2 * SOON
    while not (found := reached()):
        service.check()
        if time.monotonic() > last:
            raise TimeoutError
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_example_moves_the_figure_that_the_text_names(
    judging: Service, name: str, tmp_path: Path
) -> None:
    text = (ROOT / name).read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (indicator,) = set(re.findall(r"/indicator/(a\d\d\.\w+)", text))
    assert indicator == FUNDS
    # Each README's fund is one of its own, for both are tried here on one city.
    file = tmp_path / "example.py"
    file.write_text(example.replace("fund-000001", f"fund-{name}"), "utf-8")
    before = _funds(judging)
    subprocess.run([sys.executable, str(file), judging.address], check=True, timeout=60)
    until(judging, lambda: _funds(judging) == {region: n + 1 for region, n in before.items()})


def _funds(service: Service) -> dict[str, float]:
    sql = (
        "SELECT region, value FROM lights_now WHERE indicator = {i:String} AND region IN ('370800', '370831')"
    )
    return {"370800": 0.0, "370831": 0.0} | {
        region: value or 0.0 for region, value in service.query(sql, i=FUNDS)
    }


def test_orphans_are_told_until_what_they_need_is(judging: Service) -> None:
    judging.publish(
        [
            structured(event("civil-affairs.elder-visit", "elder-on-no-roster", {"region": PLACE})),
            structured(event("justice.dispute-settled", "dispute-never-accepted", {"region": PLACE})),
            structured(
                event("civil-affairs.aid-station", "station-1", {"region": "370831999999", "open": True})
            ),
        ]
    )
    sql = "SELECT measure, kind, events FROM orphans_now ORDER BY measure"
    wanted = [
        ("aid_stations", "place-unknown", 1), ("disputes_settled", "subject-unknown", 1),
        ("elders_visited", "subject-unknown", 1),
    ]  # fmt: skip
    until(judging, lambda: judging.query(sql) == wanted)
    judging.until_metric('pulse_orphan_events{department="justice",kind="subject-unknown"} 1.0')
    judging.until_metric('pulse_orphan_events{department="justice",kind="subject-out-of-time"} 0.0')
    judging.publish(
        [structured(event("justice.dispute-accepted", "dispute-never-accepted", {"region": PLACE}))]
    )
    until(judging, lambda: judging.query(sql) == [wanted[0], wanted[2]])
    judging.until_metric('pulse_orphan_events{department="justice",kind="subject-unknown"} 0.0')
