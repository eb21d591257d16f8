"""应急管理局: shelters (action 13)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import RosterEntry

system = System("emergency")


@system.event("shelter-surveyed")
class ShelterSurveyed(RosterEntry):
    """应急避难场所 found by the survey, or struck off. Subject: the shelter."""


@system.event("shelter-registered")
class ShelterRegistered(RosterEntry):
    """避难场所信息 in the register (统一汇集), or out of it. Subject: the shelter."""
