"""The catalogue's words. `loader` reads them from YAML and lists every fault with file and line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PeriodName = Literal["month", "quarter", "year"]
Reducer = Literal["sum", "distinct", "timeline", "condition", "seen"]
Kind = Literal["urban", "rural", "village"]


class Part(BaseModel):
    """Base of all entries: strict, frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(Part):
    """What people read: Chinese first."""

    zh: str
    en: str


class Feed(Part):
    """One event type's contribution to a measure.

    `value` names the data field that is counted (a boolean counts 1 or 0, a decimal is multiplied by
    `scale`); without it each event counts 1. `where` is met if each named field equals the value, or one of
    the values. In a condition each feed is a member: `home` gives the region, and `lapses` ends a member
    with its period. A member with a `value` is a level (on while the latest value is above 0); one without
    is on from its first event on.
    """

    type: str
    value: str | None = None
    scale: Annotated[int, Field(ge=1)] = 1
    where: dict[str, str | bool | int | list[str]] = {}
    member: str = ""
    home: bool = False
    lapses: PeriodName | None = None


class Measure(Part):
    """An additive integer count by region and day.

    `sum`: each live fact its value. `distinct`: one for each subject and `period` (for ever, without one),
    at its earliest live fact. `timeline`: the level of each subject, as differences on the days it changes.
    `condition`: one for each subject while all members are on; with `cohort` it stands on the day of the
    home member's start instead, so that what is settled in March counts for January's case.
    `seen`: distinct subjects by hour, a set union kept in `device_hours`, not in cells.
    """

    name: Name
    topic: str
    reducer: Reducer
    feeds: Annotated[list[Feed], Field(min_length=1)]
    period: PeriodName | None = None
    cohort: bool = False
    unit: str = ""
    scale: Annotated[int, Field(ge=1)] = 1
    """Counted units in one shown unit (100: counted in fen, shown in yuan)."""


# --- Formulas: arithmetic over measures, done in SQL views. Every leaf is a measure's key. ---


class Count(Part):
    """The measure itself; with `of`, its share of a fixed number (documents issued / 3)."""

    kind: Literal["count"]
    measure: str
    of: int | None = None


class Ratio(Part):
    """Two measures read at the same instant; null where the denominator is 0. Shown in percent."""

    kind: Literal["ratio"]
    numerator: str
    denominator: str


class Average(Part):
    """`total` / `count`, in the total's unit: the average of answers, not of counties."""

    kind: Literal["average"]
    total: str
    count: str


class Reference(Part):
    """(`total` / `count`) as percent of `reference`, a level taken at exactly that region, never rolled up."""

    kind: Literal["reference"]
    total: str
    count: str
    reference: str


class Coverage(Part):
    """Places where each named measure's level is at least its number, over all places. Shown in percent.

    Places are those of a `roster` (a timeline measure whose subject is a 12-digit place: only those on the
    roster on that day count), or the catalogue's counties (`counties`).
    """

    kind: Literal["coverage"]
    places: str
    """A roster measure's key, or "counties"."""
    needs: dict[str, Annotated[int, Field(ge=1)]]


class PerPlace(Part):
    """The measure summed over the roster's places, over the number of those places (13 organizations each)."""

    kind: Literal["per_place"]
    places: str
    measure: str


class Online(Part):
    """Registered devices seen in the hour / devices registered; seen but not registered are shown apart."""

    kind: Literal["online"]
    seen: str
    registered: str


Formula = Annotated[
    Count | Ratio | Average | Reference | Coverage | PerPlace | Online, Field(discriminator="kind")
]


class Target(Part):
    """As the plan words it: 不少于 is >=, 超过 is >, 达到 is =, 左右 is ~ (within `tolerance` percent)."""

    op: Literal[">=", ">", "=", "~"]
    value: Decimal
    tolerance: Decimal = Decimal(10)


class Checkpoint(Part):
    """The share of the target that is expected by the end of `date`."""

    date: date
    share: Annotated[Decimal, Field(ge=0, le=1)]


class Pace(Part):
    """What is expected on the way: `linear` from start to due, by `checkpoints`, in each period (`period`),
    at any time (`always`), or nothing before the due date (`none`)."""

    kind: Literal["linear", "checkpoints", "period", "always", "none"]
    checkpoints: list[Checkpoint] = []


class Indicator(Part):
    """One row of the plan.

    `window` is the span that a count is read over, back from the reading day to the period's first day:
    without it, from the beginning (levels). `decimals` is how many are shown.
    """

    id: Annotated[str, Field(pattern=r"^a\d{2}\.[a-z0-9_]+$")]
    name: Name
    sentence: str
    """The plan's own words."""
    kind: Literal["target", "monitor", "milestone"]
    department: str
    unit: str
    formula: Formula
    window: PeriodName | None = None
    target: Target | None = None
    due: date | None = None
    cadence: Literal["once", "always", "hour", "month", "quarter"]
    """once: due on a date; month, quarter: a target or a reading for each; hour: devices."""
    pace: Pace
    level: Literal["city", "county", "place"] = "place"
    """The finest level at which a value means something."""
    decimals: int = 0
    note: str = ""

    @property
    def action(self) -> int:
        """The number of the plan's action, 1 to 17."""
        return int(self.id[1:3])


class Department(Part):
    """Who carries indicators out; its topic is its key."""

    name: Name


class Action(Part):
    """One of the plan's actions."""

    no: int
    name: Name


class Plan(Part):
    """The plan as a whole."""

    id: str
    name: Name
    start: date
    due: date
    counties: Literal["statutory", "all"] = "statutory"
    """Which counties "every county" means: the statutory ones, or the functional zones too."""


class Catalogue(Part):
    """A whole plan: read with `schemas.catalogue.loader.load`."""

    plan: Plan
    departments: dict[str, Department]
    actions: list[Action]
    measures: dict[str, Measure]
    indicators: list[Indicator]
