"""司法局: disputes, legal advisers, model villages (actions 11, 12)."""

from __future__ import annotations

from schemas.event_type import Description, Office, System
from schemas.shapes import RosterEntry, Service
from schemas.systems.rules import subject_is_place

system = System(
    "justice", Office("司法局", "矛盾纠纷调处、法律顾问、民主法治示范村（社区）（行动十一、十二）")
)


@system.event(
    "dispute-accepted",
    zh=Description(
        name="矛盾纠纷受理",
        says="人民调解委员会受理了一件矛盾纠纷。",
        subject="该纠纷的编号",
        again="同一件不再发布",
    ),
)
class DisputeAccepted(Service):
    """A dispute was taken up by a mediation committee. Subject: the dispute."""


@system.event(
    "dispute-settled",
    zh=Description(
        name="矛盾纠纷化解",
        says="一件已受理的矛盾纠纷化解了；不论何时化解，都记在受理的时候。",
        subject="该纠纷的编号，与 `justice.dispute-accepted` 一致",
        again="同一件不再发布；没有真正化解的，撤销原记录",
    ),
)
class DisputeSettled(Service):
    """A dispute was settled (矛盾不上交). Subject: the dispute."""


@system.event(
    "adviser-service",
    subject_is_place,
    zh=Description(
        name="村（居）法律顾问服务",
        says="村（居）法律顾问为一个村（社区）提供了法律意见或法律咨询。",
        subject="该村（社区）的 12 位区划代码，与 `region` 相同",
        again="每次服务各发布一条；一村（社区）一季度只计一次",
    ),
)
class AdviserService(Service):
    """村（居）法律顾问 gave advice in a village or community. Subject: the place's code."""


@system.event(
    "model-village",
    subject_is_place,
    zh=Description(
        name="民主法治示范村（社区）",
        says="一个村（社区）被命名为民主法治示范村（社区）（列入），或被取消（退出）。",
        subject="该村（社区）的 12 位区划代码，与 `region` 相同",
        again="取消或重新命名时",
    ),
)
class ModelVillage(RosterEntry):
    """民主法治示范村（社区） named, or not any more. Subject: the place's code."""
