"""文化和旅游局: culture in communities (action 8)."""

from __future__ import annotations

from schemas.event_type import System
from schemas.shapes import Happening, Place, Text

system = System("culture")


@system.event("activity-carrier")
class ActivityCarrier(Place):
    """活动载体 of a community, running or given up. Subject: the carrier."""


@system.event("culture-brand")
class CultureBrand(Happening):
    """群众文化活动品牌 launched. Subject: the brand."""

    name: Text
