"""Which alerts of the plan should ring, worked out in Python from how everything stands, by the words of the runbook.

Nothing here reads a rule, a metric, Prometheus or a light: `standing` is a second route of its own.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tests.alerts.standing import Light, Standing

NAMES = {"overdue": "PulseOverdue", "lagging": "PulseLagging", "at_risk": "PulseAtRisk"}
WORST = ("PulseOverdue", "PulseClosingShort", "PulseLagging", "PulseAtRisk")
NEAR = {"month": 5, "quarter": 14}
"""From how many days before its end on a period may be called about to close short."""


class Alert(NamedTuple):
    """An alert of the plan; what it is not about is empty."""

    name: str
    department: str
    indicator: str = ""
    county: str = ""


def rings(city: Standing, day: date) -> set[Alert]:
    """All that should ring at the end of a day on which nothing moved any more; told or not."""
    found, at = of_lights(city, day), (day - city.catalogue.plan.start).days
    for department in city.catalogue.departments:
        if city.silent(department)[at]:
            found.add(Alert("PulseDepartmentSilent", department))
        for county in city.regions.counties:
            if city.silent(department, county.code)[at]:
                found.add(Alert("PulseCountySilent", department, county=county.code))
    return found


def of_lights(city: Standing, day: date) -> set[Alert]:
    """Those of them that are about indicators."""
    found = set()
    for indicator in city.catalogue.indicators:
        least = city.catalogue.plan.chance if indicator.chance is None else indicator.chance
        slack = city.catalogue.plan.slack if indicator.slack is None else indicator.slack
        for region in city.where(indicator) if indicator.target is not None else ():
            light = city.light(indicator, region, day)
            names = {NAMES[light.status]} if light.status in NAMES else set()
            if _closes_short(light, NEAR.get(indicator.cadence), float(least), float(slack)):
                names.add("PulseClosingShort")
            found |= {Alert(name, indicator.department, indicator.id, region) for name in names}
    return found


def _closes_short(light: Light, near: int | None, least: float, slack: float) -> bool:
    """Few days are left, something is missing, and by the forecast, else by the pace, it will be missing at the end."""
    if near is None or light.days_left is None or light.days_left > near or not light.shortfall:
        return False
    if light.chance is not None:
        return light.chance < least
    if light.value is None or light.expected is None or light.target is None:
        return False
    return light.value < light.expected - slack / 100 * light.target


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
