"""住房和城乡建设局: model estates (action 14)."""

from __future__ import annotations

from schemas.event_type import Description, Office, System
from schemas.shapes import Happening

system = System("housing", Office("住房和城乡建设局", "“美好家园”示范小区（行动十四）"))


@system.event(
    "model-estate",
    zh=Description(
        name="“美好家园”示范小区",
        says="一个小区被选树为“美好家园”示范小区。",
        subject="该小区的编号",
        again="再次入选时；一个小区一年只计一次；称号被取消的，撤销原记录",
    ),
)
class ModelEstate(Happening):
    """ "美好家园"示范小区 selected. Subject: the estate."""
