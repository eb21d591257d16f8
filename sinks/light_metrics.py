"""The state of every indicator as Prometheus metrics, read from the same views as boards and `pulse status`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clickhouse_connect.driver.client import Client
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from schemas.catalogue.model import Catalogue
from schemas.regions import Regions

_DEPARTMENTS = """
SELECT d.department AS department, h.silent AS silent, p.last_event AS last_event
FROM departments AS d
LEFT JOIN (SELECT department, silent FROM reporters WHERE county = '') AS h ON d.department = h.department
LEFT JOIN last_events AS p ON d.department = p.department
"""
_COUNTIES = """
SELECT department, county, silent FROM reporters WHERE county IN (SELECT code FROM regions WHERE level = 'county')
"""
_ORPHANS = "SELECT department, kind, events FROM orphan_counts"

GAUGES = {
    "value": "Value in the shown unit",
    "target": "Target of this region, in the unit of the value",
    "expected": "Expected by the pace, in the unit of the value",
    "chance": "Chance that the target is met, 0 to 1",
    "gap_days": "Days of the pace ahead (+) or behind (-)",
    "behind": "Persons, places, pieces short of what is expected",
    "shortfall": "Persons, places, pieces short of the target",
    "days_left": "Whole days until due",
    "status": "Rank of the status shown: 9 overdue, 8 lagging, 7 at risk, 6 silent, 5 no data, 4 recovered late, "
    "3 on track, 2 achieved, 1 monitor, 0 value alone",
    "status_since_timestamp_seconds": "Since when the status has been shown: the beginning of that day in the city",
}
"""The metrics of each light, as `pulse_indicator_…`, with their help texts. A null gives no sample."""
_COLUMNS = {"status": "status_rank", "status_since_timestamp_seconds": "since"}
"""Metric → column of `lights_now`, where their names differ."""
_LIGHTS = (
    f"SELECT indicator, region, {', '.join(_COLUMNS.get(name, name) for name in GAUGES)} FROM lights_now"
)


class Snapshot(NamedTuple):
    """The rows of the views at one moment."""

    lights: list[tuple[Any, ...]]
    departments: list[tuple[Any, ...]]
    counties: list[tuple[Any, ...]]
    orphans: list[tuple[Any, ...]]


def read(client: Client) -> Snapshot:
    """Read everything that the metrics show. Blocks."""
    return Snapshot(
        *(list(client.query(query).result_rows) for query in (_LIGHTS, _DEPARTMENTS, _COUNTIES, _ORPHANS))
    )


class LightMetrics(Collector):
    """Exposes the latest snapshot: at most indicators × (counties + 1) series a metric. Without one, only the names."""

    def __init__(self, registry: CollectorRegistry, catalogue: Catalogue, regions: Regions) -> None:
        self._catalogue, self._regions = catalogue, regions
        self._zone = ZoneInfo(regions.zone)
        self._shown: Snapshot | None = None
        self._as_of: datetime | None = None
        self._assessed: datetime | None = None
        registry.register(self)

    def show(self, snapshot: Snapshot) -> None:
        """Expose this snapshot from now on."""
        self._shown = snapshot

    def looked(self, as_of: datetime, at: datetime) -> None:
        """Record the assessor's last look: `at` is when it looked, `as_of` the clock that the lights are as of."""
        self._as_of, self._assessed = as_of, at

    def forget(self) -> None:
        """Expose no values any more: another worker assesses now."""
        self._shown = self._as_of = self._assessed = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All families, for one scrape."""
        yield from self._lights()
        yield from self._infos()
        for name, text, at in (
            ("pulse_as_of_timestamp_seconds", "The clock that the lights are true at", self._as_of),
            ("pulse_assessed_timestamp_seconds", "When the assessor last looked", self._assessed),
        ):
            family = GaugeMetricFamily(name, text)
            if at is not None:
                family.add_metric([], at.timestamp())
            yield family
        yield from self._reports()
        orphans = GaugeMetricFamily(
            "pulse_orphan_events",
            "Events that stand and count for nobody, by what they would count together with",
            labels=["department", "kind"],
        )
        for department, kind, events in self._shown.orphans if self._shown else ():
            orphans.add_metric([department, kind], float(events))
        yield orphans

    def _lights(self) -> Iterator[GaugeMetricFamily]:
        families = [
            GaugeMetricFamily(f"pulse_indicator_{name}", text, labels=["indicator", "county"])
            for name, text in GAUGES.items()
        ]
        for indicator, county, *numbers, since in self._shown.lights if self._shown else ():
            for family, number in zip(families, [*numbers, self._midnight(since)], strict=True):
                if number is not None:
                    family.add_metric([indicator, county], float(number))
        yield from families

    def _infos(self) -> Iterator[GaugeMetricFamily]:
        shown = self._shown is not None
        indicators = GaugeMetricFamily(
            "pulse_indicator_info",
            "Indicators",
            labels=["indicator", "action", "department", "title", "unit"],
        )
        counties = GaugeMetricFamily(
            "pulse_county_info", "The city and its counties", labels=["county", "name", "kind"]
        )
        departments = GaugeMetricFamily("pulse_department_info", "Departments", labels=["department", "name"])
        for each in self._catalogue.indicators if shown else ():
            indicators.add_metric([each.id, str(each.action), each.department, each.name.zh, each.unit], 1)
        for county in self._regions.counties if shown else ():
            counties.add_metric([county.code, county.zh, county.kind], 1)
        if shown:
            counties.add_metric([self._regions.code, self._regions.zh, "city"], 1)
        for key, department in self._catalogue.departments.items() if shown else ():
            departments.add_metric([key, department.name.zh], 1)
        yield from (indicators, counties, departments)

    def _reports(self) -> Iterator[GaugeMetricFamily]:
        last = GaugeMetricFamily(
            "pulse_department_last_event_timestamp_seconds",
            "When its last event was appended",
            labels=["department"],
        )
        silent = GaugeMetricFamily(
            "pulse_department_silent",
            "1 where a department has not reported for too long",
            labels=["department"],
        )
        away = GaugeMetricFamily(
            "pulse_county_silent",
            "1 where a county that used to report has stopped",
            labels=["department", "county"],
        )
        for department, is_silent, last_event in self._shown.departments if self._shown else ():
            silent.add_metric([department], float(bool(is_silent)))
            if last_event is not None and last_event.year > 1970:
                last.add_metric([department], last_event.replace(tzinfo=UTC).timestamp())
        for department, county, is_silent in self._shown.counties if self._shown else ():
            away.add_metric([department, county], float(bool(is_silent)))
        yield from (last, silent, away)

    def _midnight(self, day: date) -> float:
        return datetime.combine(day, time(), self._zone).timestamp()
