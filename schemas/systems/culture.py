"""文化和旅游局: culture in communities (action 8)."""

from __future__ import annotations

from typing import Annotated

from schemas.event_type import Description, Office, System, label
from schemas.shapes import Happening, Place, Text

system = System("culture", Office("文化和旅游局", "社区活动载体和群众文化活动品牌（行动八）"))


@system.event(
    "activity-carrier",
    zh=Description(
        name="社区活动载体",
        says="一个社区活动载体开展起来（在用）或不再开展（停用）；`region` 写到社区（12 位）。",
        subject="该活动载体的编号",
        again="停止、恢复或改由别的社区开展时",
    ),
)
class ActivityCarrier(Place):
    """活动载体 of a community, running or given up. Subject: the carrier."""


@system.event(
    "culture-brand",
    zh=Description(
        name="群众文化活动品牌",
        says="推出了一个群众文化活动品牌。",
        subject="该品牌的编号",
        again="同一品牌不再发布；品牌只在推出时计一次",
    ),
)
class CultureBrand(Happening):
    """群众文化活动品牌 launched. Subject: the brand."""

    name: Annotated[Text, label("品牌名称")]
