"""体育局: games (action 9)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Happening

system = System("sports")


@system.event("community-game")
class CommunityGame(Happening):
    """社区运动会 held. Subject: the game."""
