"""残联: homes and reading corners (action 4)."""

from __future__ import annotations

from schemas.event_type import Description, Office, System
from schemas.shapes import Place

system = System("disabled-persons", Office("残联", "残疾人之家、“如康书屋”和“如康书角”（行动四）"))


@system.event(
    "rukang-home",
    zh=Description(
        name="“如康家园”残疾人之家",
        says="一处“如康家园”残疾人之家开办（在用）或停办（停用）。",
        subject="该残疾人之家的编号",
        again="停办、重新开办或迁址时",
    ),
)
class RukangHome(Place):
    """ "如康家园"残疾人之家 open or closed. Subject: the home."""


@system.event(
    "rukang-corner",
    zh=Description(
        name="“如康书屋”“如康书角”",
        says="一处“如康书屋”或“如康书角”设立（在用）或撤销（停用）。",
        subject="该书屋或书角的编号",
        again="撤销、恢复或迁址时",
    ),
)
class RukangCorner(Place):
    """ "如康书屋"或"如康书角" open or closed. Subject: the corner."""
