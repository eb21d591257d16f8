"""教育局: community education (action 7)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Attendance, Happening, Text

system = System("education")


@system.event("course")
class Course(Happening):
    """社区教育优秀课程资源 selected. Subject: the course."""

    name: Text


@system.event("tech-training")
class TechTraining(Attendance):
    """老年人智能技术应用师资培训班 held. Subject: the session."""
