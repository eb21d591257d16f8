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
    """The state of the stream. `assessed_ms` and `events` change whenever there is something new to read."""

    until: datetime
    """The clock: the end of the time that the figures cover, UTC."""
    day: date
    """Its local day."""
    last_event: datetime | None
    events: int
    """Messages counted since the beginning."""
    assessed_ms: int
    """When the lights were last assessed, in ms since the epoch; 0: never. It is written after the lights
    themselves, so lights that are read after it are complete."""

    @property
    def last(self) -> datetime:
        """The last instant before `until`, so that the end of a day is shown as that day, not as the next one."""
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
        """Whether its status needs attention."""
        return self.status_rank >= ATTENTION


class StatusChange(Struct, frozen=True):
    """A row of `light_changes`: on this day the shown status changed from `was` to `status`."""

    day: date
    indicator: str
    region: str
    was: str
    status: str


class DepartmentFeed(Struct, frozen=True, kw_only=True):
    """A row of `departments_now`: what a department sends. Instants are UTC; `lateness_…` is the time from an
    event to its arrival, in hours."""

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
    """All lights at one moment. All viewers see the same snapshot."""

    frame: Frame
    stream: StreamState
    lights: Sequence[Light]
    """In the plan's order, the city before its counties."""
    actions: Sequence[ActionLight]
    changes: Sequence[StatusChange]
    """Changes of the last seven days, the latest first."""
    feeds: Sequence[DepartmentFeed]
    hidden: frozenset[tuple[str, str]] = field(default=frozenset())
    """(indicator, region) whose figures are withheld: small groups of persons on a public board."""
    unlit: Sequence[tuple[str, str]] = ()
    """(indicator, region) that should have a light but have none, so that the board is incomplete."""

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
