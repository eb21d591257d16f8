"""Reading orphans, which are events that count in no figure, as the assessor found them."""

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
    """All orphans that the assessor found, by department, measure, kind and county. Blocks."""
    return [
        Orphaned._make(
            [*row[:4], tuple(row[4]), tuple(row[5]), *row[6:11], tuple(map(Sample.of, json.loads(row[11])))]
        )
        for row in client.query(_NOW).result_rows
    ]
