"""What a rule and a group of rules are, and how Prometheus reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["critical", "warning", "info"]
"""critical: somebody acts today. warning: this week. info: worth knowing at the next meeting."""

Tier = Literal["fast", "slow"]


@dataclass(frozen=True)
class AlertRule:
    """One alert.

    `hold` is how long the expression must be true before it rings, `keep` how long it rings on after it is no longer
    true: both Prometheus durations. `anchor` is its section of the runbook. Labels are fixed words, never values: an
    alert whose labels changed would be another alert.
    """

    alert: str
    expr: str
    hold: str
    keep: str
    severity: Severity
    tier: Tier
    anchor: str
    summary: str
    description: str
    labels: dict[str, str] = field(default_factory=dict)

    def written(self, runbook: str) -> dict[str, Any]:
        """As Prometheus reads it; `runbook` is the address of the runbook."""
        rule: dict[str, Any] = {"alert": self.alert, "expr": self.expr}
        if self.hold != "0s":
            rule["for"] = self.hold
        rule["keep_firing_for"] = self.keep
        rule["labels"] = {**self.labels, "severity": self.severity, "tier": self.tier}
        rule["annotations"] = {
            "summary": self.summary,
            "description": self.description,
            "runbook_url": f"{runbook}#{self.anchor}",
        }
        return rule


@dataclass(frozen=True)
class AlertGroup:
    """Rules that are evaluated together, one after the other."""

    name: str
    interval: str
    rules: tuple[AlertRule, ...]

    def written(self, runbook: str) -> dict[str, Any]:
        """As Prometheus reads it."""
        return {
            "name": self.name,
            "interval": self.interval,
            "rules": [rule.written(runbook) for rule in self.rules],
        }
