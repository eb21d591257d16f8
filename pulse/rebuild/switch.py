"""From the old figures to the new ones in one step: the row of `generations` that makes the new generation answer."""

from __future__ import annotations

from clickhouse_connect.driver.client import Client

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.ledger import stored
from pulse.rebuild.plan import RebuildPlan
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from sinks.clickhouse.clocks import settle
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
"""The latest answers, whatever the server's clock has done since. Bound into the text: as URL parameters they would be
longer than what many a proxy takes."""


def switch(client: Client, plan: RebuildPlan, catalogue: Catalogue, regions: Regions, clock: Clock) -> None:
    """Make the plan's generation answer, and the views those of its catalogue.

    Cells already follow the generation that answers: the view `counts` asks for it in every query. The catalogue's own
    views (indicators, terms, regions, …) do not, and thirty statements cannot be one. So they are first made to hold
    both catalogues, each for its own generation: until the row is written a reader sees all of the old, from then on all
    of the new. Afterwards the views are made as always, with the same rows.

    What a reader in between can still see: the plan's span, the city's code and zone, which stand in the other views as
    literals, a moment later than the figures; and where another release brings other views or columns, the old ones over
    the new cells for that moment. Killed before the row: the views answer as before. Killed after it: they answer for the
    new, and `pulse migrate`, or a worker's start, makes them as always.

    Raises CannotRebuild where another generation answers than when this rebuild was planned: one that was stalled and
    wakes up would bring old figures back.
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
    create_views(client, catalogue, regions, settle(client, clock))


def _for_both(client: Client, plan: RebuildPlan, catalogue: Catalogue, regions: Regions) -> list[str]:
    """The views that hold the rows of the generation that answers, of the old catalogue or of the new one."""
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
