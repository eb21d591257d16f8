"""大数据中心: smart communities and their devices (action 16)."""

from __future__ import annotations

from typing import Literal

from schemas.event_type import System
from schemas.shapes import Heartbeat, Place, RosterEntry, Shape
from schemas.systems.rules import subject_is_place

system = System("smart-community")


@system.event("model-community", subject_is_place)
class ModelCommunity(Place):
    """智慧社区样板 built, or not any more. Subject: the community's code."""


@system.event("platform", subject_is_place)
class Platform(Place):
    """智慧社区综合信息平台 deployed in a community, or taken out. Subject: the community's code."""


@system.event("rating", subject_is_place)
class Rating(Shape):
    """A community was rated (基础型 basic and above); years before the plan too. Subject: its code."""

    rating: Literal["none", "basic", "standard", "advanced"]


@system.event("device")
class Device(RosterEntry):
    """智能门禁、车辆管理、视频监控: a device registered, or taken out. Subject: the device."""

    kind: Literal["access", "vehicle", "video", "other"]


@system.event("heartbeat", heartbeat=True)
class DeviceHeartbeat(Heartbeat):
    """A device gave a sign of life. Subject: the device, as registered."""
