"""Every indicator and county on chosen days of a year: a real Prometheus and Alertmanager, a webhook, and the oracle.

The year is counted and judged once, up to October. The table of lights holds each of its days, so that the metrics can show
one day after the other, as the assessing worker would have; the plan's clock runs so fast that a day's hold is seconds.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import takewhile
from math import isclose
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from clickhouse_connect.driver.client import Client
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from pulse.alerts.files import AlertAddresses, files
from pulse.alerts.tempo import Tempo
from pulse.app.city import City, load_city
from pulse.app.settings import load_settings
from pulse.simulate.city import SimulatedCity
from pulse.simulate.targets import scaled
from pulse.simulate.year import SimulatedYear
from sinks.clickhouse.connection import connect
from sinks.light_metrics import LightMetrics, Snapshot, read
from tests.alerts.monitoring import Monitoring, monitoring
from tests.alerts.oracle import Alert, of_lights, rings
from tests.alerts.programs import program
from tests.alerts.settled import alert_of, settled
from tests.alerts.standing import Arrivals, Standing
from tests.dashboards.grafana.october import SCALE, UNTIL, october

CALENDAR = 23_400.0
"""26 hours of the plan's clock in 4 seconds."""
DAYS = (
    date(2023, 1, 4), date(2023, 2, 23), date(2023, 5, 3), date(2023, 7, 9), date(2023, 7, 24), date(2023, 8, 19),
    date(2023, 8, 29), date(2023, 10, 6),
)  # fmt: skip
"""Between them every alert of every indicator rings that rings on any day up to October: so the test finds itself."""
PATIENCE = 300.0
"""Seconds that a day may take on a machine that is busy with other things; some eight otherwise."""
ALL = """
SELECT indicator, region, day, status, value, expected, target, shortfall, days_left, chance FROM light_days
"""
LIGHTS = """
SELECT l.indicator, l.region, l.value, l.target, l.expected, l.chance, l.gap_days, l.behind, l.shortfall, l.days_left,
    s.rank, l.since
FROM light_days AS l INNER JOIN statuses AS s ON l.status = s.status WHERE l.day = {day:Date32}
"""


class Year(NamedTuple):
    """The year up to October: its city, its database, and the oracle's view of it."""

    city: City
    client: Client
    standing: Standing

    @property
    def days(self) -> list[date]:
        """All of it."""
        start = self.city.catalogue.plan.start
        return [start + timedelta(n) for n in range((UNTIL.date() - start).days + 1)]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """The year up to October, judged."""
    for name in ("prometheus", "prometheus-alertmanager"):
        program(name)  # skips before anything is counted
    folder = tmp_path_factory.mktemp("october")
    october(folder)
    simulated, city = SimulatedCity(seed=1, scale=SCALE), load_city(load_settings())
    city = city._replace(catalogue=scaled(city.catalogue, simulated))
    arrivals, limit = Arrivals(city), UNTIL.timestamp() * 1_000_000
    sent = takewhile(lambda one: one.published_at_us < limit, SimulatedYear(simulated).dispatches())
    deque(arrivals.noting(one for one in sent if one.partition is None), maxlen=0)
    with closing(connect(f"chdb://{folder}")) as client:
        standing = Standing.read(lambda sql: client.query(sql).result_rows, city, arrivals, UNTIL.date())
        yield Year(city, client, standing)


def test_the_oracle_and_the_views_say_the_same_of_every_day(year: Year) -> None:
    """Every indicator, region and day: two routes, one light."""
    indicators = {one.id: one for one in year.city.catalogue.indicators}
    lights = year.client.query(ALL).result_rows
    regions = sum(len(year.standing.where(one)) for one in indicators.values())
    assert len(lights) == len(year.days) * regions > 200_000
    for indicator, region, day, status, *numbers in lights:
        light = year.standing.light(indicators[indicator], region, day)
        assert light.status == status, (indicator, region, day)
        for found, expected in zip(light[1:], numbers, strict=True):
            same = found == expected or (
                found is not None and expected is not None and isclose(found, expected, abs_tol=1e-9)
            )
            assert same, (indicator, region, day, light, numbers)


class Worker:
    """A /metrics that shows the collectors' text of one moment, until it is told of another."""

    def __init__(self, city: City) -> None:
        self._registry = CollectorRegistry()
        self._metrics = LightMetrics(self._registry, city.catalogue, city.regions)
        self._zone = ZoneInfo(city.regions.zone)
        self.text = b""

    def show(self, snapshot: Snapshot, day: date) -> None:
        """From now on what stood at the end of a day."""
        self._metrics.show(snapshot)
        self._metrics.looked(datetime.combine(day + timedelta(1), time(), self._zone), datetime.now(UTC))
        self.text = generate_latest(self._registry)

    @contextmanager
    def listening(self) -> Iterator[str]:
        """HOST:PORT"""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", CONTENT_TYPE_LATEST)
                self.end_headers()
                self.wfile.write(outer.text)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def test_on_every_day_exactly_what_the_oracle_expects_is_told(year: Year, tmp_path: Path) -> None:
    city, standing = year.city, year.standing
    worker, rung = Worker(city), set[Alert]()

    def made(webhook: str) -> dict[str, str]:
        return files(
            city.catalogue, city.regions, AlertAddresses(webhook=webhook, secret=None), Tempo(CALENDAR)
        )

    def shown(day: date) -> Snapshot:
        rows = year.client.query(LIGHTS, parameters={"day": day}).result_rows
        return Snapshot([tuple(row) for row in rows], [], [], [])

    worker.show(shown(DAYS[0]), DAYS[0])
    with worker.listening() as address, monitoring(tmp_path / "seen", [address], made) as seen:
        for day in DAYS:
            worker.show(shown(day), day)
            expected = of_lights(standing, day)
            settled(seen, expected, PATIENCE)
            rung |= expected
        # Now, with who is silent: what they would say of their indicators is not told.
        worker.show(read(year.client), UNTIL.date())
        expected = rings(standing, UNTIL.date())
        assert any(alert.name == "PulseDepartmentSilent" for alert in expected)
        settled(seen, expected, PATIENCE)
        _told_in_words(seen, city)
    assert _rules(rung) == {rule for day in year.days for rule in _rules(of_lights(standing, day))}, (
        "choose DAYS anew: some alert that could ring rings on none of them"
    )
    assert len({alert.indicator for alert in rung}) > 30
    assert len({alert.county for alert in rung}) == 1 + len(city.regions.counties)


def _rules(alerts: set[Alert]) -> set[tuple[str, str]]:
    return {(alert.name, alert.indicator) for alert in alerts}


def _told_in_words(seen: Monitoring, city: City) -> None:
    """Each says where, what and whose job."""
    indicators = {one.id: one.name.zh for one in city.catalogue.indicators}
    regions = {one.code: one.zh for one in city.regions.counties} | {
        city.regions.code: f"{city.regions.zh}（全市）"
    }
    for one in seen.webhook.told:
        if one.status != "firing":
            continue  # Alertmanager tells that it is over also of what it had not told while something worse inhibited it
        alert = alert_of(one.labels)
        text = one.annotations["summary"] + one.annotations["description"]
        assert f"责任单位：{city.catalogue.departments[alert.department].name.zh}" in text
        if alert.indicator:
            assert f"】{regions[alert.county]} {indicators[alert.indicator]}：" in text, text
        assert not [gap for gap in ("<error", "NaN", "Inf", "{{", "<no value>", "3708") if gap in text], text
