"""Make the views, or replace them; the old ones answer until then."""

from __future__ import annotations

from clickhouse_connect.driver.client import Client

from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from sinks.clickhouse.views.dimensions import Clock, clock, dimensions
from sinks.clickhouse.views.indicators import indicator_views
from sinks.clickhouse.views.view import View, in_order
from sinks.clickhouse.views.written import filled, literals, written


def views(catalogue: Catalogue, regions: Regions) -> list[View]:
    """All views but the clock. Pure: the same catalogue gives the same views."""
    return [
        *(dimension.view() for dimension in dimensions(catalogue, regions)),
        *filled([*written(), *indicator_views()], literals(catalogue, regions)),
    ]


def script(catalogue: Catalogue, regions: Regions, source: Clock) -> list[str]:
    """The statements that make all views, in an order in which they can be made."""
    every = [*views(catalogue, regions), clock(catalogue, regions, source)]
    return [view.create() for view in in_order(every)]


def create_views(client: Client, catalogue: Catalogue, regions: Regions, source: Clock) -> None:
    """Make or replace all views. The migrations must have been applied before."""
    for statement in script(catalogue, regions, source):
        client.command(statement)
