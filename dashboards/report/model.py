"""A report as plain data: everything that its pages and its workbook print, including names and words.

A filing stores exactly this, so it prints the same even after the catalogue, the views or the lights have
changed.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from hashlib import sha256

import msgspec

from dashboards.report.quarter import Quarter, parse

Number = float | None


class Status(msgspec.Struct, frozen=True):
    """A status of a light; a higher `rank` is worse. `color` is #rrggbb."""

    status: str
    rank: int
    zh: str
    symbol: str
    color: str


class Region(msgspec.Struct, frozen=True):
    """The city or a county; `kind` is city, statutory or zone."""

    code: str
    zh: str
    kind: str


class Department(msgspec.Struct, frozen=True):
    """A department that publishes events; `key` is its topic."""

    key: str
    zh: str


class Action(msgspec.Struct, frozen=True):
    """One of the plan's actions."""

    no: int
    zh: str


class Indicator(msgspec.Struct, frozen=True):
    """An indicator as the catalogue described it when the report was made.

    `pieces` is the unit of `behind` and `shortfall`: persons, places, pieces. `finest` is the finest level at which it
    has a value: city, county, town or place.
    """

    id: str
    action: int
    zh: str
    sentence: str
    kind: str
    unit: str
    pieces: str
    formula: str
    decimals: int
    department: str
    department_zh: str
    target_op: str
    tolerance: Number
    due: date | None
    cadence: str
    finest: str


class Figure(msgspec.Struct, frozen=True):
    """One indicator in one region at the end of the reading day, and how it was judged.

    Units are those of the table `lights`: `expected` and `gap` in the value's unit, `behind` and `shortfall`
    in whole persons, places or pieces, `gap_days` in days, `chance` from 0 to 1. `p10` to `p90` are quantiles
    of the value on the due date. `status` is empty if it was not judged. `course` is (day, value, pace):
    weekly from the plan's start to the reading day, or at the end of each month for indicators judged by
    month or quarter.
    """

    indicator: str
    region: str
    numerator: Number = None
    denominator: Number = None
    value: Number = None
    target: Number = None
    expected: Number = None
    gap: Number = None
    gap_days: Number = None
    behind: Number = None
    shortfall: Number = None
    days_left: int | None = None
    chance: Number = None
    p10: Number = None
    p50: Number = None
    p90: Number = None
    no_forecast: str = ""
    direction: str = ""
    status: str = ""
    since: date | None = None
    why: str = ""
    course: tuple[tuple[date, Number, Number], ...] = ()


class Arrival(msgspec.Struct, frozen=True):
    """How promptly a department's records about the quarter arrived from a county (or, with its code, the city).

    `records`: number of records about events in the quarter, each counted at its first message. `after_end`:
    how many of them arrived after the quarter's last day. Half of the records arrived within `p50` hours of
    the event, 90 % within `p90` hours.
    """

    department: str
    region: str
    records: int
    after_end: int
    p50: float
    p90: float
    last: date | None


class Refusals(msgspec.Struct, frozen=True):
    """A department's messages in the quarter, by their append day: received, refused, in conflict."""

    department: str
    received: int
    refused: int
    conflict: int


class Verdict(msgspec.Struct, frozen=True):
    """The result of `pulse verify`, and when it ran (UTC)."""

    at: datetime
    figures: int
    differences: int


class Report(msgspec.Struct, frozen=True, dict=True):
    """The report on a quarter of a plan, for the city and its counties.

    `day` is the reading day: the quarter's last day, or the clock's day while the quarter runs. `as_of` (UTC,
    exclusive) is the end of the data that were read. `catalogue` is a hash of the views' measures, indicators
    and targets.
    """

    plan: str
    plan_zh: str
    start: date
    due: date
    zone: str
    quarter_name: str
    day: date
    as_of: datetime
    generation: str
    catalogue: str
    verdict: Verdict | None
    statuses: tuple[Status, ...]
    regions: tuple[Region, ...]
    """The city first."""
    departments: tuple[Department, ...]
    actions: tuple[Action, ...]
    indicators: tuple[Indicator, ...]
    figures: tuple[Figure, ...]
    arrivals: tuple[Arrival, ...]
    refusals: tuple[Refusals, ...]
    unlit: tuple[tuple[str, str], ...] = ()
    """(indicator, region) pairs that should have a light on that day but have none."""

    @property
    def quarter(self) -> Quarter:
        """The quarter of `quarter_name`."""
        return parse(self.quarter_name)

    @property
    def running(self) -> bool:
        """Whether the quarter was not over yet."""
        return self.day < self.quarter.last

    @property
    def city(self) -> Region:
        """The whole city."""
        return self.regions[0]

    @cached_property
    def status_of(self) -> dict[str, Status]:
        """Status by key."""
        return {each.status: each for each in self.statuses}

    @cached_property
    def figure_of(self) -> dict[tuple[str, str], Figure]:
        """Figure by (indicator, region)."""
        return {(each.indicator, each.region): each for each in self.figures}

    def region(self, code: str) -> Region:
        """A region by its code. Raises KeyError."""
        for region in self.regions:
            if region.code == code:
                return region
        raise KeyError(code)

    def of_action(self, no: int) -> list[Indicator]:
        """An action's indicators, in the plan's order."""
        return [indicator for indicator in self.indicators if indicator.action == no]


class Filing(msgspec.Struct, frozen=True):
    """The number under which a report was filed, and when (UTC). `digest` is the checksum of its content."""

    number: str
    filed_at: datetime
    digest: str


def encode(report: Report) -> bytes:
    """The report as JSON; the same report always gives the same bytes."""
    return msgspec.json.encode(report, order="deterministic")


def decode(content: bytes) -> Report:
    """The report from its JSON. Raises msgspec.DecodeError, or its subclass ValidationError."""
    return msgspec.json.decode(content, type=Report)


def digest(content: bytes) -> str:
    """Checksum of an encoded report: the first twelve hexadecimal digits of its SHA-256."""
    return sha256(content).hexdigest()[:12]
