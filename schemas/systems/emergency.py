"""应急管理局: shelters (action 13)."""

from __future__ import annotations

from schemas.event_type import Description, Office, System
from schemas.shapes import RosterEntry

system = System("emergency", Office("应急管理局", "应急避难场所（行动十三）"))


@system.event(
    "shelter-surveyed",
    zh=Description(
        name="应急避难场所调查",
        says="调查登记了一处应急避难场所（列入），或因拆除等原因注销（退出）。",
        subject="该场所的编号",
        again="注销或重新登记时",
    ),
)
class ShelterSurveyed(RosterEntry):
    """应急避难场所 found by the survey, or struck off. Subject: the shelter."""


@system.event(
    "shelter-registered",
    zh=Description(
        name="避难场所信息汇集",
        says="一处避难场所的信息汇入全市应急避难场所数据库（列入），或被移出（退出）。",
        subject="该场所的编号，与 `emergency.shelter-surveyed` 一致",
        again="移出或重新汇入时",
    ),
)
class ShelterRegistered(RosterEntry):
    """避难场所信息 in the register (统一汇集), or out of it. Subject: the shelter."""
