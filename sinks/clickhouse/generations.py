"""Finds which generation of figures answers, and refuses to count another one on top of it."""

from __future__ import annotations

import orjson
from clickhouse_connect.driver.client import Client

from pulse.errors import OperatorError
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from streams.generation import Generation, changed, generation

_KAFKAS = ("logs: ", "partitions: ")
"""Differences that come from Kafka: with these, counting cannot go on as before."""


class OtherGeneration(OperatorError):
    """The stored figures were counted differently from how this worker would count. The text lists the
    differences and says what to do."""


def guard(client: Client, catalogue: Catalogue, regions: Regions) -> None:
    """Raises OtherGeneration where the stored figures were counted with other measures or regions: views over this
    catalogue would read cells that mean something else."""
    if (found := _answering(client)) is not None:
        stored, detail = found
        known = orjson.loads(detail)
        _same(stored, detail, generation(catalogue, regions, known["partitions"], known.get("logs")))


def enter(client: Client, counted: Generation, plan: str) -> bool:
    """Admit a generation to counting. The first one of a database is recorded; after that it must be the one
    that answers. Returns whether it was recorded.

    Raises OtherGeneration where another one answers, also one that another worker recorded at the same moment.
    """
    first = _answering(client) is None
    if first:
        client.command(
            # Bound into the text: as URL parameters they would exceed what many proxies accept (8 KB).
            "INSERT INTO generations SELECT %(id)s, %(plan)s, now64(3), %(detail)s",
            parameters={"id": counted.id, "plan": plan, "detail": counted.detail},
        )
    found = _answering(client)
    if found is not None:
        _same(*found, counted)
    return first


def _answering(client: Client) -> tuple[str, str] | None:
    """Id and detail of the generation that answers, as the view `answering` has it."""
    rows = client.query(
        "SELECT generation, detail FROM generations ORDER BY switched_at DESC, generation DESC LIMIT 1"
    ).result_rows
    return (rows[0][0], rows[0][1]) if rows else None


def _same(stored: str, detail: str, counted: Generation) -> None:
    if stored != counted.id:
        lines = changed(detail, counted.detail)
        differences = "\n".join(f"  {line}" for line in lines)
        forced = all(line.startswith(_KAFKAS) for line in lines)
        raise OtherGeneration(
            f"the figures in ClickHouse were counted with generation {stored}, now it would be "
            f"{counted.id}:\n{differences}\n"
            f"Run `pulse rebuild` to count the ledger anew{'' if forced else ', or go on with what they were counted with'}."
        )
