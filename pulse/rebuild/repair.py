"""Puts right what somebody changed in the figures, by comparing them row by row with what the ledger gives.

First the ledger is counted into separate rows, under names that end in `.repair` and that nothing reads. Then
missing rows are copied, and after that wrong rows are deleted. No right fact is missing at any time, so a
repair may be killed anywhere and run again, and a worker that takes over in between finds whole facts. No
worker may write meanwhile.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from pulse.rebuild.lineage import MARK
from pulse.rebuild.plan import RebuildPlan
from pulse.rebuild.statements import count, delete, insert

_SHARD = "topic = {topic:String} AND partition = {partition:UInt16}"
_OURS = f"generation = {{ours:String}} AND {_SHARD}"
_RIGHT = f"generation = {{right:String}} AND {_SHARD}"

_FACT_KEY = "measure, member, subject, source, id, type, offset"
_FACT = f"{_FACT_KEY}, revision, void, fingerprint, region, time, rank, value, live"
_WRONG_FACTS = (
    f"{_OURS} AND sipHash128({_FACT}) NOT IN (SELECT sipHash128({_FACT}) FROM facts WHERE {_RIGHT})"
)
_MISSING_FACTS = f"""{_RIGHT} AND (
    sipHash128({_FACT}) NOT IN (SELECT sipHash128({_FACT}) FROM facts WHERE {_OURS})
    OR sipHash128({_FACT_KEY}) IN (SELECT sipHash128({_FACT_KEY}) FROM facts WHERE {_WRONG_FACTS})
)"""
"""A right row is also written again where a wrong one has its key: of two rows with one key, merges keep the later."""

_CELL = "measure, region, day, value"
_ABOVE = f"{_OURS} AND offset > {{last:Int64}}"
"""Rows that would take precedence over those that a worker writes next."""
_WRONG_CELLS = f"""{_OURS} AND sipHash128({_CELL}) NOT IN (
    SELECT sipHash128({_CELL}) FROM cells FINAL WHERE {_RIGHT}
)"""
_MISSING_CELLS = f"""{_RIGHT} AND sipHash128({_CELL}) NOT IN (
    SELECT sipHash128({_CELL}) FROM cells FINAL WHERE {_OURS}
)"""

_SHARDS = "SELECT topic, partition, offset FROM positions FINAL WHERE generation = {right:String}"
_STRAY = """generation = {ours:String} AND (topic, partition) NOT IN (
    SELECT topic, partition FROM positions WHERE generation = {right:String}
)"""

_HOURS = """measure = {{{}:String}} AND (hour, county, device) NOT IN (
    SELECT hour, county, device FROM device_hours WHERE measure = {{{}:String}}
)"""
_WRONG_HOURS, _MISSING_HOURS = _HOURS.format("ours", "right"), _HOURS.format("right", "ours")


class Mended(NamedTuple):
    """How many rows of each table were (written, deleted)."""

    facts: tuple[int, int]
    cells: tuple[int, int]
    device_hours: tuple[int, int]


def mend(client: Client, plan: RebuildPlan) -> Mended:
    """Make the answering generation's rows the same as those counted under the plan's target, then delete the latter."""
    names = {"ours": plan.generation.id, "right": plan.target}
    facts, cells = [0, 0], [0, 0]
    for topic, partition, last in client.query(_SHARDS, parameters=names).result_rows:
        where: dict[str, Any] = names | {"topic": topic, "partition": partition, "last": last}
        facts[0] += insert(client, "facts", {"generation": "{ours:String}"}, _MISSING_FACTS, where)
        facts[1] += delete(client, "facts", _WRONG_FACTS, where)
        # Before the insert: else a merge could keep such a row instead of the right one, and the delete would leave none.
        cells[1] += delete(client, "cells", _ABOVE, where)
        # Only present cells are reported as wrong. Their older rows, which nothing reads, are deleted with them.
        wrong = count(client, "cells FINAL", _WRONG_CELLS, where)
        as_of = {"generation": "{ours:String}", "offset": "{last:Int64}"}
        cells[0] += insert(client, "cells", as_of, _MISSING_CELLS, where)
        if wrong:
            delete(client, "cells", _WRONG_CELLS, where)
        cells[1] += wrong
        insert(client, "positions", {"generation": "{ours:String}"}, _RIGHT, where)
    facts[1] += delete(client, "facts", _STRAY, names)
    cells[1] += delete(client, "cells", _STRAY, names)
    hours = [0, 0]
    for key in sorted(plan.heard):
        where = {"ours": key, "right": key + MARK}
        hours[0] += insert(client, "device_hours", {"measure": "{ours:String}"}, _MISSING_HOURS, where)
        hours[1] += delete(client, "device_hours", _WRONG_HOURS, where)
    discard(client, plan)
    return Mended((facts[0], facts[1]), (cells[0], cells[1]), (hours[0], hours[1]))


def discard(client: Client, plan: RebuildPlan) -> None:
    """Delete what was counted under the plan's target."""
    for table in ("facts", "cells", "positions"):
        delete(client, table, "generation = {right:String}", {"right": plan.target})
    delete(client, "device_hours", "endsWith(measure, {mark:String})", {"mark": MARK})
