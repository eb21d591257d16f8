"""妇联: parent schools (action 3)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Place

system = System("women-children")


@system.event("parent-school")
class ParentSchool(Place):
    """城乡社区家长学校或家庭教育指导服务站点 open or closed. Subject: the school or station."""
