"""农业农村局: beautiful villages (action 1)."""

from __future__ import annotations

from schemas.event_type import Description, Office, System
from schemas.shapes import Happening
from schemas.systems.rules import subject_is_place

system = System("agriculture", Office("农业农村局", "美丽乡村（行动一）"))


@system.event(
    "beautiful-village",
    subject_is_place,
    zh=Description(
        name="市级美丽乡村",
        says="一个村被命名为市级美丽乡村。",
        subject="该村的 12 位区划代码，与 `region` 相同",
        again="再次命名时；一个村一年只计一次；命名被取消的，撤销原记录",
    ),
)
class BeautifulVillage(Happening):
    """市级美丽乡村 named. Subject: the village's code."""
