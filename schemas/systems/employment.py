"""人力资源和社会保障局: employment (action 5)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from schemas.event_type import Description, Office, System, label
from schemas.shapes import Happening, RosterEntry, Shape, Text
from schemas.systems.rules import registered_before

system = System("employment", Office("人力资源和社会保障局", "就业、公共就业服务活动和标杆机构（行动五）"))


@system.event(
    "person-employed",
    registered_before,
    zh=Description(
        name="人员就业",
        says=(
            "一人实现就业，`time` 写就业时刻；填了登记失业日期的计入失业人员再就业，"
            "`hardship` 为 `true` 的计入就业困难人员就业，可以两项都计。"
        ),
        subject="该人的化名编号",
        again="每次就业各发布一条；每项一人一年只计一次",
    ),
)
class PersonEmployed(Shape):
    """A person found work. Subject: the person, pseudonymised.

    With `registered_unemployed_on` it is 失业人员再就业; with `hardship` it is 就业困难人员就业.
    """

    registered_unemployed_on: Annotated[
        date | None, label("登记失业日期，不晚于就业日期；就业前未登记失业的不填")
    ] = None
    hardship: Annotated[bool, label("是否就业困难人员，不填为否", true="是", false="否")] = False


@system.event(
    "service-campaign",
    zh=Description(
        name="公共就业服务系列活动",
        says="举办了 15 项公共就业服务系列活动中的一项。",
        subject="该项活动的编号，各县（市、区）统一",
        again="每次举办各发布一条；同一项全市一年只计一次，计在最先举办的县（市、区）",
    ),
)
class ServiceCampaign(Happening):
    """A campaign of the 15项公共就业服务系列活动 was held. Subject: the campaign's code, the same in all counties."""

    name: Annotated[Text, label("活动名称")]


@system.event(
    "benchmark-agency",
    zh=Description(
        name="就业服务质量标杆机构",
        says="一家机构被评定为就业服务质量标杆机构（列入），或被取消（退出）。",
        subject="该机构的编号",
        again="取消或重新评定时",
    ),
)
class BenchmarkAgency(RosterEntry):
    """就业服务质量标杆机构 named, or not any more. Subject: the agency."""
