"""The models of a catalogue. `loader` reads them from YAML and lists every fault with file and line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from schemas.catalogue.formula import (
    COUNTIES,
    PERCENT,
    Average,
    Count,
    Coverage,
    Formula,
    Online,
    PerPlace,
    Ratio,
    Reference,
)
from schemas.catalogue.part import Key, Name, Part, PeriodName, Topic

Reducer = Literal["sum", "distinct", "timeline", "condition", "seen"]
Window = PeriodName | Literal["ever"]
_WINDOWS: tuple[PeriodName | None, ...] = ("month", "quarter", "year", None)


class Feed(Part):
    """One event type's contribution to a measure.

    `value` names the data field that is counted (a boolean counts 1 or 0, a decimal is multiplied by
    `scale`); without it each event counts 1. The filter is met if each field of `where` equals its value, or
    one of its values, and each optional field of `given` is present. In a condition each feed is a member:
    the region is that of the member with `home`, and a member with `lapses` ends with its period. A member
    with a `value` is a level (on while the latest value is above 0); one without is on from its first event
    on.

    In a level (a timeline, or a condition's member with a `value`) an event that does not meet the filter
    counts as 0: it may have been rated down, or be of another kind now. Elsewhere such an event does not
    count.
    """

    type: str
    value: str | None = None
    scale: Annotated[int, Field(ge=1)] = 1
    where: dict[str, str | StrictBool | list[str]] = Field(default={})
    given: list[str] = Field(default=[])
    member: str = ""
    home: bool = False
    lapses: PeriodName | None = None


class Measure(Part):
    """An additive integer count by region and day.

    `sum`: the value of each live fact. `distinct`: one for each subject and `period` (for ever, without one),
    at its earliest live fact. `timeline`: the level of each subject, as differences on the days it changes.
    `condition`: one for each subject while all members are on. `seen`: distinct subjects by hour, a set union
    kept in `device_hours`, not in cells.

    With `cohort` a condition counts on the day of the home member's start instead: a case of January that is
    settled in March counts in January. For each cohort and each window the catalogue itself makes one more
    measure (`within`): the part of the cohort that was complete on each day. It counts where home began, from
    the day on which all members are on until the window of home's start is over.
    """

    name: Name
    topic: Topic
    reducer: Reducer
    feeds: Annotated[list[Feed], Field(min_length=1)]
    period: PeriodName | None = None
    cohort: bool = False
    within: Window | None = None
    unit: str = ""
    scale: Annotated[int, Field(ge=1)] = 1
    """Counted units in one shown unit (100: counted in fen, shown in yuan)."""

    @property
    def flow(self) -> bool:
        """Whether it counts what happens, read over a window; else it is a level, read up to a day."""
        return self.reducer in ("sum", "distinct") or self.cohort

    def standing(self, window: PeriodName | None) -> Measure:
        """For a cohort: the measure of what was complete on each day, among the cases that began in that
        day's window."""
        name = Name(zh=f"{self.name.zh}（截至当日）", en=f"{self.name.en}, as of the day")
        return self.model_copy(update={"name": name, "cohort": False, "within": window or "ever"})


def standing(key: str, window: PeriodName | None) -> str:
    """The key of the measure that `Measure.standing` makes. No catalogue can give it to another measure."""
    return f"{key}@{window or 'ever'}"


class Target(Part):
    """A target. The plan's words 不少于 and 达到 are >=, 超过 is >, 全部 and 达到100% are =, 左右 is ~.

    ~ is met within `tolerance` percent of the value, on either side.
    """

    op: Literal[">=", ">", "=", "~"]
    value: Decimal
    tolerance: Annotated[Decimal, Field(gt=0, lt=100)] = Decimal(10)

    def words(self, unit: str, *, reach: bool = True) -> str:
        """The target as people write it: "≥ 26 000 人", "≈ 30 门 (±10 %)". `reach`: include what is in
        brackets."""
        sign = {">=": "≥", "~": "≈"}.get(self.op, self.op)
        amount = f"{self.value:,f}".replace(",", " ")
        return f"{sign} {amount} {unit}" + (f" (±{self.tolerance:f} %)" if reach and self.op == "~" else "")


class Checkpoint(Part):
    """The share of the target that is expected by the end of `date`."""

    date: date
    share: Annotated[Decimal, Field(ge=0, le=1)]


class Pace(Part):
    """What is expected on the way to the target.

    `linear`: in proportion to the days gone from the plan's start to the due date. `checkpoints`: the shares
    given. `period`: all of it in each month, quarter or hour. `always`: all of it at any time. `none`:
    nothing before the due date.
    """

    kind: Literal["linear", "checkpoints", "period", "always", "none"]
    checkpoints: list[Checkpoint] = Field(default=[])
    base: Literal["zero", "start"] | None = None
    """Where the expected values begin: at zero, or at the value on the plan's first day. Default: `start`
    for levels, `zero` for what is counted over a window."""


class Allocation(Part):
    """How a city's target of a count is divided among its counties: `by` a set of the plan's weights, or `numbers`."""

    by: str | None = None
    numbers: dict[str, Annotated[int, Field(ge=0)]] | None = None


class Indicator(Part):
    """One row of the plan.

    `window` is the span over which flows (`Measure.flow`) are read: from the first day of the period that
    holds the reading day, up to that day; without it, from the beginning. Levels are always read up to the
    day. For a cohort the figure is what was complete on the reading day; how many of the same cases are
    complete by now is read beside it. `decimals` is the number of decimals shown.
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
    """once: due on a date. month, quarter, hour: a reading for each, with a target if there is one.
    always: whenever it is read."""
    pace: Pace
    level: Literal["city", "county", "place"] = "place"
    """The finest level at which a value means something."""
    decimals: Annotated[int, Field(ge=0, le=3)] = 0
    note: str = ""
    slack: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    """Overrides the plan's `slack`."""
    chance: Annotated[Decimal, Field(gt=0, lt=1)] | None = None
    """Overrides the plan's `chance`."""
    allocate: Allocation | None = None
    """Without it, counties show a count's value without a target."""
    better: Literal["up", "down"] = "up"
    steady: Annotated[Decimal, Field(ge=0)] = Decimal(5)
    """Percent of change, the last 28 days against the 28 before, within which a monitor is steady."""

    @property
    def action(self) -> int:
        """The number of the plan's action, 1 to 17."""
        return int(self.id[1:3])


class Unit(Part):
    """A unit in English, after 1 and after other figures. Both are empty if English needs no word: 13 个 is
    13."""

    one: str
    many: str


class Department(Part):
    """A department that carries indicators out. Its key is the topic to which it publishes.

    `events` are the event types that it publishes under this plan: without the list, all of its topic's. Each
    of them must feed a measure.
    """

    name: Name
    events: Annotated[list[str], Field(min_length=1)] | None = None
    silent_after: Annotated[int, Field(ge=1)] = 30
    """Days without an event after which it is silent."""


class Action(Part):
    """One of the plan's actions."""

    no: Annotated[int, Field(ge=1, le=99)]
    name: Name


class Plan(Part):
    """The plan as a whole."""

    id: str
    name: Name
    start: date
    due: date
    counties: Literal["statutory", "all"] = "statutory"
    """Which counties "every county" means: the statutory ones, or the functional zones too."""
    settle: Annotated[int, Field(ge=1)] = 2
    """Days in a row that a new status must hold before it is shown. Overdue by the calendar is shown at once."""
    slack: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(5)
    """How far a value may be behind its pace, in percent of the target."""
    chance: Annotated[Decimal, Field(gt=0, lt=1)] = Decimal("0.6")
    """An indicator is at risk if its chance of meeting the target is below this."""
    weights: dict[Key, dict[str, Annotated[Decimal, Field(gt=0)]]] = Field(default={})
    """Named sets of numbers by county, such as residents, for `allocate`."""


class Catalogue(Part):
    """A whole plan: read with `schemas.catalogue.loader.load`."""

    plan: Plan
    departments: dict[Topic, Department]
    actions: list[Action]
    measures: dict[Key, Measure]
    indicators: list[Indicator]
    units: dict[str, Unit] = Field(default={})
    """The English of the units that measures and indicators name. % is % everywhere."""
    passes_over: list[Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*(\.\*)?$")]] = Field(
        default=[]
    )
    """Event types of other plans that are published to this plan's topics and that this release does not
    know: a type, or a prefix such as transport.*. They are passed over and counted apart, and become no
    dead letters. Types that this release knows and the plan does not count are passed over without being
    named."""

    @property
    def counted(self) -> dict[str, Measure]:
        """All measures that are counted: those of the catalogue, and for each cohort its standing measure for
        every window.

        All windows are made, so that a change of the windows of indicators does not change what is counted.
        """
        made = {
            standing(key, window): measure.standing(window)
            for key, measure in self.measures.items()
            if measure.cohort
            for window in _WINDOWS
        }
        return self.measures | made

    def read(self, indicator: Indicator, key: str) -> str:
        """The key of the measure from which an indicator takes a day's figure: for a cohort, its standing
        measure."""
        return standing(key, indicator.window) if self.measures[key].cohort else key

    @property
    def event_types(self) -> frozenset[str]:
        """The event types that count under this plan."""
        return frozenset(feed.type for measure in self.measures.values() for feed in measure.feeds)


__all__ = [
    "COUNTIES",
    "PERCENT",
    "Action",
    "Allocation",
    "Average",
    "Catalogue",
    "Checkpoint",
    "Count",
    "Coverage",
    "Department",
    "Feed",
    "Formula",
    "Indicator",
    "Key",
    "Measure",
    "Name",
    "Online",
    "Pace",
    "Part",
    "PerPlace",
    "PeriodName",
    "Plan",
    "Ratio",
    "Reducer",
    "Reference",
    "Target",
    "Topic",
    "Unit",
]
