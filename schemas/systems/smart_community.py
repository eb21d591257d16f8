"""大数据中心: smart communities and their devices (action 16)."""

from __future__ import annotations

from typing import Annotated, Literal

from schemas.event_type import Description, Office, System, label
from schemas.shapes import Heartbeat, Place, RosterEntry, Shape
from schemas.systems.rules import subject_is_place

system = System("smart-community", Office("大数据中心", "智慧社区及其物联网设备（行动十六）"))


@system.event(
    "model-community",
    subject_is_place,
    zh=Description(
        name="智慧社区样板",
        says="一处智慧社区样板建成（在用），或不再作为样板（停用）。",
        subject="该社区的 12 位区划代码，与 `region` 相同",
        again="不再作为样板或恢复时",
    ),
)
class ModelCommunity(Place):
    """智慧社区样板 built, or not any more. Subject: the community's code."""


@system.event(
    "platform",
    subject_is_place,
    zh=Description(
        name="智慧社区综合信息平台部署",
        says="智慧社区综合信息平台在一个社区部署（在用）或撤下（停用）。",
        subject="该社区的 12 位区划代码，与 `region` 相同",
        again="撤下或重新部署时",
    ),
)
class Platform(Place):
    """智慧社区综合信息平台 deployed in a community, or taken out. Subject: the community's code."""


@system.event(
    "rating",
    subject_is_place,
    zh=Description(
        name="智慧社区评级",
        says="一个社区的智慧社区评级，基础型及以上计为智慧社区；往年的评级也要发布，否则往年已建成的会算作新建。",
        subject="该社区的 12 位区划代码，与 `region` 相同",
        again="每次评级各发布一条，降级、取消的也要发布",
    ),
)
class Rating(Shape):
    """A community was rated (基础型 basic and above); years before the plan too. Subject: its code."""

    rating: Annotated[
        Literal["none", "basic", "standard", "advanced"],
        label("评级", none="未达到基础型", basic="基础型", standard="成长型", advanced="标杆型"),
    ]


@system.event(
    "device",
    zh=Description(
        name="物联网设备登记",
        says="一台智能门禁、车辆管理、视频监控等设备登记（列入）或注销（退出）。",
        subject="该设备的编号",
        again="注销、重新登记或移到别的社区时",
    ),
)
class Device(RosterEntry):
    """智能门禁、车辆管理、视频监控: a device registered, or taken out. Subject: the device."""

    kind: Annotated[
        Literal["access", "vehicle", "video", "other"],
        label("类别", access="智能门禁", vehicle="车辆管理", video="视频监控", other="其他"),
    ]


@system.event(
    "heartbeat",
    heartbeat=True,
    zh=Description(
        name="物联网设备心跳",
        says="一台设备发出了信号，这一小时计为在线。",
        subject="该设备的编号，与 `smart-community.device` 一致",
        again="在线时每小时至少一次；离线时不发布",
    ),
)
class DeviceHeartbeat(Heartbeat):
    """A device gave a sign of life. Subject: the device, as registered."""
