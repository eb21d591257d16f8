"""Make the views, or replace them; the old ones answer until then."""

from __future__ import annotations

import re
from collections.abc import Collection
from importlib.resources import files
from string import Template

from clickhouse_connect.driver.client import Client

from schemas.catalogue.model import Catalogue
from schemas.instants import LATEST
from schemas.regions import Regions
from sinks.clickhouse.light_columns import COLUMNS, selection
from sinks.clickhouse.migrate import statements
from sinks.clickhouse.tables import LATENESS_BIN
from sinks.clickhouse.views.dimensions import Clock, clock, dimensions, literal, terms
from sinks.clickhouse.views.indicators import indicator_views

_ANSWERING = """
CREATE OR REPLACE VIEW answering AS
SELECT argMax(generation, (switched_at, generation)) AS generation FROM generations
"""


_HEAD = re.compile(r"CREATE OR REPLACE VIEW (\w+) AS\n")


def script(catalogue: Catalogue, regions: Regions, source: Clock) -> list[str]:
    """All statements, in order. Pure: the same catalogue gives the same SQL."""
    made = [dimension.sql() for dimension in dimensions(catalogue, regions)]
    return [_ANSWERING, *made, clock(catalogue, regions, source), *_written(catalogue, regions)]


def days_of(catalogue: Catalogue, regions: Regions, indicators: Collection[str]) -> str:
    """A query: what the view `indicator_days` says of some indicators, at the cost of those alone.

    It is the views' own SQL, one standing on the other in one statement, over fewer indicators and terms: no filter
    reaches through joins from outside. And over fewer cells: city and counties
    need no villages. Pure.
    """
    few = [
        (each.name, each.only(indicators).select())
        for each in dimensions(catalogue, regions)
        if each.name in ("indicators", "terms")
    ]
    views = {}
    for statement in _written(catalogue, regions):
        head = _HEAD.search(statement)
        if head:
            views[head[1]] = statement[head.end() :]
    views["counts"] = _COUNTY_COUNTS
    roles = {
        term.role for each in catalogue.indicators if each.id in indicators for term in terms(catalogue, each)
    }
    views |= {name: nothing for name, (used_by, nothing) in _BRANCHES.items() if not used_by & roles}
    chain = [*few, *((name, views[name]) for name in _CHAIN)]
    return (
        "WITH\n"
        + ",\n".join(f"{name} AS (\n{text}\n)" for name, text in chain)
        + "\nSELECT * FROM indicator_days"
    )


_COUNTY_COUNTS = """
SELECT measure, code AS region, day, sum(value) AS value
FROM
(
    SELECT measure, if(measure IN (
        SELECT measure FROM terms WHERE role NOT IN ('numerator', 'denominator', 'divisor', 'cohort')
    ), region, left(region, 6)) AS code, day, value
    FROM cells FINAL
    WHERE generation = (SELECT generation FROM answering) AND measure IN (SELECT measure FROM terms)
)
GROUP BY measure, code, day
HAVING value != 0
"""
"""The view `counts`, with what is only summed by region summed by county at once: there are thousands of places."""

_BRANCHES = {
    "place_steps": (
        {"place", "need", "amount"},
        "SELECT * FROM null('indicator String, region String, day Date32, covered Int64, listed Int64, amount_there Int64')",
    ),
    "online_steps": (
        {"device"},
        "SELECT * FROM null('indicator String, region String, day Date32, delta Int64')",
    ),
}
"""Views that only terms of some roles need, and what stands for them where there is none: planning them takes as long as all
the rest."""

_CHAIN = (
    "counts", "term_steps", "place_levels", "place_steps", "device_spans", "online_steps", "steps", "county_steps",
    "indicator_days",
)  # fmt: skip
"""The views that lead from the cells to `indicator_days`, in their order."""


def _written(catalogue: Catalogue, regions: Regions) -> list[str]:
    """The views that name no indicator, with the city's literals in them."""
    folder = files("sinks.clickhouse.views")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    written = [
        statement for name in names for statement in statements(folder.joinpath(name).read_text("utf-8"))
    ]
    words = _words(catalogue, regions)
    return [Template(statement).substitute(words) for statement in [*written, *indicator_views()]]


def _words(catalogue: Catalogue, regions: Regions) -> dict[str, str]:
    """What `$city`, `$zone`, `$start`, `$due`, `$width`, `$light` (the columns of a light that boards may show) and
    `$forever` (an instant behind all) stand for in the SQL: literals, which cost a query nothing."""
    plan = catalogue.plan
    return {
        "city": literal(regions.code),
        "zone": literal(regions.zone),
        "start": f"toDate32({literal(plan.start)})",
        "due": f"toDate32({literal(plan.due)})",
        "width": str(LATENESS_BIN),
        "light": selection(
            (name for name in COLUMNS if name not in ("generation", "indicator", "digest")), "l"
        ),
        "forever": f"toInt64({LATEST})",
    }


def create_views(client: Client, catalogue: Catalogue, regions: Regions, source: Clock) -> None:
    """Make or replace all views. The migrations must have been applied before."""
    for statement in script(catalogue, regions, source):
        client.command(statement)
