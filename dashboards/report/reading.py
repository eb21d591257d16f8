"""Reads a `Report` from the views. It computes no indicators: figures and lights are taken as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import orjson
from clickhouse_connect.driver.client import Client

from dashboards.report.attribution import Stage
from dashboards.report.model import (
    Action,
    Arrival,
    Department,
    Figure,
    Indicator,
    Refusals,
    Region,
    Report,
    Status,
    Verdict,
)
from dashboards.report.quarter import Quarter, within
from pulse.errors import OperatorError
from sinks.clickhouse.verdicts import latest

_CATALOGUE = ("plan", "regions", "actions", "measures", "indicators", "terms")
"""The views that define what is counted and aimed at; they are hashed."""

_FIGURES = """
SELECT f.indicator AS indicator, f.region AS region, f.numerator AS numerator, f.denominator AS denominator, f.value AS value
FROM indicator_at(day = {{day:String}}) AS f
WHERE f.level IN ('city', 'county')
"""

_LIGHTS = """
SELECT indicator, region, target, expected, gap, gap_days, behind, shortfall, days_left, chance, p10, p50, p90,
    no_forecast, direction, status, since, why_zh
FROM light_days WHERE day = {day:String}
"""

_UNLIT = """
SELECT indicator, region
FROM (SELECT indicator, arrayJoin(splitByChar(',', regions)) AS region FROM meant)
WHERE (indicator, region) NOT IN (SELECT indicator, region FROM light_days WHERE day = {day:String})
ORDER BY indicator, region
"""

_PIECES = """
SELECT i.indicator AS indicator, multiIf(i.formula = 'count', i.unit, t.counties, '个县（市、区）', m.unit) AS pieces
FROM indicators AS i
LEFT JOIN terms AS t ON i.indicator = t.indicator AND t.role IN ('numerator', 'place', 'amount', 'device')
LEFT JOIN measures AS m ON t.measure = m.measure
ORDER BY i.position, t.role = 'place', t.role LIMIT 1 BY i.position
"""
"""The unit of an indicator's numerator: its own unit for a count, else counties, or the unit of the measure
that it counts."""

_COURSES = """
SELECT l.indicator AS indicator, l.region AS region,
    arraySort(p -> p.1, groupArray((l.day, l.value, l.expected))) AS course
FROM light_days AS l INNER JOIN indicators AS i ON l.indicator = i.indicator
WHERE l.day <= {day:String} AND (l.day = {day:String} OR if(
    i.cadence IN ('month', 'quarter'), l.day = toLastDayOfMonth(l.day),
    dateDiff('day', l.day, toDate32({day:String})) % 7 = 0
))
GROUP BY l.indicator, l.region
"""
"""Courses: one point a week, or the last day of each month for indicators judged by month or quarter."""

_ARRIVALS = """
SELECT department, arrayJoin([left(place, 6), {city:String}]) AS county, count() AS records,
    countIf(came > {last:String}) AS after_end, quantileExact(0.5)(hours) AS p50, quantileExact(0.9)(hours) AS p90,
    toNullable(max(came)) AS last
