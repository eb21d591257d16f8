"""组织部: community workers, their posts and pay, grids, committees (action 1)."""

from __future__ import annotations

from typing import Annotated

from schemas.event_type import Description, Office, System, label
from schemas.shapes import Count, Happening, InForce, RosterEntry, Service, Shape, Text, Yuan
from schemas.systems.rules import subject_is_county, subject_is_place, subject_is_region

system = System(
    "organization",
    Office(
        "组织部",
        "社区工作者的配备、薪酬和网格，社区“两委”补选，制度文件（行动一）",
    ),
)


@system.event(
    "worker",
    zh=Description(
        name="社区工作者在岗情况",
        says="一名社区工作者上岗（列入）或离岗（退出）；方案要求在岗人数年底前达到应配备总量的90%。",
        subject="该社区工作者的化名编号，离岗后重新上岗仍用原编号",
        again="离岗、重新上岗，或调到别的社区时",
    ),
)
class Worker(RosterEntry):
    """社区工作者 in post, or not any more. Subject: the worker. Feeds "达到应配备总量的90%"."""


@system.event(
    "establishment",
    zh=Description(
        name="社区工作者应配备数",
        says="一个单位应配备多少名社区工作者。",
        subject="该单位的编号",
        again="应配备数调整时，写调整后的总数；单位撤销时写 0",
    ),
)
class Establishment(Shape):
    """应配备数: how many workers a unit should have. Subject: the unit."""

    posts: Annotated[Count, label("应配备人数")]


@system.event(
    "pay-report",
    zh=Description(
        name="社区工作者薪酬",
        says="一个单位社区工作者的年薪酬总额和领取薪酬的人数，用来计算按人数加权的年平均薪酬。",
        subject="该单位的编号",
        again="总额或人数变化时，两项都写变化后的数，后一次取代前一次；单位撤销时都写 0",
    ),
)
class PayReport(Shape):
    """A unit's pay of its community workers, as a year's sum, and their number. Subject: the unit."""

    total_yuan: Annotated[Yuan, label("年薪酬总额（元）")]
    heads: Annotated[Count, label("领取薪酬的人数")]


@system.event(
    "reference-wage",
    subject_is_region,
    zh=Description(
        name="上年度当地平均工资",
        says="一个地区上年度全口径城镇单位就业人员平均工资，社区工作者薪酬以它为标准；全市的数单独发布，不由各县汇总。",
        subject="该地区的区划代码，与 `region` 相同",
        again="公布新一年度的平均工资时",
    ),
)
class ReferenceWage(Shape):
    """上年度当地全口径城镇单位就业人员平均工资, yuan a year. Subject: the region's code."""

    yuan: Annotated[Yuan, label("年平均工资（元）")]


@system.event(
    "post-grade-pay",
    subject_is_county,
    zh=Description(
        name="“3岗18级”薪酬待遇落实情况",
        says="一个县（市、区）开始实行“3岗18级”薪酬待遇，或不再实行。",
        subject="该县（市、区）的 6 位区划代码，与 `region` 相同",
        again="停止实行或恢复实行时",
    ),
)
class PostGradePay(InForce):
    """ "3岗18级"薪酬待遇 in force in a county. Subject: the county's code."""


@system.event(
    "grid-post",
    subject_is_place,
    zh=Description(
        name="“定岗网格”制度落实情况",
        says="一个社区开始实行社区工作者“定岗网格”制度，或不再实行。",
        subject="该社区的 12 位区划代码，与 `region` 相同",
        again="停止实行或恢复实行时",
    ),
)
class GridPost(InForce):
    """ "定岗网格"制度 in force in a community. Subject: the community's code."""


@system.event(
    "grid-member-eligible",
    zh=Description(
        name="符合条件的专职网格员",
        says="一名专职网格员符合纳入社区工作者管理的条件（列入），或不再符合（退出）。",
        subject="该网格员的化名编号",
        again="不再符合、重新符合，或调到别的社区时",
    ),
)
class GridMemberEligible(RosterEntry):
    """A full-time grid member who meets the conditions (符合条件的专职网格员). Subject: the member."""


@system.event(
    "grid-member-included",
    zh=Description(
        name="专职网格员纳入管理情况",
        says="一名专职网格员经考试或考核纳入社区工作者管理（列入），或不再纳入（退出）。",
        subject="该网格员的化名编号，与 `organization.grid-member-eligible` 一致",
        again="不再纳入或重新纳入时",
    ),
)
class GridMemberIncluded(RosterEntry):
    """A grid member taken into the management of community workers (纳入社区工作者管理). Subject: the member."""


@system.event(
    "vacancy-arisen",
    zh=Description(
        name="社区“两委”成员缺额",
        says="社区“两委”出现一个成员缺额；`time` 写出缺的时刻。",
        subject="该缺额的编号，一次缺额一个编号",
        again="同一缺额不再发布；同一职位以后再次出缺，用新的缺额编号",
    ),
)
class VacancyArisen(Service):
    """A seat of a community's two committees fell vacant. Subject: the seat."""


@system.event(
    "vacancy-filled",
    zh=Description(
        name="社区“两委”成员补选",
        says="一个缺额已经补选；不论何时补选，都记在缺额出现的时候。",
        subject="该缺额的编号，与 `organization.vacancy-arisen` 一致",
        again="同一缺额不再发布；补选无效的，撤销原记录",
    ),
)
class VacancyFilled(Service):
    """A vacant seat was filled (及时补选社区"两委"成员). Subject: the seat."""


@system.event(
    "document",
    zh=Description(
        name="制度文件制发",
        says="制发了方案要求的一份文件：城市社区工作队伍建设若干措施、《社区工作者监督考核办法》或美丽乡村建设标准。",
        subject="该文件的编号，全市统一",
        again="同一文件不再发布；修订不另计",
    ),
)
class Document(Happening):
    """One of the documents that the plan asks for was issued. Subject: the document's code."""

    name: Annotated[Text, label("文件名称")]
