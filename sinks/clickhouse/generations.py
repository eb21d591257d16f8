"""Which generation of figures answers, and the refusal to count another one on top of it."""

from __future__ import annotations

from clickhouse_connect.driver.client import Client

from streams.generation import Generation, changed


class OtherGeneration(Exception):
    """The stored figures were counted otherwise than this worker would; the text says in what and what to do."""


def enter(client: Client, generation: Generation, plan: str) -> bool:
    """Let this generation count: the first one is written down, the answering one goes on. True for the first.

    Raises OtherGeneration.
    """
    found = client.query(
        "SELECT generation, detail FROM generations ORDER BY switched_at DESC LIMIT 1"
    ).result_rows
    if not found:
        client.command(
            "INSERT INTO generations SELECT {id:String}, {plan:String}, now64(3), {detail:String}",
            parameters={"id": generation.id, "plan": plan, "detail": generation.detail},
        )
        return True
    answering, detail = found[0]
    if answering != generation.id:
        differences = "\n".join(f"  {line}" for line in changed(detail, generation.detail))
        raise OtherGeneration(
            f"the figures in ClickHouse were counted with generation {answering}, this worker counts with "
            f"{generation.id}:\n{differences}\n"
            f"Start with the old catalogue, or run `pulse rebuild` to count the ledger anew."
        )
    return False
