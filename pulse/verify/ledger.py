"""The ledger's rows, block by block in the order of the log: memory holds a block, not a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from pulse.verify.logs import TopicLog, topic_of


class LedgerRow(NamedTuple):
    """A row of `events`. Instants are microseconds UTC."""

    log: str
    partition: int
    offset: int
    append_time: int
    outcome: str
    reason: str
    source: str
    id: str
    type: str
    subject: str
    revision: int
    void: bool
    fingerprint: int
    time: int
    recorded: int | None
    region: str
    data: str


_ROWS = """
SELECT topic, partition, offset, toUnixTimestamp64Milli(append_time) * 1000 AS append_time, outcome, reason, source, id,
    type, subject, revision, void, fingerprint, toUnixTimestamp64Micro(time) AS time,
    if(isNull(recorded_time), NULL, toUnixTimestamp64Micro(assumeNotNull(recorded_time))) AS recorded,
    region, toValidUTF8(data) AS data
FROM events FINAL
WHERE topic = {topic:String}
ORDER BY partition, offset
"""

_TOPICS = """
SELECT DISTINCT topic FROM events
UNION DISTINCT
SELECT DISTINCT topic FROM positions
"""


def topics(client: Client) -> set[str]:
    """All topics of which anything was received."""
    return {topic_of(row[0]) for row in client.query(_TOPICS).result_rows}


def rows(client: Client, log: TopicLog) -> Iterator[LedgerRow]:
    """The rows of a log, by partition, in the order of offsets. Rows after the log's end do not count and are
    left out."""
    lasts = log.lasts
    for values in stream(client, _ROWS, {"topic": log.name}):
        row = LedgerRow._make(values)
        if lasts is None or row.offset <= lasts.get(row.partition, -1):
            yield row


def stream(client: Client, query: str, parameters: dict[str, Any] | None = None) -> Iterator[Sequence[Any]]:
    """The rows of a query as plain values."""
    with client.query_arrow_stream(query, parameters=parameters, use_strings=True) as blocks:
        for block in blocks:
            columns = [column.to_pylist() for column in block.columns]
            yield from zip(*columns, strict=True)
