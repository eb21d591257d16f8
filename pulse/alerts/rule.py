"""Alert rules and groups of rules, and their form in Prometheus' files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["critical", "warning", "info"]
"""critical: somebody acts today. warning: this week. info: worth knowing at the next meeting."""

Tier = Literal["fast", "slow"]


@dataclass(frozen=True)
class AlertRule:
    """One alert.

    `hold` is how long the expression must be true before the alert fires, `keep` how long it keeps firing
    once the expression is no longer true; both are Prometheus durations. `anchor` is its section of the
    runbook. Labels are fixed words, never values: if a label changed, it would be another alert.
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
        """The rule as data for Prometheus' file; `runbook` is the address of the runbook."""
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
        """The group as data for Prometheus' file; `runbook` is the address of the runbook."""
        return {
            "name": self.name,
            "interval": self.interval,
            "rules": [rule.written(runbook) for rule in self.rules],
        }
