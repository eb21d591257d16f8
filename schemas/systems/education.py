"""教育局: community education (action 7)."""

from __future__ import annotations

from typing import Annotated

from schemas.event_type import Description, Office, System, label
from schemas.shapes import Attendance, Happening, Text

system = System("education", Office("教育局", "社区教育课程和师资培训（行动七）"))


@system.event(
    "course",
    zh=Description(
        name="社区教育优秀课程资源",
        says="一门课程被遴选为社区教育优秀课程资源。",
        subject="该课程的编号",
        again="再次入选时；一门课程一年只计一次；入选被取消的，撤销原记录",
    ),
)
class Course(Happening):
    """社区教育优秀课程资源 selected. Subject: the course."""

    name: Annotated[Text, label("课程名称")]


@system.event(
    "tech-training",
    zh=Description(
        name="老年人智能技术应用师资培训班",
        says="举办了一期老年人智能技术应用师资培训班，有多少人次参加。",
        subject="该期培训班的编号",
        again="每期只发布一条；人次有误的用原编号更正，另发一条会多计一期",
    ),
)
class TechTraining(Attendance):
    """老年人智能技术应用师资培训班 held. Subject: the session."""