FROM
(
    SELECT splitByChar('@', topic)[1] AS department, argMin(region, (append_time, offset)) AS place,
        toDate32(toTimeZone(min(append_time), {zone:String})) AS came,
        toDate32(toTimeZone(argMin(time, (append_time, offset)), {zone:String})) AS happened,
        greatest(0, dateDiff('second', argMin(time, (append_time, offset)), min(append_time))) / 3600 AS hours
    FROM events
    WHERE outcome NOT IN ('refused', 're-keyed', 'passed-over') AND data != ''
    GROUP BY department, type, source, id, subject
    HAVING happened >= {first:String} AND happened <= {day:String}
)
WHERE length(place) >= 6
GROUP BY department, county
"""
"""Counts each record once, at its first message. Heartbeats are left out: they have no data."""

_REFUSALS = """
SELECT splitByChar('@', topic)[1] AS department, sum(received), sum(refused), sum(conflict)
FROM balance WHERE day >= {first:String} AND day <= {day:String}
GROUP BY department
"""


class CannotReport(OperatorError):
    """The report cannot be given. The message says why and what to do."""


def read(client: Client, quarter: Quarter) -> Report:
    """The report on a quarter from the present views. Blocks.

    Raises CannotReport if the database has no views or figures, or as `reading_day` does.
    """
    if not int(client.command("EXISTS VIEW answering")):
        raise CannotReport("this database has no views yet: run `pulse migrate` (or `pulse demo`) first")
    if not int(client.command("EXISTS VIEW meant")):
        raise CannotReport("this database has the views of an older release: run `pulse migrate` first")
    generation = str(client.query("SELECT generation FROM answering").result_rows[0][0])
    if not generation:
        raise CannotReport("nothing was counted yet: start a worker first (`pulse worker`, or `pulse demo`)")
    plan = _rows(client, "SELECT * FROM plan")[0]
    until, today = client.query("SELECT until, day FROM clock").result_rows[0]
    day = reading_day(quarter, plan["start"], plan["due"], today)
    verdict = latest(client)
    spoken = verdict is not None and verdict.generation == generation
    asked = {
        "day": day.isoformat(), "first": quarter.first.isoformat(), "last": quarter.last.isoformat(),
        "city": plan["city"], "zone": plan["zone"],
    }  # fmt: skip
    order = {
        row["indicator"]: n
        for n, row in enumerate(_rows(client, "SELECT indicator FROM indicators ORDER BY position"))
    }
    regions = tuple(
        Region(row["code"], row["zh"], row["kind"]) for row in _rows(client, "SELECT * FROM regions")
    )
    place = {region.code: n for n, region in enumerate(regions)}
    figures = sorted(_figures(client, asked), key=lambda f: (order[f.indicator], place[f.region]))
    departments = _rows(client, "SELECT department, zh FROM departments ORDER BY position")
    return Report(
        plan=plan["id"], plan_zh=plan["zh"], start=plan["start"], due=plan["due"], zone=plan["zone"],
        quarter_name=str(quarter), day=day, as_of=until.replace(tzinfo=UTC), generation=generation,
        catalogue=catalogue_hash(client),
        verdict=Verdict(_utc(verdict.at), verdict.figures, verdict.differences) if verdict and spoken else None,
        statuses=tuple(
            Status(row["status"], row["rank"], row["zh"], row["symbol"], row["color"])
            for row in _rows(client, "SELECT * FROM statuses ORDER BY rank DESC")
        ),
        regions=regions,
        departments=tuple(Department(row["department"], row["zh"]) for row in departments),
        actions=tuple(Action(row["action"], row["zh"]) for row in _rows(client, "SELECT * FROM actions ORDER BY action")),
        indicators=tuple(_indicators(client)),
        figures=tuple(figures),
        arrivals=tuple(sorted(_arrivals(client, asked), key=lambda a: (a.region, a.department))),
        refusals=tuple(Refusals(*row) for row in sorted(client.query(_REFUSALS, parameters=asked).result_rows)),
        unlit=tuple((name, code) for name, code in client.query(_UNLIT, parameters=asked).result_rows),
    )  # fmt: skip


def reading_day(quarter: Quarter, start: date, due: date, today: date) -> date:
    """The quarter's last day, or today while it runs. Raises CannotReport if the quarter is not in the plan
    or has not begun."""
    known = within(start, due)
    if quarter not in known:
        raise CannotReport(
            f"{quarter}: the plan runs from {start} to {due}; its quarters are {', '.join(map(str, known))}"
        )
    if quarter.first > today:
        begun = [str(one) for one in known if one.first <= today]
        raise CannotReport(
            f"{quarter} begins on {quarter.first}, and data go up to {today}: "
            f"there are reports of {', '.join(begun)}"
        )
    return min(quarter.last, due, today)


def over(report: Report) -> bool:
    """Whether the quarter's last day (or the plan's, if earlier) was over. Only then can the report be filed."""
    midnight = datetime.combine(
        min(report.quarter.last, report.due) + timedelta(1), time(), ZoneInfo(report.zone)
    )
    return report.as_of >= midnight


def as_counted(report: Report, stage: Stage) -> Report:
    """The report with its figures replaced by those of `stage`, which were counted at exact positions of the ledger."""
    figures = []
    for figure in report.figures:
        n, d, v = (_number(part) for part in stage[figure.indicator, figure.region])
        figures.append(msgspec.structs.replace(figure, numerator=n, denominator=d, value=v))
    return msgspec.structs.replace(report, figures=tuple(figures))


def catalogue_hash(client: Client) -> str:
    """Hash (eight hexadecimal digits) of the views that define what is counted and aimed at."""
    rows = [client.query(f"SELECT * FROM {view} ORDER BY ALL").result_rows for view in _CATALOGUE]
    return sha256(orjson.dumps(rows, default=str)).hexdigest()[:8]


def _figures(client: Client, asked: Mapping[str, str]) -> Iterator[Figure]:
    lights = {(row.pop("indicator"), row.pop("region")): row for row in _rows(client, _LIGHTS, asked)}
    courses = {(row["indicator"], row["region"]): row["course"] for row in _rows(client, _COURSES, asked)}
    for row in _rows(client, _FIGURES.format(), asked):
        where = row["indicator"], row["region"]
        light = dict(lights.get(where, {}))
        if light:
            light["why"] = light.pop("why_zh")
        yield Figure(**row, **light, course=tuple(tuple(point) for point in courses.get(where, ())))


def _indicators(client: Client) -> Iterator[Indicator]:
    pieces = {row["indicator"]: row["pieces"] for row in _rows(client, _PIECES)}
    for row in _rows(client, "SELECT * FROM indicators ORDER BY position"):
        yield Indicator(
            id=row["indicator"], action=row["action"], zh=row["zh"], sentence=row["sentence"], kind=row["kind"],
            unit=row["unit"], pieces=pieces[row["indicator"]], formula=row["formula"], decimals=row["decimals"],
            department=row["department"], department_zh=row["department_zh"], target_op=row["target_op"],
            tolerance=row["tolerance"], due=row["due"], cadence=row["cadence"], finest=row["level"],
        )  # fmt: skip


def _arrivals(client: Client, asked: Mapping[str, str]) -> Iterator[Arrival]:
    for department, county, records, after_end, p50, p90, last in client.query(
        _ARRIVALS, parameters=dict(asked)
    ).result_rows:
        yield Arrival(department, county, records, after_end, float(p50), float(p90), last)


def _rows(client: Client, query: str, asked: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    found = client.query(query, parameters=dict(asked or {}))
    return [dict(zip(found.column_names, row, strict=True)) for row in found.result_rows]


def _number(part: float) -> float | None:
    return None if part != part else part


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
