"""Reading what the assessor found of events that count for nobody."""

from __future__ import annotations

import json

from clickhouse_connect.driver.client import Client

from schemas.orphans import Orphaned, Sample

_NOW = """
SELECT department, measure, measure_zh, measure_en, indicators, types, kind, kind_zh, kind_en, county, events, samples
FROM orphans_now
ORDER BY department, measure, kind, events DESC, county
"""


def orphaned(client: Client) -> list[Orphaned]:
    """What the assessor found. Blocks."""
    return [
        Orphaned._make(
            [*row[:4], tuple(row[4]), tuple(row[5]), *row[6:11], tuple(map(Sample.of, json.loads(row[11])))]
        )
        for row in client.query(_NOW).result_rows
    ]
