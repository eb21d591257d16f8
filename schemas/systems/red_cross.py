"""红十字会: first aid (action 13)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Attendance

system = System("red-cross")


@system.event("first-aid-session")
class FirstAidSession(Attendance):
    """普及防灾减灾和自救互救知识: a session with its attendances. Subject: the session."""
