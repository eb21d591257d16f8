"""农业农村局: beautiful villages (action 1)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Happening
from schemas.systems.rules import subject_is_place

system = System("agriculture")


@system.event("beautiful-village", subject_is_place)
class BeautifulVillage(Happening):
    """市级美丽乡村 named. Subject: the village's code."""
