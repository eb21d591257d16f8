"""科协: popular science (action 10)."""

from __future__ import annotations

from schemas.event_type import Description, Office, System
from schemas.shapes import Happening
from schemas.systems.rules import subject_is_place

system = System("science", Office("科协", "村（社区）科普阵地（行动十）"))


@system.event(
    "science-site",
    subject_is_place,
    zh=Description(
        name="村（社区）科普阵地",
        says="一个村（社区）获支持建设科普馆、户外科普场所等科普阵地。",
        subject="该村（社区）的 12 位区划代码，与 `region` 相同；按村（社区）计，不按项目计",
        again="该村（社区）又获支持时；一村（社区）一年只计一次",
    ),
)
class ScienceSite(Happening):
    """科普阵地 supported in a village or community. Subject: the place's code, not the project."""
