"""All lights at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from msgspec import Struct

from dashboards.web.model.frame import Frame
from dashboards.web.model.light import ATTENTION, Light


class StreamState(Struct, frozen=True):
    """How far the stream is. `assessed_ms` and `events` move whenever there is something new to read."""

    until: datetime
    """The clock: up to when figures are read, UTC."""
    day: date
    """Its local day."""
    last_event: datetime | None
    events: int
    """Messages counted since the beginning."""
    assessed_ms: int
    """When the lights were last assessed, in ms: written after the lights themselves, so what is read then is whole.
    0: never."""

    @property
    def last(self) -> datetime:
        """The last instant before `until`: the end of a day is that day's, not the next one's."""
        return self.until - timedelta(microseconds=1)


class ActionLight(Struct, frozen=True):
    """A row of `actions_now`: the worst light of an action in a region, and how many indicators it has."""

    action: int
    region: str
    status: str
    status_rank: int
    indicators: int

    @property
    def needs_attention(self) -> bool:
        """Whether its status calls for somebody."""
        return self.status_rank >= ATTENTION


class StatusChange(Struct, frozen=True):
    """A row of `light_changes`: on this day the shown status became another one."""

    day: date
    indicator: str
    region: str
    was: str
    status: str


class DepartmentFeed(Struct, frozen=True, kw_only=True):
    """A row of `departments_now`: what a department sends. Instants are UTC, `lateness_…` hours from the event to its
    arrival."""

    department: str
    last_event: datetime | None
    last_day: date | None
    silent: bool
    silent_days: int | None
    received_7d: int
    usual_7d: float | None
    refused_28d: int
    duplicate_28d: int
    conflict_28d: int
    received_28d: int
    lateness_p50_hours: float | None
    lateness_p90_hours: float | None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All lights at one moment; every viewer sees the same one."""

    frame: Frame
    stream: StreamState
    lights: Sequence[Light]
    """In the plan's order, the city before its counties."""
    actions: Sequence[ActionLight]
    changes: Sequence[StatusChange]
    """Of the last seven days, the latest first."""
    feeds: Sequence[DepartmentFeed]
    hidden: frozenset[tuple[str, str]] = field(default=frozenset())
    """(indicator, region) whose figures are not shown: small groups of persons on a public board."""
    unlit: Sequence[tuple[str, str]] = ()
    """(indicator, region) that should have a light and have none: what is shown is not the whole."""

    @cached_property
    def light(self) -> dict[tuple[str, str], Light]:
        """Lights by (indicator, region)."""
        return {light.key: light for light in self.lights}

    @cached_property
    def by_action(self) -> dict[tuple[int, str], ActionLight]:
        """The lights of actions by (action, region)."""
        return {(each.action, each.region): each for each in self.actions}

    @property
    def city(self) -> str:
        """The city's code."""
        return self.frame.plan.city

    def is_hidden(self, light: Light) -> bool:
        """Whether its figures are withheld."""
        return light.key in self.hidden

    def of_region(self, region: str) -> list[Light]:
        """A region's lights in the plan's order."""
        return [light for light in self.lights if light.region == region]

    def of_action(self, action: int, region: str) -> list[Light]:
        """An action's lights in a region, in the plan's order."""
        return [light for light in self.of_region(region) if light.about.action == action]

    def of_indicator(self, indicator: str) -> list[Light]:
        """An indicator's lights in all regions."""
        return [light for light in self.lights if light.indicator == indicator]
