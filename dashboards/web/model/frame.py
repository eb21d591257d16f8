"""Data that change only with the catalogue: the plan, its actions and departments, regions, statuses, units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from msgspec import Struct

from schemas.catalogue.model import Unit


class PlanInfo(Struct, frozen=True):
    """The plan as a whole. `city`: the region code of the whole city."""

    zh: str
    en: str
    start: date
    due: date
    zone: str
    city: str


class Status(Struct, frozen=True):
    """A row of `statuses`; a higher rank is worse."""

    status: str
    rank: int
    zh: str
    en: str
    symbol: str
    color: str
    color_dark: str


class Region(Struct, frozen=True):
    """The city or a county. `kind`: city, statutory or zone."""

    code: str
    zh: str
    en: str
    kind: str


class Action(Struct, frozen=True):
    """An action of the plan."""

    action: int
    zh: str
    en: str


class DepartmentInfo(Struct, frozen=True):
    """A department that is responsible for indicators. `department`: its key, which is its topic."""

    department: str
    zh: str
    en: str


class CountedUnits(Struct, frozen=True):
    """What an indicator's numerator and denominator count: 人, 个, 户 …"""

    indicator: str
    numerator: str
    denominator: str


@dataclass(frozen=True)
class Frame:
    """All data that change only with the catalogue."""

    plan: PlanInfo
    statuses: Sequence[Status]
    regions: Sequence[Region]
    """The city first."""
    actions: Sequence[Action]
    departments: Sequence[DepartmentInfo]
    counted: Sequence[CountedUnits]
    units: Mapping[str, Unit] = field(default_factory=dict)
    """English names of the catalogue's units. A unit without one is shown as in the catalogue."""

    @cached_property
    def status(self) -> dict[str, Status]:
        """Statuses by their key."""
        return {status.status: status for status in self.statuses}

    @cached_property
    def region(self) -> dict[str, Region]:
        """Regions by their code."""
        return {region.code: region for region in self.regions}

    @cached_property
    def action(self) -> dict[int, Action]:
        """Actions by their number."""
        return {action.action: action for action in self.actions}

    @cached_property
    def department(self) -> dict[str, DepartmentInfo]:
        """Departments by their key."""
        return {department.department: department for department in self.departments}

    @cached_property
    def counts(self) -> dict[str, CountedUnits]:
        """What is counted, by indicator."""
        return {counted.indicator: counted for counted in self.counted}

    @property
    def counties(self) -> Sequence[Region]:
        """All regions except the city."""
        return [region for region in self.regions if region.kind != "city"]
