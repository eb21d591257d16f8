"""What the board knows: rows of the views as plain tuples, and the port that brings them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple, Protocol

from schemas.catalogue.model import Unit
from schemas.conflicts import Conflict
from schemas.orphans import Orphaned


class Light(NamedTuple):
    """A row of `lights_now`: one indicator in one region. `value` to `shortfall` are in the shown unit.

    Without its reasons: they are most of the table's bytes, and a `Course` has them.
    """

    indicator: str
    region: str
    day: date
    value: float | None
    numerator: float | None
    denominator: float | None
    target: float | None
    period: str
    due: date | None
    days_left: int | None
    expected: float | None
    tolerance: float | None
    gap: float | None
    gap_days: float | None
    behind: float | None
    shortfall: float | None
    rate28: float | None
    required_rate: float | None
    chance: float | None
    p10: float | None
    p50: float | None
    p85: float | None
    p90: float | None
    no_forecast: str
    direction: str
    signal: str
    assurance: str
    last_report: date | None
    status: str
    since: date
    position: int
    action: int
    zh: str
    en: str
    sentence: str
    kind: str
    department: str
    department_zh: str
    unit: str
    decimals: int
    formula: str
    cadence: str
    target_op: str
    region_zh: str
    region_en: str
    region_kind: str
    status_rank: int
    status_zh: str
    status_en: str
    status_symbol: str


class ActionLight(NamedTuple):
    """A row of `actions_now`: the worst light of an action in a region, and how many indicators stand how."""

    action: int
    region: str
    status: str
    status_rank: int
    indicators: int


class Status(NamedTuple):
    """A row of `statuses`; a higher rank is worse."""

    status: str
    rank: int
    zh: str
    en: str
    symbol: str
    color: str
    color_dark: str


class Region(NamedTuple):
    """The city or a county. `kind`: city, statutory or zone."""

    code: str
    zh: str
    en: str
    kind: str


class Action(NamedTuple):
    """An action of the plan."""

    action: int
    zh: str
    en: str


class Office(NamedTuple):
    """A department that carries indicators out."""

    department: str
    zh: str
    en: str


class Plan(NamedTuple):
    """The plan as a whole."""

    zh: str
    en: str
    start: date
    due: date
    zone: str
    city: str


class Change(NamedTuple):
    """A row of `light_changes`: on this day the shown status became another one."""

    day: date
    indicator: str
    region: str
    was: str
    status: str


class Department(NamedTuple):
    """A row of `departments_now`. Instants are UTC, `lateness_…` hours from the event to its arrival."""

    department: str
    department_zh: str
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


class Refusal(NamedTuple):
    """Messages refused for one reason: how many stand open, and the latest of them, masked."""

    topic: str
    reason: str
    field: str
    messages: int
    latest: datetime
    place: str
    """Topic, partition and offset of the latest one."""
    expected: str
    hint: str
    payload: str


class Findings(NamedTuple):
    """What departments must mend. On a public board without samples and conflicts: they are about single persons."""

    refusals: Sequence[Refusal]
    orphans: Sequence[Orphaned]
    conflicts: Sequence[Conflict]
    least: int = 0
    """The smallest number of orphans that is shown; what is below is said to be that."""


class Counted(NamedTuple):
    """What an indicator's numerator and denominator count: 人, 个, 户 …"""

    indicator: str
    numerator: str
    denominator: str


class Beat(NamedTuple):
    """The stream's pulse. `lights` and `events` move whenever there is something new to read."""

    until: datetime
    """The clock: up to when figures are read, UTC."""
    day: date
    """Its local day."""
    last_event: datetime | None
    events: int
    """Messages counted since the beginning."""
    lights: int
    """When the lights were last assessed, in ms: written after the lights themselves, so what is read then is whole.
    0: never."""

    @property
    def last(self) -> datetime:
        """The last instant before `until`: the end of a day is that day's, not the next one's."""
        return self.until - timedelta(microseconds=1)


class Day(NamedTuple):
    """One day of one indicator in one region: a row of `light_days`."""

    day: date
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    target: float | None
    expected: float | None
    status: str
    why_zh: str
    why_en: str
    cohort: float | None = None
    """Of a cohort: the value that the cases begun by this day have by now."""


class Ahead(NamedTuple):
    """One day to come: a row of `fan`."""

    day: date
    p10: float | None
    p50: float | None
    p85: float | None
    p90: float | None


