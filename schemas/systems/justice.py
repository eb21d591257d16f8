"""司法局: disputes, legal advisers, model villages (actions 11, 12)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import RosterEntry, Service
from schemas.systems.rules import subject_is_place

system = System("justice")


@system.event("dispute-accepted")
class DisputeAccepted(Service):
    """A dispute was taken up by a mediation committee. Subject: the dispute."""


@system.event("dispute-settled")
class DisputeSettled(Service):
    """A dispute was settled (矛盾不上交). Subject: the dispute."""


@system.event("adviser-service", subject_is_place)
class AdviserService(Service):
    """村(居)法律顾问 gave advice in a village or community. Subject: the place's code."""


@system.event("model-village", subject_is_place)
class ModelVillage(RosterEntry):
    """民主法治示范村(社区) named, or not any more. Subject: the place's code."""
