"""残联: homes and reading corners (action 4)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Place

system = System("disabled-persons")


@system.event("rukang-home")
class RukangHome(Place):
    """ "如康家园"残疾人之家 open or closed. Subject: the home."""


@system.event("rukang-corner")
class RukangCorner(Place):
    """ "如康书屋"或"如康书角" open or closed. Subject: the corner."""
