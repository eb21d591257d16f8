"""Switches from the old figures to the new ones in one step: the row of `generations` that makes the new
generation answer."""

from __future__ import annotations

from clickhouse_connect.driver.client import Client

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.ledger import stored
from pulse.rebuild.plan import RebuildPlan
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from sinks.clickhouse.clocks import resolve_clock
from sinks.clickhouse.views.create import create_views
from sinks.clickhouse.views.dimensions import Clock, dimensions, literal

_VIEWS = "SELECT name, as_select FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
_COLUMNS = (
    "SELECT table, name FROM system.columns WHERE database = currentDatabase() ORDER BY table, position"
)

_SWITCH = """
INSERT INTO generations
SELECT %(id)s, %(plan)s,
    greatest(now64(3), (SELECT max(switched_at) FROM generations) + toIntervalMillisecond(1)), %(detail)s
"""
"""The generation with the latest row answers; this row is the latest even if the server's clock went back.
Bound into the text: as URL parameters they would be longer than many proxies accept."""


def switch(client: Client, plan: RebuildPlan, catalogue: Catalogue, regions: Regions, clock: Clock) -> None:
    """Make the plan's generation answer, and make the views of its catalogue.

    Cells already follow the generation that answers: the view `counts` asks for it in every query. The
    catalogue's own views (indicators, terms, regions, …) do not, and thirty statements are not atomic. So
    these views are first made to hold both catalogues, each for its own generation: until the row is written
    a reader sees only the old, from then on only the new. Afterwards the views are made as always, with the same rows.

    For a moment a reader may still see a mixture. The plan's span and the city's code and zone are literals
    in the other views and change a moment later than the figures. Where another release brings other views or
    columns, the old ones read the new cells for that moment. If this is killed before the row is written, the
    views answer as before. If it is killed after that, they answer for the new generation, and `pulse
    migrate`, or a worker's start, makes them as always.

    Raises CannotRebuild where another generation answers than when this rebuild was planned: a stalled
    rebuild that wakes up would bring old figures back. Raises NewerDatabase.
    """
    answering = stored(client).answering
    if answering not in ("", plan.old, plan.generation.id):
        raise CannotRebuild(
            f"Another rebuild has made generation {answering} answer meanwhile; this one began when {plan.old} did. "
            f"Nothing was switched. Run `pulse rebuild --dry-run` to see whether anything is still to be done."
        )
    for statement in _for_both(client, plan, catalogue, regions):
        client.command(statement)
    client.command(
        _SWITCH,
        parameters={"id": plan.generation.id, "plan": catalogue.plan.id, "detail": plan.generation.detail},
    )
    create_views(client, catalogue, regions, resolve_clock(client, clock))


def _for_both(client: Client, plan: RebuildPlan, catalogue: Catalogue, regions: Regions) -> list[str]:
    """Statements for views that hold both the old and the new catalogue's rows, and show those of the
    generation that answers."""
    selects: dict[str, str] = dict(client.query(_VIEWS).result_rows)
    columns: dict[str, list[str]] = {}
    for table, column in client.query(_COLUMNS).result_rows:
        columns.setdefault(table, []).append(column)
    if "answering" not in selects:
        return []
    new = f"(SELECT generation FROM answering) = {literal(plan.generation.id)}"
    return [
        f"CREATE OR REPLACE VIEW {each.name} AS\n"
        f"SELECT * FROM ({selects[each.name]}) WHERE NOT ({new})\nUNION ALL\nSELECT * FROM ({each.select()}) WHERE {new}"
        for each in dimensions(catalogue, regions)
        if columns.get(each.name) == [column.split()[0] for column in each.structure.split(", ")]
    ]
