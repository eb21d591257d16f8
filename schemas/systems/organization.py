"""组织部: community workers, their posts and pay, grids, committees (action 1)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Count, Happening, InForce, RosterEntry, Service, Shape, Text, Yuan
from schemas.systems.rules import subject_is_county, subject_is_place, subject_is_region

system = System("organization")


@system.event("worker")
class Worker(RosterEntry):
    """社区工作者 in post, or not any more. Subject: the worker. Feeds "达到应配备总量的90%"."""


@system.event("establishment")
class Establishment(Shape):
    """应配备数: how many workers a unit should have. Subject: the unit."""

    posts: Count


@system.event("pay-report")
class PayReport(Shape):
    """A unit's pay of its community workers, as a year's sum, and their number. Subject: the unit."""

    total_yuan: Yuan
    heads: Count


@system.event("reference-wage", subject_is_region)
class ReferenceWage(Shape):
    """上年度当地全口径城镇单位就业人员平均工资, yuan a year. Subject: the region's code."""

    yuan: Yuan


@system.event("post-grade-pay", subject_is_county)
class PostGradePay(InForce):
    """ "3岗18级"薪酬待遇 in force in a county. Subject: the county's code."""


@system.event("grid-post", subject_is_place)
class GridPost(InForce):
    """ "定岗网格"制度 in force in a community. Subject: the community's code."""


@system.event("grid-member-eligible")
class GridMemberEligible(RosterEntry):
    """A full-time grid member who meets the conditions (符合条件的专职网格员). Subject: the member."""


@system.event("grid-member-included")
class GridMemberIncluded(RosterEntry):
    """A grid member taken into the management of community workers (纳入社区工作者管理). Subject: the member."""


@system.event("vacancy-arisen")
class VacancyArisen(Service):
    """A seat of a community's two committees fell vacant. Subject: the seat."""


@system.event("vacancy-filled")
class VacancyFilled(Service):
    """A vacant seat was filled (及时补选社区"两委"成员). Subject: the seat."""


@system.event("document")
class Document(Happening):
    """One of the documents that the plan asks for was issued. Subject: the document's code."""

    name: Text
