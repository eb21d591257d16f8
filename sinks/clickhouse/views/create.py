"""Make the views, or replace them; the old ones answer until then."""

from __future__ import annotations

from importlib.resources import files
from string import Template

from clickhouse_connect.driver.client import Client

from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from sinks.clickhouse.migrate import statements
from sinks.clickhouse.views.dimensions import Clock, clock, dimensions, literal
from sinks.clickhouse.views.indicators import indicator_views

_ANSWERING = """
CREATE OR REPLACE VIEW answering AS
SELECT argMax(generation, (switched_at, generation)) AS generation FROM generations
"""


def script(catalogue: Catalogue, regions: Regions, source: Clock) -> list[str]:
    """All statements, in order. Pure: the same catalogue gives the same SQL."""
    folder = files("sinks.clickhouse.views")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    written = [
        statement for name in names for statement in statements(folder.joinpath(name).read_text("utf-8"))
    ]
    made = [dimension.sql() for dimension in dimensions(catalogue, regions)]
    return [
        _ANSWERING,
        *made,
        clock(catalogue, regions, source),
        *(
            Template(statement).substitute(_words(catalogue, regions))
            for statement in [*written, *indicator_views()]
        ),
    ]


def _words(catalogue: Catalogue, regions: Regions) -> dict[str, str]:
    """What `$city`, `$zone`, `$start` and `$due` stand for in the SQL: literals, which cost a query nothing."""
    plan = catalogue.plan
    return {
        "city": literal(regions.code),
        "zone": literal(regions.zone),
        "start": f"toDate32({literal(plan.start)})",
        "due": f"toDate32({literal(plan.due)})",
    }


def create_views(client: Client, catalogue: Catalogue, regions: Regions, source: Clock) -> None:
    """Make or replace all views. The migrations must have been applied before."""
    for statement in script(catalogue, regions, source):
        client.command(statement)
