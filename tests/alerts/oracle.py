"""Which alerts should ring, worked out in Python from the table of lights and the ledger, by the words of the runbook.

Nothing here reads a rule, a metric or Prometheus.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

from schemas.catalogue.model import Catalogue, Indicator

Query = Callable[..., list[tuple[Any, ...]]]
"""SQL, parameters → rows."""

NAMES = {"overdue": "PulseOverdue", "lagging": "PulseLagging", "at_risk": "PulseAtRisk"}
WORST = ("PulseOverdue", "PulseClosingShort", "PulseLagging", "PulseAtRisk")


class Alert(NamedTuple):
    """An alert of the plan; what it is not about is empty."""

    name: str
    department: str
    indicator: str = ""
    county: str = ""


def rings(query: Query, catalogue: Catalogue, day: date) -> set[Alert]:
    """All that should ring at the end of a day on which nothing moved any more; told or not."""
    found = of_lights(query, catalogue, day)
    for department, about in catalogue.departments.items():
        ((last,),) = query(
            "SELECT max(toDate32(toTimeZone(append_time, {zone:String}))) FROM events "
            "WHERE splitByChar('@', topic)[1] = {topic:String}",
            zone="Asia/Shanghai", topic=department,
        )  # fmt: skip
        since = max(last, catalogue.plan.start - timedelta(1))
        if (day - since).days > about.silent_after:
            found.add(Alert("PulseDepartmentSilent", department))
    for department, county in query("SELECT department, county FROM heard WHERE silent AND county != ''"):
        found.add(Alert("PulseCountySilent", department, county=county))
    return found


def of_lights(query: Query, catalogue: Catalogue, day: date) -> set[Alert]:
    """Those of them that are about indicators."""
    return {
        alert
        for indicator in catalogue.indicators
        if indicator.target is not None
        for alert in _of(query, catalogue, indicator, day)
    }


def told(rings: set[Alert]) -> set[Alert]:
    """Those of them that nothing worse says already."""
    silent = {alert.department for alert in rings if alert.name == "PulseDepartmentSilent"}
    vanished = {(alert.department, alert.county) for alert in rings if alert.name == "PulseCountySilent"}
    worst: dict[tuple[str, str], str] = {}
    for alert in sorted(rings, key=lambda alert: WORST.index(alert.name) if alert.name in WORST else -1):
        if alert.indicator:
            worst.setdefault((alert.indicator, alert.county), alert.name)
    return {
        alert
        for alert in rings
        if alert.name == "PulseDepartmentSilent"
        or (
            alert.department not in silent
            and (
                not alert.indicator
                or (
                    (alert.department, alert.county) not in vanished
                    and worst[alert.indicator, alert.county] == alert.name
                )
            )
        )
    }


def _of(query: Query, catalogue: Catalogue, indicator: Indicator, day: date) -> set[Alert]:
    rows = query(
        "SELECT region, status, days_left, shortfall, chance, value, expected, target FROM light_days "
        "WHERE indicator = {indicator:String} AND day = {day:Date32}",
        indicator=indicator.id, day=day,
    )  # fmt: skip
    found = set()
    for region, status, days_left, shortfall, chance, value, expected, target in rows:
        if status in NAMES:
            found.add(Alert(NAMES[status], indicator.department, indicator.id, region))
        near = {"month": 5, "quarter": 14}.get(indicator.cadence, -1)
        if days_left is None or days_left > near or not shortfall:
            continue
        if chance is not None:
            short = chance < float(indicator.chance or catalogue.plan.chance)
        else:
            slack = float(catalogue.plan.slack if indicator.slack is None else indicator.slack)
            short = None not in (value, expected, target) and value < expected - slack / 100 * target
        if short:
            found.add(Alert("PulseClosingShort", indicator.department, indicator.id, region))
    return found
