"""民政局: the roster of communities, elders, children, social organizations, relief (actions 1–3, 14, 15, 17)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.event_type import System
from schemas.shapes import Attendance, Count, Happening, InForce, Place, RosterEntry, Service, Shape, Text
from schemas.systems.rules import average_at_most_100, subject_is_place, subject_names_list

system = System("civil-affairs")


@system.event("community", subject_is_place)
class Community(RosterEntry):
    """A community or village registered, changed or removed. Subject: its 12-digit code.

    The roster that the plan's "每个社区", "全覆盖" and rates are taken of: 城市社区 urban, 农村社区 rural,
    行政村 village.
    """

    kind: Literal["urban", "rural", "village"]
    name: Text


@system.event("social-organization")
class SocialOrganization(RosterEntry):
    """社区社会组织 registered in a community, or struck off. Subject: the organization."""


@system.event("home-adaptation")
class HomeAdaptation(Service):
    """适老化改造 of an elder's home done. Subject: the household."""


@system.event("care-beds")
class CareBeds(Shape):
    """家庭养老床位 that a provider has in service. Subject: the provider."""

    beds: Count


@system.event("elder-canteen")
class ElderCanteen(Place):
    """助老食堂 open or closed. Subject: the canteen."""


@system.event("elder")
class Elder(RosterEntry):
    """An elder put on or taken off the roster of 特殊困难老年人. Subject: the elder, pseudonymised."""


@system.event("elder-visit")
class ElderVisit(Service):
    """探访: an elder was visited. Subject: the elder, pseudonymised as on the roster."""


@system.event("caregiver-training")
class CaregiverTraining(Attendance):
    """培养培训养老护理员: a session with its attendances. Subject: the session."""


@system.event("child-service")
class ChildService(Service):
    """关爱服务 for a child in difficulty or left behind. Subject: the child, pseudonymised."""


@system.event("community-fund")
class CommunityFund(Happening):
    """社区基金 founded; the event's time is the day of founding. Subject: the fund."""


@system.event("satisfaction-survey", average_at_most_100)
class SatisfactionSurvey(Shape):
    """A residents' survey: the sum of its scores (0–100 each) and the number of answers. Subject: the survey."""

    score_total: Annotated[Decimal, Field(ge=0, le=Decimal(1_000_000_000), decimal_places=1)]
    answers: Annotated[int, Field(ge=1, le=10_000_000)]


@system.event("aid-station")
class AidStation(Place):
    """村(社区)社会救助站(点) open or closed. Subject: the station."""


@system.event("work-list", subject_names_list)
class WorkList(InForce):
    """One of a county's "三张清单" in force. Subject: county code and list, as in 370811:affairs.

    affairs 社区工作事项清单, assessment 社区综合考核评比项目清单, seals 社区印章使用范围清单.
    """

    list: Literal["affairs", "assessment", "seals"]
