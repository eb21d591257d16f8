"""公安局: police in communities and villages (action 11)."""

from __future__ import annotations

from typing import Annotated, Literal

from schemas.event_type import Description, Office, System, label
from schemas.shapes import Shape

system = System("public-security", Office("公安局", "社区民警和辅警（行动十一）"))


@system.event(
    "police-post",
    zh=Description(
        name="民警、辅警在岗情况",
        says="一名民警或辅警在一个社区（村）上岗或离岗（“一区一警两辅”“一村一辅警”）；`region` 写到社区（村）（12 位）。",
        subject="该岗位的编号，一人在一处任职为一个岗位，负责两处的为两个岗位",
        again="离岗或重新上岗时",
    ),
)
class PolicePost(Shape):
    """One person's post in one place ("一区一警两辅", "一村一辅警"), manned or not any more.

    Subject: the post; one person may hold two places, as two posts.
    """

    role: Annotated[Literal["officer", "auxiliary"], label("岗位", officer="民警", auxiliary="辅警")]
    in_post: Annotated[bool, label("是否在岗", true="在岗", false="离岗")]
