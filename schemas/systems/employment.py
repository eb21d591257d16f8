"""人力资源和社会保障局: employment (action 5)."""

from __future__ import annotations

from datetime import date

from schemas.event_type import System
from schemas.shapes import Happening, RosterEntry, Shape, Text
from schemas.systems.rules import registered_before

system = System("employment")


@system.event("person-employed", registered_before)
class PersonEmployed(Shape):
    """A person found work. Subject: the person, pseudonymised.

    With `registered_unemployed_on` it is 失业人员再就业; with `hardship` it is 就业困难人员就业.
    """

    registered_unemployed_on: date | None = None
    hardship: bool = False


@system.event("service-campaign")
class ServiceCampaign(Happening):
    """A campaign of the 15项公共就业服务系列活动 was held. Subject: the campaign's code, the same in all counties."""

    name: Text


@system.event("benchmark-agency")
class BenchmarkAgency(RosterEntry):
    """就业服务质量标杆机构 named, or not any more. Subject: the agency."""
