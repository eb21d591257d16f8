"""A light: one indicator in one region on one day, how it stands, and which lights come first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct, field

ATTENTION = 7
"""The least rank of a status that calls for somebody: at risk, lagging, overdue."""


class IndicatorInfo(Struct, frozen=True, kw_only=True):
    """What the catalogue says of an indicator: the same in every region. `position`: its place in the plan."""

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
    """What was counted. `value` is in the shown unit, the others are in what they count."""

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    last_report: date | None = None


class Goal(Struct, frozen=True, kw_only=True):
    """What is aimed at, by when, and how much is still missing: `shortfall` persons, places or pieces.

    `period` is judged (2023-05, 2023Q2, 2023), `due` is its last day, `days_left` are from the light's day to `due`.
    """

    target: float | None = None
    period: str = ""
    due: date | None = None
    days_left: int | None = None
    shortfall: float | None = None


class Pace(Struct, frozen=True, kw_only=True):
    """Where the value should be by now and how far it is from there.

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
    """The chance (0…1) to reach the target when it is due, and quantiles of the value then. `no_forecast`: why there is
    none."""

    chance: float | None = None
    p10: float | None = None
    p50: float | None = None
    p85: float | None = None
    p90: float | None = None
    no_forecast: str = ""


class Trend(Struct, frozen=True, kw_only=True):
    """What the control chart says: where it goes, whether that is unusual, whether the process can reach the target."""

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

    Without its reasons: they are most of the table's bytes, and a `Course` has them.
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
        """(indicator, region): what tells it from all other lights of the day."""
        return self.indicator, self.region

    @property
    def status(self) -> str:
        """The key of the shown status."""
        return self.standing.status

    @property
    def needs_attention(self) -> bool:
        """Whether its status calls for somebody."""
        return self.standing.rank >= ATTENTION


def worst_first(lights: Iterable[Light]) -> list[Light]:
    """Worst status first; among equals the one that is the most days behind, then the least likely to arrive."""

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
    """Worst status first; among equals the one that most persons, places or pieces are missing from."""

    def order(light: Light) -> tuple[int, float, int, str]:
        missing = light.goal.shortfall or light.pace.behind or 0.0
        return -light.standing.rank, -missing, light.about.position, light.region

    return sorted(lights, key=order)
