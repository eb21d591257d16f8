"""卫生健康委: institutions' ratings, psychiatric patients and their guardians (action 6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.event_type import Description, Office, System, label
from schemas.shapes import RosterEntry, Service, Shape

system = System("health", Office("卫生健康委", "基层机构评定，精神障碍患者及其监护人（行动六）"))


@system.event(
    "institution-rating",
    zh=Description(
        name="“优质服务基层行”机构评定",
        says="一家机构“优质服务基层行”的评定结果；往年的评定也要发布，否则往年已达到推荐标准的会算作新增。",
        subject="该机构的编号",
        again="每次评定各发布一条，结果变差的也要发布",
    ),
)
class InstitutionRating(Shape):
    """ "优质服务基层行": an institution was rated; earlier years' ratings too. Subject: the institution."""

    rating: Annotated[
        Literal["none", "basic", "recommended"],
        label("评定结果", none="未达到基本标准", basic="基本标准", recommended="推荐标准"),
    ]


@system.event(
    "guardian-eligible",
    zh=Description(
        name="应享受以奖代补的监护人",
        says=(
            "一名监护人应享受以奖代补（列入），或不再享受（退出）；指纳入社区管理、三级以上、"
            "具有肇事肇祸倾向的严重精神障碍患者的监护人。"
        ),
        subject="该监护人的化名编号",
        again="不再享受、重新享受或迁居时",
    ),
)
class GuardianEligible(RosterEntry):
    """A guardian to whom 以奖代补 is due, or not any more. Subject: the guardian, pseudonymised."""


@system.event(
    "guardian-subsidy",
    zh=Description(
        name="监护人以奖代补发放",
        says="向一名监护人发放了当年的以奖代补；`time` 写发放的时刻，计入发放的年度。",
        subject="该监护人的化名编号，与 `health.guardian-eligible` 一致",
        again="每次发放各发布一条；一人一年只计一次",
    ),
)
class GuardianSubsidy(Shape):
    """监护人以奖代补 paid for the year. Subject: the guardian, pseudonymised."""

    amount_yuan: Annotated[
        Decimal, Field(gt=0, le=Decimal(1_000_000), decimal_places=2), label("发放金额（元）")
    ]


@system.event(
    "patient",
    zh=Description(
        name="精神障碍患者在管名册",
        says="一名精神障碍患者纳入管理（列入），或不再管理（退出）。",
        subject="该患者的化名编号",
        again="退出、重新纳入或迁居时",
    ),
)
class Patient(RosterEntry):
    """A patient taken under management, or out of it. Subject: the patient, pseudonymised."""


@system.event(
    "patient-visit",
    zh=Description(
        name="精神障碍患者上门随访",
        says="上门随访了一名精神障碍患者；`time` 写随访的时刻。",
        subject="该患者的化名编号，与 `health.patient` 一致",
        again="每次随访各发布一条；一人一季度只计一次",
    ),
)
class PatientVisit(Service):
    """上门随访服务. Subject: the patient, pseudonymised as on the roster."""