class Course(NamedTuple):
    """An indicator's way through the year in one region, and the forecast's fan."""

    indicator: str
    region: str
    days: Sequence[Day]
    ahead: Sequence[Ahead]

    @property
    def of_cohort(self) -> bool:
        """Whether what has become of each day's cases by now is known beside what stood on the day."""
        return any(day.cohort is not None for day in self.days)


@dataclass(frozen=True)
class Frame:
    """What changes only with the catalogue."""

    plan: Plan
    statuses: Sequence[Status]
    regions: Sequence[Region]
    """The city first."""
    actions: Sequence[Action]
    offices: Sequence[Office]
    counted: Sequence[Counted]
    units: Mapping[str, Unit] = field(default_factory=dict)
    """The English of the catalogue's units; one that has none is said as the catalogue has it."""

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
    def office(self) -> dict[str, Office]:
        """Departments by their key."""
        return {office.department: office for office in self.offices}

    @cached_property
    def counts(self) -> dict[str, Counted]:
        """What is counted, by indicator."""
        return {counted.indicator: counted for counted in self.counted}

    @property
    def counties(self) -> Sequence[Region]:
        """All regions but the city."""
        return [region for region in self.regions if region.kind != "city"]


@dataclass(frozen=True)
class Snapshot:
    """All lights at one moment; every viewer sees the same one."""

    frame: Frame
    beat: Beat
    lights: Sequence[Light]
    """In the plan's order, the city before its counties."""
    actions: Sequence[ActionLight]
    changes: Sequence[Change]
    """Of the last seven days, the latest first."""
    departments: Sequence[Department]
    hidden: frozenset[tuple[str, str]] = field(default=frozenset())
    """(indicator, region) whose figures are not shown: small groups of persons on a public board."""
    unlit: Sequence[tuple[str, str]] = ()
    """(indicator, region) that should have a light and have none: what is shown is not the whole."""

    @cached_property
    def light(self) -> dict[tuple[str, str], Light]:
        """Lights by (indicator, region)."""
        return {(light.indicator, light.region): light for light in self.lights}

    @cached_property
    def by_action(self) -> dict[tuple[int, str], ActionLight]:
        """The lights of actions by (action, region)."""
        return {(each.action, each.region): each for each in self.actions}

    @property
    def city(self) -> str:
        """The city's code."""
        return self.frame.plan.city

    def of_region(self, region: str) -> list[Light]:
        """A region's lights in the plan's order."""
        return [light for light in self.lights if light.region == region]

    def of_indicator(self, indicator: str) -> list[Light]:
        """An indicator's lights in all regions."""
        return [light for light in self.lights if light.indicator == indicator]


LAGGING = 7
"""The least rank of a status that calls for somebody: at risk, lagging, overdue."""


def worst_first(lights: Iterable[Light]) -> list[Light]:
    """Worst status first; among equals the one that is the most days behind, then the least likely to arrive."""
    return sorted(
        lights,
        key=lambda light: (
            -light.status_rank,
            light.gap_days if light.gap_days is not None else 0.0,
            light.chance if light.chance is not None else 1.0,
            light.position,
            light.region,
        ),
    )


def heaviest_first(lights: Iterable[Light]) -> list[Light]:
    """Worst status first; among equals the one that most persons, places or pieces are missing from."""
    return sorted(
        lights,
        key=lambda light: (
            -light.status_rank,
            -(light.shortfall or light.behind or 0.0),
            light.position,
            light.region,
        ),
    )


class Source(Protocol):
    """Where the board's facts come from. Blocks; one call at a time. Raises Unavailable where nothing answers."""

    def frame(self) -> Frame:
        """What the catalogue says."""
        ...

    def stir(self) -> object:
        """Something else whenever something was assessed: cheaper still than `beat`."""
        ...

    def beat(self) -> Beat:
        """The stream's pulse."""
        ...

    def lights(self) -> list[Light]:
        """All lights of now."""
        ...

    def unlit(self) -> list[tuple[str, str]]:
        """(indicator, region) of the lights that should be there and are not."""
        ...

    def actions(self) -> list[ActionLight]:
        """The actions' lights of now."""
        ...

    def changes(self, since: date) -> list[Change]:
        """Changes of shown statuses on `since` and later, the latest first."""
        ...

    def departments(self) -> list[Department]:
        """The feeds of the departments."""
        ...

    def course(self, indicator: str, region: str) -> Course:
        """An indicator's way through the year."""
        ...

    def refusals(self) -> list[Refusal]:
        """Open refusals by reason, the most frequent first."""
        ...

    def orphans(self) -> list[Orphaned]:
        """Events that count for nobody."""
        ...

    def conflicts(self) -> list[Conflict]:
        """Records told with two contents, the latest first."""
        ...
