"""民政局: the roster of communities, elders, children, social organizations, relief (actions 1–3, 14, 15, 17)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.event_type import Description, Office, System, label
from schemas.shapes import Attendance, Count, Happening, InForce, Place, RosterEntry, Service, Shape, Text
from schemas.systems.rules import average_at_most_100, subject_is_place, subject_names_list

system = System(
    "civil-affairs",
    Office(
        "民政局",
        "村（社区）名册、社会组织、养老、儿童关爱、社区基金、满意度、社会救助、减负（行动一至三、十四、十五、十七）",
    ),
)


@system.event(
    "community",
    subject_is_place,
    zh=Description(
        name="村（社区）名册",
        says=(
            "一个社区或行政村设立（列入）或撤销（退出），或更名、改变类别；"
            "方案中“每个社区”“全覆盖”和各项比率都以这份名册为准。"
        ),
        subject="该村（社区）的 12 位区划代码，与 `region` 相同",
        again="更名或改变类别时（`listed` 仍为 `true`），以及撤销时",
    ),
)
class Community(RosterEntry):
    """A community or village registered, changed or removed. Subject: its 12-digit code.

    The roster that the plan's "每个社区", "全覆盖" and rates are taken of: 城市社区 urban, 农村社区 rural,
    行政村 village.
    """

    kind: Annotated[
        Literal["urban", "rural", "village"],
        label("类别", urban="城市社区", rural="农村社区", village="行政村"),
    ]
    name: Annotated[Text, label("村（社区）名称")]


@system.event(
    "social-organization",
    zh=Description(
        name="社区社会组织",
        says=(
            "一个社区社会组织在社区登记（列入）或注销（退出）；`region` 写到社区（12 位），"
            "才能计入城市社区或农村社区的平均数。"
        ),
        subject="该社会组织的编号",
        again="注销、重新登记，或迁到别的社区时",
    ),
)
class SocialOrganization(RosterEntry):
    """社区社会组织 registered in a community, or struck off. Subject: the organization."""


@system.event(
    "home-adaptation",
    zh=Description(
        name="家庭适老化改造",
        says="一户特殊困难老年人家庭完成了适老化改造；`time` 写完成的时刻。",
        subject="该户的化名编号",
        again="该户又完成一次改造时；一户一年只计一次",
    ),
)
class HomeAdaptation(Service):
    """适老化改造 of an elder's home done. Subject: the household."""


@system.event(
    "care-beds",
    zh=Description(
        name="家庭养老床位",
        says="一家服务机构在用的家庭养老床位数。",
        subject="该机构的编号",
        again="床位数变化时，写变化后的总数，不写增减数；全部停用时写 0",
    ),
)
class CareBeds(Shape):
    """家庭养老床位 that a provider has in service. Subject: the provider."""

    beds: Annotated[Count, label("在用床位数（张）")]


@system.event(
    "elder-canteen",
    zh=Description(
        name="助老食堂",
        says="一家助老食堂开办（在用）或停办（停用）。",
        subject="该食堂的编号",
        again="停办、重新开办或迁址时",
    ),
)
class ElderCanteen(Place):
    """助老食堂 open or closed. Subject: the canteen."""


@system.event(
    "elder",
    zh=Description(
        name="特殊困难老年人名册",
        says="一名老年人列入特殊困难老年人名册，或因去世等原因退出；月末在册的人为当月应探访人数。",
        subject="该老年人的化名编号",
        again="退出、重新列入或迁居时；迁居的 `listed` 仍为 `true`，`region` 写新住地",
    ),
)
class Elder(RosterEntry):
    """An elder put on or taken off the roster of 特殊困难老年人. Subject: the elder, pseudonymised."""


@system.event(
    "elder-visit",
    zh=Description(
        name="特殊困难老年人探访",
        says="探访了一名特殊困难老年人；`time` 写探访的时刻。",
        subject="该老年人的化名编号，与 `civil-affairs.elder` 一致",
        again="每次探访各发布一条；一人一月只计一次",
    ),
)
class ElderVisit(Service):
    """探访: an elder was visited. Subject: the elder, pseudonymised as on the roster."""


@system.event(
    "caregiver-training",
    zh=Description(
        name="养老护理员培养培训",
        says="市、县两级民政部门办了一期养老护理员培养培训，有多少人次参加。",
        subject="该期培训的编号",
        again="每期只发布一条；人次有误的用原编号更正，另发一条会累加",
    ),
)
class CaregiverTraining(Attendance):
    """培养培训养老护理员: a session with its attendances. Subject: the session."""


@system.event(
    "child-service",
    zh=Description(
        name="儿童关爱服务",
        says="为一名困境儿童或农村留守儿童提供了监护指导、精神慰藉、政策链接、转介帮扶等关爱服务。",
        subject="该儿童的化名编号",
        again="每次服务各发布一条；一人一月只计一次",
    ),
)
class ChildService(Service):
    """关爱服务 for a child in difficulty or left behind. Subject: the child, pseudonymised."""


@system.event(
    "community-fund",
    zh=Description(
        name="社区基金设立",
        says="设立了一支社区基金；`time` 写设立日期，计入设立的年度。",
        subject="该基金的编号",
        again="同一基金不再发布",
    ),
)
class CommunityFund(Happening):
    """社区基金 founded; the event's time is the day of founding. Subject: the fund."""


@system.event(
    "satisfaction-survey",
    average_at_most_100,
    zh=Description(
        name="社区服务群众满意度调查",
        says="一次群众满意度调查的总分和答卷份数；每份答卷 0 到 100 分，总分不超过 100 × 份数。",
        subject="该次调查的编号",
        again="每次调查只发布一条；补收答卷或数有误的用原编号更正，另发一条会累加",
    ),
)
class SatisfactionSurvey(Shape):
    """A residents' survey: the sum of its scores (0–100 each) and the number of answers. Subject: the survey."""

    score_total: Annotated[
        Decimal,
        Field(ge=0, le=Decimal(1_000_000_000), decimal_places=1),
        label("总分：各份答卷得分之和"),
    ]
    answers: Annotated[int, Field(ge=1, le=10_000_000), label("答卷份数")]


@system.event(
    "aid-station",
    zh=Description(
        name="社会救助站（点）",
        says="一个村（社区）社会救助站（点）设立（在用）或撤销（停用）；`region` 写到村（社区）（12 位）。",
        subject="该站（点）的编号",
        again="撤销、恢复或迁到别的村（社区）时",
    ),
)
class AidStation(Place):
    """村（社区）社会救助站（点） open or closed. Subject: the station."""


@system.event(
    "work-list",
    subject_names_list,
    zh=Description(
        name="“三张清单”制度落实情况",
        says="一个县（市、区）开始实行“三张清单”中的一张，或不再实行；三张各发布一条。",
        subject="县（市、区）的 6 位区划代码加清单代号，如 `370811:affairs`",
        again="停止实行或恢复实行时；清单内容修订不必发布",
    ),
)
class WorkList(InForce):
    """One of a county's "三张清单" in force. Subject: county code and list, as in 370811:affairs.

    affairs 社区工作事项清单, assessment 社区综合考核评比项目清单, seals 社区印章使用范围清单.
    """

    list: Annotated[
        Literal["affairs", "assessment", "seals"],
        label(
            "哪张清单",
            affairs="社区工作事项清单",
            assessment="社区综合考核评比项目清单",
            seals="社区印章使用范围清单",
        ),
    ]
