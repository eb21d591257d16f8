"""The simulated year through the worker; a real Prometheus scrapes it, a real Alertmanager tells a webhook.

The year runs some ten thousand times faster than wall time and halts on a few days. On each of them, once nothing moves,
exactly those alerts ring and are told that the oracle expects.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import date, datetime
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pulse.alerts.files import AlertAddresses, files
from pulse.alerts.tempo import Tempo
from pulse.brokers import in_process
from pulse.simulate.city import SimulatedCity
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.gate import WindowGate
from pulse.simulate.publish import publish
from pulse.simulate.year import SimulatedYear
from tests.alerts.monitoring import Monitoring, monitoring
from tests.alerts.oracle import Alert, rings
from tests.alerts.programs import program
from tests.alerts.settled import alert_of, settled
from tests.alerts.standing import Arrivals, Standing
from tests.e2e.service import PARTITIONS, Service, running
from tests.metric_names import exposed, exposition, read

CALENDAR = 18_720.0
"""26 hours of the plan's clock in 5 seconds."""
SCALE = 0.01
DAYS = (date(2023, 2, 26), date(2023, 4, 20), date(2023, 12, 31))
"""A month about to close; a department and a county gone silent; the end."""
JUDGED = (
    "a01.worker_staffing", "a02.visit_rate", "a02.caregiver_training", "a05.reemployment", "a06.guardian_subsidy",
    "a06.psychiatric_follow_up", "a08.activity_carriers", "a08.culture_brands", "a11.village_police", "a15.aid_stations",
)  # fmt: skip
"""Indicators of seven departments, with every kind of pace: judging a whole year of all, day by day as it goes by, would
take minutes. `test_every_indicator.py` has all of them, judged once."""
SILENT, FROM = "culture", date(2023, 2, 15)
VANISHED, COUNTY, SINCE = "health", "370831", date(2023, 3, 1)
"""What is held back of the year, and from when on."""
ZONE = ZoneInfo("Asia/Shanghai")
PATIENCE = 600.0
"""Seconds that a condition may take on a machine that is busy with other things; a few otherwise."""


def _micros(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 20, tzinfo=ZONE).timestamp() * 1_000_000)


def _year() -> Iterator[Dispatch]:
    """The year, without what is held back. Nor with what went to a wrong partition: the worker would send it on with
    today's time, and the stream's clock would stand at the end of the plan."""
    for one in SimulatedYear(SimulatedCity(scale=SCALE)).dispatches():
        if one.partition is not None:
            continue
        if one.topic == SILENT and one.published_at_us > _micros(FROM):
            continue
        held = one.topic == VANISHED and one.published_at_us > _micros(SINCE)
        if held and one.value is not None and COUNTY.encode() in one.value:
            continue
        yield one


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The worker, with nothing counted yet."""
    for name in ("prometheus", "prometheus-alertmanager"):
        program(name)  # skips before anything is started
    with running(tmp_path_factory.mktemp("clickhouse"), JUDGED) as service:
        yield service


def _play(service: Service, year: Iterator[Dispatch], arrivals: Arrivals, until: date) -> None:
    """Publish up to the evening of a day, and wait until all of it is counted and judged."""

    def position(topic: str, partition: int) -> int:
        at = (s.position + 1 for s in service.shards if (s.topic, s.partition) == (topic, partition))
        return next(at, 0)

    limit = _micros(until)
    gate = WindowGate(position, in_process.MESSAGES // 3, in_process.BYTES // 3)
    part = arrivals.noting(takewhile(lambda one: one.published_at_us < limit, year))
    asyncio.run(publish(part, service.address, PARTITIONS, gate=gate))
    service.catch_up()
    last = time.monotonic() + PATIENCE
    counted = (
        "SELECT sum(offset + 1) FROM positions FINAL WHERE generation = (SELECT generation FROM answering)"
    )
    while (judged := service.query("SELECT events, day FROM assessed")) != [
        (service.query(counted)[0][0], until)
    ]:
        service.check()
        assert time.monotonic() < last, f"judged: {judged}"
        time.sleep(0.1)


def test_the_alerts_that_arrive_are_those_that_the_oracle_expects(service: Service, tmp_path: Path) -> None:
    catalogue, regions = service.city.catalogue, service.city.regions
    year, arrivals = _year(), Arrivals(service.city)
    seen_names = set()

    def made(webhook: str) -> dict[str, str]:
        return files(catalogue, regions, AlertAddresses(webhook=webhook, secret=None), Tempo(CALENDAR))

    with monitoring(tmp_path / "seen", [service.metrics_address], made) as seen:
        for day in DAYS:
            _play(service, year, arrivals, day)
            expected = rings(Standing.read(service.query, service.city, arrivals, day), day)
            settled(seen, expected, PATIENCE)
            seen_names |= {alert.name for alert in expected}
        assert Alert("PulseDepartmentSilent", SILENT) in expected
        _told_in_words(seen, service)
        _never_without_cause(seen)
    assert seen_names >= {
        "PulseOverdue",
        "PulseLagging",
        "PulseClosingShort",
        "PulseDepartmentSilent",
        "PulseCountySilent",
    }


def _told_in_words(seen: Monitoring, service: Service) -> None:
    """In sentences without a gap, to the duty officer and to departments."""
    heard = {(one.receiver, alert_of(one.labels)) for one in seen.webhook.told if one.status == "firing"}
    assert {receiver for receiver, _ in heard} >= {"duty", "department-health"}
    for one in seen.webhook.told:
        text = one.annotations["summary"] + one.annotations["description"]
        department = service.city.catalogue.departments[dict(one.labels)["department"]].name.zh
        assert f"责任单位：{department}" in text
        assert not [gap for gap in ("<error", "NaN", "Inf", "{{", "<no value>", "3708") if gap in text], text


CAUSES = {
    "PulseOverdue": "pulse_indicator_status == 9",
    "PulseLagging": "pulse_indicator_status == 8",
    "PulseAtRisk": "pulse_indicator_status == 7",
    "PulseClosingShort": "pulse_indicator_days_left <= 14 and pulse_indicator_shortfall > 0",
    "PulseDepartmentSilent": "pulse_department_silent == 1",
    "PulseCountySilent": "pulse_county_silent == 1",
}


def _never_without_cause(seen: Monitoring) -> None:
    """Also between the halts nothing was told, to anybody, that /metrics had never shown."""
    shown = {
        Alert(name, labels.get("department", ""), labels.get("indicator", ""), labels.get("county", ""))
        for name, cause in CAUSES.items()
        for labels in (result["metric"] for result in seen.query(f"count_over_time(({cause})[10m:500ms])"))
    }
    for one in seen.webhook.told:
        alert = alert_of(one.labels)
        assert (alert._replace(department="") if alert.indicator else alert) in shown, alert


def test_a_worker_shows_what_the_list_of_metrics_says(service: Service) -> None:
    """`tests.metric_names.exposed`, which rules and boards are held against, is what a worker really shows."""
    text = service.metrics()
    assert _families(text) == _families(exposition())
    assert all(labels <= exposed()[name] for name, labels in read(text).items())


def _families(text: str) -> set[str]:
    """All metrics, also those without a series yet; without what the client library adds of itself."""
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    return {name for name in names if not name.endswith("_created")}
