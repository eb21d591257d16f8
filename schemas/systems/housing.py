"""住房和城乡建设局: model estates (action 14)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Happening

system = System("housing")


@system.event("model-estate")
class ModelEstate(Happening):
    """ "美好家园"示范小区 selected. Subject: the estate."""
