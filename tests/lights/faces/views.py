"""What Grafana's boards are held against: the views, read once."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

Row = dict[str, Any]
Key = tuple[str, str]
"""Indicator and region."""


class Course(NamedTuple):
    """A light's day."""

    day: date
    value: float | None
    expected: float | None
    target: float | None
    cohort: float | None
    status: str


class Views:
    """What the views hold, read once. Blocks."""

    def __init__(self, client: Client) -> None:
        def rows(sql: str) -> list[Row]:
            return list(client.query(sql).named_results())

        self.lights = rows("SELECT * FROM lights_now ORDER BY region, position")
        self.statuses = {row["status"]: row for row in rows("SELECT * FROM statuses ORDER BY rank DESC")}
        self.courses: dict[Key, dict[date, Course]] = defaultdict(dict)
        for indicator, region, *day in client.query(
            "SELECT indicator, region, day, value, expected, target, cohort, status FROM light_days "
            "ORDER BY indicator, region, day"
        ).result_rows:
            self.courses[indicator, region][day[0]] = Course(*day)
        self.fans: dict[Key, list[tuple[Any, ...]]] = defaultdict(list)
        for indicator, region, *ahead in client.query(
            "SELECT indicator, region, day, p10, p50, p85, p90 FROM fan ORDER BY indicator, region, day"
        ).result_rows:
            self.fans[indicator, region].append(tuple(ahead))
        self.changes = rows("SELECT * FROM light_changes")
        self.reports = rows("SELECT * FROM reports ORDER BY department, county")
        self.unreported = rows("SELECT * FROM unreported_communities")
        self.departments = rows("SELECT * FROM departments_now")
        self.balance = rows("SELECT * FROM balance ORDER BY day, topic")
        self.letters = rows("SELECT * FROM letters")
        self.department_zh = dict(
            client.query("SELECT DISTINCT department, department_zh FROM indicators").result_rows
        )
        self.actions = dict(client.query("SELECT action, zh FROM actions ORDER BY action").result_rows)
        [[self.today]] = client.query("SELECT day FROM clock").result_rows

    def of(self, **wanted: object) -> list[Row]:
        """Lights of today of which all this is so, by region and in the plan's order."""
        return [one for one in self.lights if all(one[name] == value for name, value in wanted.items())]

    def label(self, status: str) -> str:
        """A status as the boards write it; nothing where there was no light."""
        if status in ("", "none"):
            return "—" if status else ""
        return f"{self.statuses[status]['symbol']} {self.statuses[status]['zh']}"

    def rank(self, status: str) -> int:
        """How bad it is."""
        return int(self.statuses[status]["rank"]) if status else 0

    def status(self, light: Row, day: date) -> str:
        """Its status on another day."""
        course = self.courses[light["indicator"], light["region"]].get(day)
        return course.status if course else ""

    def was(self, light: Row, period: int) -> str:
        """Its status on the day with which it is compared."""
        return self.status(light, compared(light, period))

    def value(self, light: Row, day: date) -> float | None:
        """Its value on another day."""
        course = self.courses[light["indicator"], light["region"]].get(day)
        return course.value if course else None


def compared(light: Row, period: int) -> date:
    """With which day a light is compared: a period ago, or its month's or quarter's same day a month or a quarter ago."""
    day: date = light["day"]
    months = {7: 1, 6: 3}.get(len(light["period"]))
    if months is None:
        return day - timedelta(days=period)
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
