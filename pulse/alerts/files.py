"""All files that `pulse alerts` generates: name → text. The same catalogue always gives the same text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from pulse.alerts import indicators, operation, routing, silence
from pulse.alerts.annotations import AlertCity
from pulse.alerts.rule import AlertGroup
from pulse.alerts.tempo import Tempo
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions

ROUTES = "alertmanager.yml"

_NOTE = "# Made by `pulse alerts` from the catalogue: change that, or alerts/*.py, and run it again.\n"


@dataclass(frozen=True)
class AlertAddresses:
    """The addresses that a city chooses for its alerts.

    `runbook`: where people read deploy/RUNBOOK.zh-CN.md. `webhook`: the gateway that forwards alerts to people.
    `secret`: path, as Alertmanager sees it, of the file with the gateway's bearer token; None: no token.
    """

    runbook: str = "deploy/RUNBOOK.zh-CN.md"
    webhook: str = "http://alert-gateway:8080"
    secret: str | None = "/run/secrets/alert_token"


def files(
    catalogue: Catalogue,
    regions: Regions,
    addresses: AlertAddresses | None = None,
    tempo: Tempo | None = None,
) -> dict[str, str]:
    """One rules file per department, two shared ones (rules/silence.yml, rules/service.yml), and Alertmanager's file."""
    where, pace = addresses or AlertAddresses(), tempo or Tempo()
    routes = routing.config(
        catalogue, where.webhook, where.secret, wait=pace.gather(60), interval=pace.interval(300)
    )
    written = {
        f"rules/{name}.yml": _text({"groups": [group.written(where.runbook) for group in groups]})
        for name, groups in rules(catalogue, regions, pace).items()
    }
    return {**written, ROUTES: _text(routes)}


def rules(catalogue: Catalogue, regions: Regions, tempo: Tempo) -> Mapping[str, tuple[AlertGroup, ...]]:
    """Name of a rules file (without folder and suffix) → its groups."""
    city = AlertCity.of(regions, catalogue, tempo.bridge)
    return {
        **{name: (group,) for name, group in indicators.groups(catalogue, city, tempo)},
        "silence": (silence.group(catalogue, city, tempo),),
        "service": operation.groups(city, tempo),
    }


class _Dumper(yaml.SafeDumper):
    """Writes expressions of several lines as literal blocks."""


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _string)


def _text(data: dict[str, Any]) -> str:
    return _NOTE + yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)
