"""Reading indicators from the views: what commands and boards show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

_NOW = """
SELECT i.indicator AS indicator, i.action AS action, i.zh AS zh, i.en AS en, i.kind AS kind, i.unit AS unit,
       i.formula AS formula, i.decimals AS decimals, i.department_zh AS department_zh, i.target_op AS target_op,
       if(n.level = 'city' OR i.formula != 'count', i.target, NULL) AS target, i.tolerance AS tolerance,
       i.due AS due, i.cadence AS cadence, i.level AS finest,
       n.numerator AS numerator, n.denominator AS denominator, n.value AS value
FROM {view} AS n INNER JOIN indicators AS i ON n.indicator = i.indicator
WHERE n.region = {{region:String}}
ORDER BY i.position
"""


class Figure(NamedTuple):
    """One indicator in one region. `value`, `numerator` and `denominator` are in the shown unit.

    The target of a count is the whole city's: a county shows its value alone.
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
    return [Figure(*row) for row in client.query(_NOW.format(view=view), parameters=parameters).result_rows]


def clock(client: Client) -> tuple[datetime, date]:
    """Up to when figures are read: the exclusive instant (naive, UTC) and its local day."""
    until, day = client.query("SELECT until, day FROM clock").result_rows[0]
    return until, day


def region_names(client: Client) -> dict[str, str]:
    """Code → Chinese name, of the city and its counties."""
    return dict(client.query("SELECT code, zh FROM regions").result_rows)
