"""Alertmanager's configuration: who receives which alert, how alerts are grouped, and which are inhibited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.catalogue.model import Catalogue

DUTY, OPERATIONS = "duty", "operations"
"""The duty officer receives every alert; operations receives those about the service itself."""

STATUSES = ("PulseOverdue", "PulseClosingShort", "PulseLagging", "PulseAtRisk")
"""Worst first: each one inhibits those after it for the same indicator and county."""

SILENCE = ("PulseDepartmentSilent", "PulseCountySilent")

AGAIN = "1h"
"""How often an alert of the service is repeated. If an alert ends while it is inhibited, Alertmanager never
reports it as resolved, and if it fires again it is taken as already reported until this time is over
(Alertmanager's issues 226, 2754)."""


def config(
    catalogue: Catalogue, webhook: str, secret: str | None, *, wait: str, interval: str
) -> dict[str, Any]:
    """Routes by department, grouping and inhibition.

    Each receiver is a webhook: `webhook`/duty, `webhook`/operations, `webhook`/departments/KEY. `secret` is a
    file with the bearer token that the gateway expects. `wait` and `interval` (durations as Prometheus writes
    them) gather the alerts of one outage into one message.
    """
    service = f'alertname!~"{"|".join((*STATUSES, *SILENCE))}"'
    names = [DUTY, OPERATIONS, *(f"department-{key}" for key in catalogue.departments)]
    return {
        "route": {
            "receiver": DUTY,
            "group_by": ["alertname", "department"],
            "group_wait": wait,
            "group_interval": interval,
            "repeat_interval": "1d",
            "routes": [
                {
                    "receiver": DUTY,
                    "continue": True,
                    "routes": [
                        {"matchers": ['tier="fast"'], "repeat_interval": AGAIN},
                        {"matchers": ['tier="slow"'], "repeat_interval": "7d"},
                    ],
                },
                {
                    "receiver": OPERATIONS,
                    "continue": True,
                    "matchers": [service],
                    "repeat_interval": "4h",
                    "routes": [{"matchers": ['tier="fast"'], "repeat_interval": AGAIN}],
                },
                *(
                    {
                        "receiver": f"department-{key}",
                        "matchers": [f'department="{key}"'],
                        "repeat_interval": "7d",
                    }
                    for key in catalogue.departments
                ),
            ],
        },
        "receivers": [_receiver(name, webhook, secret) for name in names],
        "inhibit_rules": list(_inhibitions()),
    }


def _receiver(name: str, webhook: str, secret: str | None) -> dict[str, Any]:
    path = name.replace("department-", "departments/", 1)
    hook: dict[str, Any] = {"url": f"{webhook}/{path}", "send_resolved": True}
    if secret is not None:
        hook["http_config"] = {"authorization": {"credentials_file": secret}}
    return {"name": name, "webhook_configs": [hook]}


def _inhibitions() -> Iterator[dict[str, Any]]:
    """Rules that suppress alerts which a worse or more general alert already covers."""
    silenced = "|".join((*STATUSES, "PulseCountySilent"))
    yield _inhibits("PulseDepartmentSilent", silenced, ["department"])
    yield _inhibits("PulseCountySilent", "|".join(STATUSES), ["department", "county"])
    for position, worse in enumerate(STATUSES[:-1], 1):
        yield _inhibits(worse, "|".join(STATUSES[position:]), ["indicator", "county"])
    late = (*STATUSES, *SILENCE, "PulseAssessmentStale", "PulseLag", "PulseStuck")
    yield _inhibits("PulseClickHouseDown", "|".join(late), [])
    yield _inhibits("PulseNoWorker", "|".join((*late, "PulseWorkerDown", "PulseClickHouseDown")), [])
    yield _inhibits("PulseRefusals", "PulseRefusalsAboveNormal", ["department"])
    yield _inhibits("PulseStuck", "PulseLag", ["topic"])


def _inhibits(source: str, targets: str, equal: list[str]) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "source_matchers": [f'alertname="{source}"'],
        "target_matchers": [f'alertname=~"{targets}"'],
    }
    return {**rule, "equal": equal} if equal else rule
