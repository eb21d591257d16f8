"""Waiting until what rings, what is told and what is expected are the same."""

from __future__ import annotations

import time

from tests.alerts.monitoring import Labels, Monitoring
from tests.alerts.oracle import Alert, told


def alert_of(labels: Labels) -> Alert:
    """What an alert is about."""
    by_name = dict(labels)
    return Alert(
        by_name["alertname"],
        by_name.get("department", ""),
        by_name.get("indicator", ""),
        by_name.get("county", ""),
    )


def settled(seen: Monitoring, expected: set[Alert], patience: float) -> None:
    """Until exactly what is expected rings and is told, to the duty officer and the department, and nothing is about to.

    What comes and goes between two halts need not reach both: each receiver's group is told at moments of its own, a
    `group_interval` apart, and says what rings then.
    """
    wanted, last = told(expected), time.monotonic() + patience
    while True:
        firing, pending = seen.ringing()
        active = {alert_of(labels) for labels in seen.active()}
        heard = {(one.receiver, alert_of(one.labels)) for one in seen.webhook.told if one.status == "firing"}
        arrived = {
            alert for alert in wanted if {("duty", alert), (f"department-{alert.department}", alert)} <= heard
        }
        now = {alert_of(labels) for labels in firing}
        if not pending and now == expected and active == wanted and wanted <= arrived:
            return
        if time.monotonic() > last:
            assert not seen.unhealthy()
            assert (now - expected, expected - now) == (set(), set()), (
                "rings in Prometheus: too much, missing"
            )
            assert (active - wanted, wanted - active) == (set(), set()), "in Alertmanager: too much, missing"
            assert wanted <= arrived, f"not told to both: {wanted - arrived}"
            assert not pending, "still about to ring"
        time.sleep(0.25)
