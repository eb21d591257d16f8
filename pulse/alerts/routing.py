"""Alertmanager's configuration: who hears what, how it is gathered, and what need not be said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.catalogue.model import Catalogue

DUTY, OPERATIONS = "duty", "operations"
"""The duty officer hears everything; operations what the service itself needs."""

STATUSES = ("PulseOverdue", "PulseClosingShort", "PulseLagging", "PulseAtRisk")
"""Worse first: the first inhibits those after it, for the same indicator and county."""

SILENCE = ("PulseDepartmentSilent", "PulseCountySilent")

AGAIN = "1h"
"""How often a trouble of the service is said again. What ends while something worse inhibits it is never told to be over,
and Alertmanager takes it for known until then, should it ring again (its issues 226 and 2754)."""


def config(
    catalogue: Catalogue, webhook: str, secret: str | None, *, wait: str, interval: str
) -> dict[str, Any]:
    """Routes by department, grouping and inhibition.

    Each receiver is a webhook: `webhook`/duty, `webhook`/operations, `webhook`/departments/KEY. `secret` is a file
    with the bearer token that the gateway behind it expects. `wait` and `interval` gather an outage into one message.
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
    """What is said already by something worse or more general."""
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
