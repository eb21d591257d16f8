"""红十字会: first aid (action 13)."""

from __future__ import annotations

from schemas.event_type import Description, Office, System
from schemas.shapes import Attendance

system = System("red-cross", Office("红十字会", "应急救护知识普及（行动十三）"))


@system.event(
    "first-aid-session",
    zh=Description(
        name="防灾减灾和自救互救知识普及",
        says="办了一场防灾减灾和自救互救知识普及活动，有多少人次参加。",
        subject="该场活动的编号",
        again="每场只发布一条；人次有误的用原编号更正，另发一条会累加",
    ),
)
class FirstAidSession(Attendance):
    """普及防灾减灾和自救互救知识: a session with its attendances. Subject: the session."""
