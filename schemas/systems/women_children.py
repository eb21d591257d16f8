"""妇联: parent schools (action 3)."""

from __future__ import annotations

from schemas.event_type import Description, Office, System
from schemas.shapes import Place

system = System("women-children", Office("妇联", "家长学校和家庭教育指导服务站点（行动三）"))


@system.event(
    "parent-school",
    zh=Description(
        name="家长学校（站点）",
        says="一所城乡社区家长学校或家庭教育指导服务站点建成（在用）或停办（停用）；`region` 写到村（社区）（12 位）。",
        subject="该学校或站点的编号",
        again="停办、恢复或迁到别的村（社区）时",
    ),
)
class ParentSchool(Place):
    """城乡社区家长学校或家庭教育指导服务站点 open or closed. Subject: the school or station."""
