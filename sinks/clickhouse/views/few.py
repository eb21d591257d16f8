"""The days of a few indicators, without the cost of computing all of them."""

from __future__ import annotations

from collections.abc import Collection

from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from sinks.clickhouse.views.create import views
from sinks.clickhouse.views.dimensions import dimensions, terms
from sinks.clickhouse.views.view import View, select_as_if


def days_of(catalogue: Catalogue, regions: Regions, indicators: Collection[str]) -> str:
    """A query for the rows of the view `indicator_days` of some indicators. Pure.

    It is the views' own SQL over fewer indicators and terms, and with cells summed by county where villages
    are not needed.
    """
    few = [
        each.only(indicators).view()
        for each in dimensions(catalogue, regions)
        if each.name in ("indicators", "terms")
    ]
    roles = {
        term.role for each in catalogue.indicators if each.id in indicators for term in terms(catalogue, each)
    }
    unused = [empty for used_by, empty in _BRANCHES if not used_by & roles]
    return select_as_if("indicator_days", views(catalogue, regions), [*few, _COUNTY_COUNTS, *unused])


_COUNTY_COUNTS = View(
    "counts",
    """SELECT measure, code AS region, day, sum(value) AS value
FROM
(
    SELECT measure, if(measure IN (
        SELECT measure FROM terms WHERE role NOT IN ('numerator', 'denominator', 'divisor', 'cohort')
    ), region, left(region, 6)) AS code, day, value
    FROM cells FINAL
    WHERE generation = (SELECT generation FROM answering) AND measure IN (SELECT measure FROM terms)
)
GROUP BY measure, code, day
HAVING value != 0""",
    reads=("answering", "terms"),
)
"""The view `counts`, with cells that are only summed by region summed by county at once: there are thousands
of places."""

_BRANCHES = (
    (
        {"place", "need", "amount"},
        View(
            "place_steps",
            "SELECT * FROM null('indicator String, region String, day Date32, covered Int64, listed Int64, "
            "amount_there Int64')",
        ),
    ),
    (
        {"device"},
        View(
            "online_steps",
            "SELECT * FROM null('indicator String, region String, day Date32, delta Int64')",
        ),
    ),
)
"""Roles, and an empty stand-in for the view that only these roles need: planning it takes as long as all the rest."""
