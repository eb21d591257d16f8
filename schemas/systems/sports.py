"""体育局: games (action 9)."""

from __future__ import annotations

from schemas.event_type import Description, Office, System
from schemas.shapes import Happening

system = System("sports", Office("体育局", "社区运动会（行动九）"))


@system.event(
    "community-game",
    zh=Description(
        name="社区运动会",
        says="举办了一场社区运动会。",
        subject="该场运动会的编号，一场一个编号",
        again="同一场不再发布；没有办成的，撤销原记录",
    ),
)
class CommunityGame(Happening):
    """社区运动会 held. Subject: the game."""
