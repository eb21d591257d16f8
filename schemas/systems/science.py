"""科协: popular science (action 10)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Happening
from schemas.systems.rules import subject_is_place

system = System("science")


@system.event("science-site", subject_is_place)
class ScienceSite(Happening):
    """科普阵地 supported in a village or community. Subject: the place's code, not the project."""
