"""The days of a few indicators, at the cost of those alone."""

from __future__ import annotations

from collections.abc import Collection

from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from sinks.clickhouse.views.create import views
from sinks.clickhouse.views.dimensions import dimensions, terms
from sinks.clickhouse.views.view import View, select_as_if


def days_of(catalogue: Catalogue, regions: Regions, indicators: Collection[str]) -> str:
    """A query: what the view `indicator_days` says of some indicators.

    It is the views' own SQL over fewer indicators and terms, and over fewer cells: city and counties need no villages.
    Pure.
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
"""What is only summed by region is summed by county at once: there are thousands of places."""

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
"""Views that only terms of some roles need, empty: planning them takes as long as all the rest."""
