"""Reading indicators from the views: what commands and boards show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from sinks.clickhouse.light_columns import COLUMNS

_NOW = """
SELECT i.indicator AS indicator, i.action AS action, i.zh AS zh, i.en AS en, i.kind AS kind, i.unit AS unit,
       i.formula AS formula, i.decimals AS decimals, i.department_zh AS department_zh, i.target_op AS target_op,
       if(n.level = 'city' OR i.formula != 'count', i.target, NULL) AS target, i.tolerance AS tolerance,
       i.due AS due, i.cadence AS cadence, i.level AS finest,
       n.numerator AS numerator, n.denominator AS denominator, n.value AS value, n.cohort AS cohort
FROM {view} AS n INNER JOIN indicators AS i ON n.indicator = i.indicator
WHERE n.region = {{region:String}}
ORDER BY i.position
"""


_UNLIT = """
SELECT i.indicator FROM meant AS m INNER JOIN indicators AS i ON m.indicator = i.indicator
WHERE has(splitByChar(',', m.regions), {region:String})
    AND i.indicator NOT IN (SELECT indicator FROM light_days WHERE region = {region:String} AND day = {day:String})
ORDER BY i.position
"""
_BEGUN = """
SELECT uniqExact(indicator) FROM lights WHERE generation = (SELECT generation FROM answering) AND day = {day:String}
"""
_ASSESSED = """
SELECT a.events AS events, p.events AS counted, a.until AS until, a.day AS day
FROM assessed AS a CROSS JOIN
(
    SELECT sum(offset + 1) AS events FROM positions FINAL WHERE generation = (SELECT generation FROM answering)
) AS p
"""


class Light(NamedTuple):
    """An indicator's light on a day: columns of the table `lights` (described in `light_columns.LIGHTS`) and
    of the view `statuses`, for the status shown."""

    status: str
    rank: int
    status_zh: str
    status_en: str
    symbol: str
    color: str
    since: date
    raw: str
    rule: str
    period: str
    period_due: date | None
    days_left: int | None
    expected: float | None
    allowed: float | None
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
    why_zh: str
    why_en: str


_FROM_STATUSES = {
    "rank": "rank", "status_zh": "zh", "status_en": "en", "symbol": "symbol", "color": "color",
}  # fmt: skip
_RENAMED = {"period_due": "due", "allowed": "tolerance"}
"""Field → column of `lights`, where the column's name means something else for the indicator itself."""


def _source(field: str) -> str:
    if field in _FROM_STATUSES:
        return f"s.{_FROM_STATUSES[field]}"
    return f"l.{COLUMNS[_RENAMED.get(field, field)].name}"


_LIGHT = ", ".join(f"{_source(field)} AS {field}" for field in Light._fields)
_LIT = f"""
SELECT i.indicator AS indicator, i.action AS action, i.zh AS zh, i.en AS en, i.kind AS kind, i.unit AS unit,
       i.formula AS formula, i.decimals AS decimals, i.department_zh AS department_zh, i.target_op AS target_op,
       l.target AS target, i.tolerance AS tolerance, i.due AS due, i.cadence AS cadence, i.level AS finest,
       l.numerator AS numerator, l.denominator AS denominator, l.value AS value, l.cohort AS cohort,
       {_LIGHT}
FROM light_days AS l
INNER JOIN indicators AS i ON l.indicator = i.indicator
INNER JOIN statuses AS s ON l.status = s.status
WHERE l.region = {{region:String}} AND l.day = {{day:String}}
ORDER BY i.position
"""


class Assessed(NamedTuple):
    """How far the assessment is: the clock that the lights are as of (UTC), its local day, and how many
    counted events it has not seen."""

    until: datetime
    day: date
    missing: int


class Figure(NamedTuple):
    """One indicator in one region. `value`, `numerator` and `denominator` are in the shown unit.

    The target of a count belongs to the whole city. A county has a target of its own only where the catalogue
    allocates one.
    """

    indicator: str
    action: int
    zh: str
    en: str
    kind: str
    unit: str
    formula: str
    decimals: int
    department_zh: str
    target_op: str
    target: float | None
    tolerance: float | None
    """Percent of the target within which a target of about so many (~) is met."""
    due: date | None
    cadence: str
    finest: str
    numerator: float | None
    denominator: float | None
    value: float | None
    cohort: float | None = None
    """For a cohort: the value, as known by now, of the cases that began by that day; `value` is as known on the day."""
    light: Light | None = None
    """None below the counties, and where nothing was assessed yet."""

    @property
    def percent(self) -> float | None:
        """The value in percent of the target; None without a target or a value."""
        if self.target is None or self.value is None or not self.target:
            return None
        return 100 * self.value / self.target


def figures(client: Client, region: str, day: date | None = None) -> list[Figure]:
    """All indicators of a region as of the clock, or at the end of `day`, in the plan's order. Blocks."""
    view = "indicator_now" if day is None else "indicator_at(day = {day:String})"
    parameters: dict[str, Any] = {"region": region}
    if day is not None:
        parameters["day"] = day.isoformat()
    rows = client.query(_NOW.format(view=view), parameters=parameters).result_rows
    return [Figure(*row) for row in rows]


def lit(client: Client, region: str, day: date) -> list[Figure]:
    """The indicators that apply to the city or a county, with their lights at the end of a day, in the plan's
    order. Empty where that day was not assessed. Blocks."""
    parameters = {"region": region, "day": day.isoformat()}
    rows = client.query(_LIT, parameters=parameters).result_rows
    own = len(Figure._fields) - 1
    return [Figure(*row[:own])._replace(light=Light(*row[own:])) for row in rows]


def unlit(client: Client, region: str, day: date) -> list[str]:
    """The indicators that apply to the city or a county but have no light at the end of a day, in the plan's
    order. All of them where the assessment of that day is not complete. Blocks."""
    parameters = {"region": region, "day": day.isoformat()}
    return [indicator for (indicator,) in client.query(_UNLIT, parameters=parameters).result_rows]


def begun(client: Client, day: date) -> int:
    """For how many indicators lights of a day are written, even if the assessment of that day is not complete. Blocks."""
    return int(client.query(_BEGUN, parameters={"day": day.isoformat()}).result_rows[0][0])


def assessed(client: Client) -> Assessed | None:
    """How far the assessment is; None where there is none yet. Blocks."""
    rows = client.query(_ASSESSED).result_rows
    if not rows:
        return None
    events, counted, until, day = rows[0]
    return Assessed(until, day, int(counted) - int(events))


def clock(client: Client) -> tuple[datetime, date]:
    """Up to when figures are read: the exclusive instant (naive, UTC) and its local day."""
    until, day = client.query("SELECT until, day FROM clock").result_rows[0]
    return until, day


def region_names(client: Client) -> dict[str, str]:
    """Code → Chinese name, of the city and its counties."""
    return dict(client.query("SELECT code, zh FROM regions").result_rows)
