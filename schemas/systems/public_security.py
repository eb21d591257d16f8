"""公安局: police in communities and villages (action 11)."""

from __future__ import annotations

from typing import Literal

from schemas.event_type import System
from schemas.shapes import Shape

system = System("public-security")


@system.event("police-post")
class PolicePost(Shape):
    """One person's post in one place ("一区一警两辅", "一村一辅警"), manned or not any more.

    Subject: the post; one person may hold two places, as two posts.
    """

    role: Literal["officer", "auxiliary"]
    in_post: bool
