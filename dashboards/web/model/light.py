"""A light: the state of one indicator in one region on one day; and the order of lights."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct, field

ATTENTION = 7
"""The least rank of a status that needs attention: at risk, lagging, overdue."""


class IndicatorInfo(Struct, frozen=True, kw_only=True):
    """What the catalogue says about an indicator; the same in every region. `position`: its place in the plan."""

    position: int
    action: int
    zh: str
    en: str
    sentence: str
    kind: str
    department: str
    unit: str
    decimals: int
    formula: str
    cadence: str
    target_op: str


class RegionName(Struct, frozen=True, kw_only=True):
    """The region's name in both languages."""

    zh: str = field(name="region_zh")
    en: str = field(name="region_en")


class Figure(Struct, frozen=True, kw_only=True):
    """What was counted. `value` is in the shown unit; numerator and denominator are in the units that they count."""

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    last_report: date | None = None


class Goal(Struct, frozen=True, kw_only=True):
    """The target, its date, and `shortfall`: how many persons, places or pieces are still missing.

    `period` is the judged period (2023-05, 2023Q2, 2023), `due` its last day, and `days_left` the days from
    the light's day to `due`.
    """

    target: float | None = None
    period: str = ""
    due: date | None = None
    days_left: int | None = None
    shortfall: float | None = None


class Pace(Struct, frozen=True, kw_only=True):
    """Where the value should be by now, and how far it is from that.

    `expected`, `tolerance` and `gap` are in the shown unit, `gap_days` in days (positive: ahead), `behind` in persons,
    places or pieces, the rates in units a day.
    """

    expected: float | None = None
    tolerance: float | None = None
    gap: float | None = None
    gap_days: float | None = None
    behind: float | None = None
    rate28: float | None = None
    required_rate: float | None = None


class Forecast(Struct, frozen=True, kw_only=True):
    """The chance (0…1) of reaching the target by the due date, and quantiles of the value on that date.

    `no_forecast`: the reason if there is no forecast.
    """

    chance: float | None = None
    p10: float | None = None
    p50: float | None = None
    p85: float | None = None
    p90: float | None = None
    no_forecast: str = ""


class Trend(Struct, frozen=True, kw_only=True):
    """The control chart's result: the direction, an unusual signal, and whether the process can reach the target."""

    direction: str = ""
    signal: str = ""
    assurance: str = ""


class Standing(Struct, frozen=True, kw_only=True):
    """The judgement: the shown status, its rank (a higher one is worse), and the day since which it is shown."""

    status: str
    rank: int = field(name="status_rank")
    since: date


class Light(Struct, frozen=True, kw_only=True):
    """A row of `lights_now`: one indicator in one region.

    It lacks the reasons, which are most of the table's bytes; a `Course` has them.
    """

    indicator: str
    region: str
    day: date
    about: IndicatorInfo
    region_name: RegionName
    figure: Figure
    goal: Goal
    pace: Pace
    forecast: Forecast
    trend: Trend
    standing: Standing

    @property
    def key(self) -> tuple[str, str]:
        """(indicator, region): identifies the light among those of its day."""
        return self.indicator, self.region

    @property
    def status(self) -> str:
        """The key of the shown status."""
        return self.standing.status

    @property
    def needs_attention(self) -> bool:
        """Whether its status needs attention."""
        return self.standing.rank >= ATTENTION


def worst_first(lights: Iterable[Light]) -> list[Light]:
    """Worst status first; then the most days behind; then the lowest chance."""

    def order(light: Light) -> tuple[int, float, float, int, str]:
        gap_days, chance = light.pace.gap_days, light.forecast.chance
        return (
            -light.standing.rank,
            gap_days if gap_days is not None else 0.0,
            chance if chance is not None else 1.0,
            light.about.position,
            light.region,
        )

    return sorted(lights, key=order)


def heaviest_first(lights: Iterable[Light]) -> list[Light]:
    """Worst status first; then the greatest number of missing persons, places or pieces."""

    def order(light: Light) -> tuple[int, float, int, str]:
        missing = light.goal.shortfall or light.pace.behind or 0.0
        return -light.standing.rank, -missing, light.about.position, light.region

    return sorted(lights, key=order)
