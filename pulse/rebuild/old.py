"""Figures of generations that do not answer: lists and deletes them."""

from __future__ import annotations

from typing import NamedTuple

import orjson
from clickhouse_connect.driver.client import Client

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.ledger import stored
from pulse.rebuild.statements import delete

_ROWS = """
SELECT generation, sum(facts), sum(cells), sum(reached)
FROM
(
    SELECT generation, count() AS facts, 0 AS cells, 0 AS reached FROM facts GROUP BY generation
    UNION ALL
    SELECT generation, 0, count(), 0 FROM cells GROUP BY generation
    UNION ALL
    SELECT generation, 0, 0, sum(offset) FROM positions FINAL GROUP BY generation
    UNION ALL
    SELECT DISTINCT generation, 0, 0, 0 FROM generations
)
WHERE generation != {answering:String}
GROUP BY generation
ORDER BY generation
"""
_TABLES = (
    "positions", "cells", "facts", "assessments", "lights", "hearings", "fans", "arrivals", "lateness", "community_reports",
    "generations",
)  # fmt: skip
"""All tables with a generation's rows, in the order in which they are emptied. Positions are first, so that a
shard whose position is still there has all its facts, wherever this is killed; likewise `assessments` before
the lights. `generations` is last, so that the generation is listed until then."""
_ANSWERED = "SELECT generation, toString(max(switched_at)) FROM generations GROUP BY generation"


class Leftover(NamedTuple):
    """A generation that does not answer."""

    generation: str
    answered: str
    """When it was last made to answer, UTC; empty where it never was: a rebuild under way, or one that was broken off."""
    facts: int
    cells: int
    reached: int
    """The sum of its positions, which grows while something counts."""


def leftovers(client: Client) -> list[Leftover]:
    """Generations that do not answer but still have rows, or an entry in `generations`. Raises CannotRebuild,
    NewerDatabase."""
    answering = _answering(client)
    answered = dict(client.query(_ANSWERED).result_rows)
    rows = client.query(_ROWS, parameters={"answering": answering}).result_rows
    return [
        Leftover(generation, answered.get(generation, ""), int(facts), int(cells), int(reached))
        for generation, facts, cells, reached in rows
    ]


def drop_old(client: Client) -> None:
    """Delete all rows of generations that do not answer. The ledger stays, so they can be counted from it
    again. Raises CannotRebuild, NewerDatabase."""
    where = {"answering": _answering(client)}
    for table in _TABLES:
        delete(client, table, "generation != {answering:String}", where)
    measures = orjson.loads(stored(client).details[where["answering"]])["measures"]
    kept = [key for key, measure in measures.items() if measure["reducer"] == "seen"]
    delete(client, "device_hours", "NOT has({kept:Array(String)}, measure)", {"kept": kept})


def _answering(client: Client) -> str:
    answering = stored(client).answering
    if not answering:
        raise CannotRebuild("No generation answers yet: there is nothing that could be old.")
    return answering
