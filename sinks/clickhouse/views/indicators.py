"""Every indicator's numerator, denominator and value, by region and day.

A cohort has two readings: the value as known on the day, and the value of the same cases as known by now. An
empty denominator gives null, never 0 or 100 %. Every indicator has a row in every county. The arithmetic is
written once, in `_ARITHMETIC`; the views differ only in which sums of steps they read.
"""

from __future__ import annotations

from sinks.clickhouse.views.view import View

_SUMS = """sumIf(delta, role = 'numerator') AS n, sumIf(delta, role = 'denominator') AS d,
        sumIf(delta, role = 'divisor') AS h, sumIf(delta, role = 'reference') AS r, sumIf(delta, role = 'cohort') AS c"""
"""Sums of steps: of the numerator, the denominator, the divisor (heads), the reference, and of a cohort as known by now."""

_ARITHMETIC = """
    multiIf(s.region = $city, 'city', length(s.region) = 6, 'county', length(s.region) = 9, 'town', 'place') AS level,
    s.day AS day,
    if(i.formula = 'reference', s.n / i.scale / nullIf(s.h, 0), s.n / i.scale) AS numerator,
    multiIf(
        i.formula = 'count', toFloat64(i.fixed), i.formula = 'reference', s.r / i.reference_scale, toFloat64(s.d)
    ) AS denominator,
    multiIf(
        indexOf(['city', 'county', 'town', 'place'], level) > indexOf(['city', 'county', 'town', 'place'], i.level), NULL,
        i.formula = 'count', numerator,
        i.formula IN ('average', 'per_place'), numerator / nullIf(denominator, 0),
        100 * numerator / nullIf(denominator, 0)
    ) AS value,
    multiIf(
        NOT i.of_cohort OR isNull(value), NULL,
        i.formula = 'count', s.c / i.scale,
        i.formula = 'average', s.c / i.scale / nullIf(denominator, 0),
        100 * s.c / nullIf(denominator, 0)
    ) AS cohort"""


def indicator_views() -> list[View]:
    """The views of figures, all with the columns (indicator, region, level, day, numerator, denominator,
    value, cohort). `cohort` is null unless the numerator is a cohort. Then `value` is as known on the day,
    and `cohort` is the value of the same cases as known by now.

    `indicator_now`: all regions, as of the clock. `indicator_at(day = '2023-06-30')`: all regions at the end
    of a day. `indicator_days`: city and counties, from the plan's first day to the clock's.
    `indicator_days_of(region = '370811001001')`: one region of any level, by day.
    """
    return [
        View(
            "indicator_now",
            _at("(SELECT day FROM clock)"),
            reads=("clock", "indicators", "regions", "rolled_steps"),
        ),
        View("indicator_at", _at("{day:Date32}"), reads=("indicators", "regions", "rolled_steps")),
        View(
            "indicator_days",
            _days("county_steps", "length(code) = 6", "SELECT code FROM regions"),
            reads=("clock", "county_steps", "indicators", "reading_hours", "regions"),
        ),
        View(
            "indicator_days_of",
            _days("rolled_steps", "code = {region:String}", "SELECT {region:String} AS code"),
            reads=("clock", "indicators", "reading_hours", "rolled_steps"),
        ),
    ]


def _at(day: str) -> str:
    return f"""SELECT i.indicator AS indicator, s.region AS region,{_ARITHMETIC}
FROM
(
    SELECT indicator, region, {day} AS day,
        {_SUMS}
    FROM
    (
        SELECT indicator, role, code AS region, delta FROM rolled_steps WHERE day <= {day}
        UNION ALL
        SELECT i.indicator, 'none', r.code, 0 FROM indicators AS i CROSS JOIN regions AS r
    )
    GROUP BY indicator, region
) AS s
INNER JOIN indicators AS i ON s.indicator = i.indicator"""


def _days(steps: str, condition: str, regions: str) -> str:
    return f"""SELECT i.indicator AS indicator, s.region AS region,{_ARITHMETIC}
FROM
(
    SELECT indicator, region, day, sum(dn) OVER w AS n, sum(dd) OVER w AS d, sum(dh) OVER w AS h, sum(dr) OVER w AS r,
        sum(dc) OVER w AS c
    FROM
    (
        SELECT indicator, region, day, {_SUMS.replace(" AS ", " AS d")}
        FROM
        (
            SELECT indicator, role, code AS region, greatest(day, $start) AS day, delta
            FROM {steps} AS a
            WHERE a.day <= (SELECT day FROM clock) AND {condition}
            UNION ALL
            SELECT i.indicator, 'none', r.code, h.day, 0
            FROM indicators AS i CROSS JOIN ({regions}) AS r CROSS JOIN reading_hours AS h
        )
        GROUP BY indicator, region, day
    )
    WINDOW w AS (PARTITION BY indicator, region ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
) AS s
INNER JOIN indicators AS i ON s.indicator = i.indicator"""
