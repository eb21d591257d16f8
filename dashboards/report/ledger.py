"""The ledger at two moments: each record as it was when a report was filed, and as it is now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from sys import intern
from typing import Any

from clickhouse_connect.driver.client import Client

from dashboards.report.attribution import Attribution, Heartbeats, Known, seen_types
from pulse.verify.days import HOUR, local_days, reading_hour
from pulse.verify.ledger import stream
from pulse.verify.statements import Reader, readers
from pulse.verify.topic import RecordState
from schemas.catalogue.model import Catalogue
from schemas.event_type import EventType
from schemas.regions import Regions
from sinks.clickhouse.logs import beginnings
from streams.logs import log_name, topic_of

Positions = Mapping[tuple[str, int], int]
"""(log, partition) → the last offset that counts."""

_POSITIONS = """
SELECT topic, partition, max(offset) FROM positions
WHERE generation = (SELECT generation FROM answering)
GROUP BY topic, partition
"""

_PLACES = """
SELECT * FROM values('topic String, partition UInt16, filed Int64, now Int64', {rows})
"""

_NOT_RECORDED = (1 << 63) - 1
_RECORDED = f"ifNull(toUnixTimestamp64Micro(recorded_time), {_NOT_RECORDED})"
_ACCOUNT = f"tuple(region, time, data, revision, void, fingerprint, {_RECORDED})"
_VERSION = f"(revision, void, fingerprint, -{_RECORDED})"
"""Sort key of a record's messages: the greatest one is its state. Equal versions: the one recorded first is used."""

_RECORDS = """
SELECT type, source, id, subject, stood.1 AS moment, stood.2.1 AS region, toUnixTimestamp64Micro(stood.2.2) AS time,
    toValidUTF8(stood.2.3) AS data, stood.2.4 AS revision, stood.2.5 AS void, stood.2.6 AS fingerprint,
    stood.2.7 AS recorded
FROM
(
    SELECT type, source, id, subject, max(offset <= filed) AS known,
        argMaxIf({account}, {version}, offset <= filed) AS before, argMax({account}, {version}) AS after,
        arrayJoin(multiIf(
            NOT known, [('now', after)], before = after, [('both', after)], [('then', before), ('now', after)]
        )) AS stood
    FROM events INNER JOIN ({places}) AS p ON events.topic = p.topic AND events.partition = p.partition
    WHERE type IN {{types:Array(String)}} AND outcome NOT IN ('refused', 're-keyed', 'passed-over') AND offset <= now
    GROUP BY type, source, id, subject
    HAVING after.2 < fromUnixTimestamp64Micro({{over:Int64}})
        OR known AND before.2 < fromUnixTimestamp64Micro({{over:Int64}})
)
"""
"""The highest version of each record among all messages up to now. If the highest version up to the filing is
another one, a row with that version comes directly before it. Events after the reading day do not count."""

_HEARTBEATS = """
SELECT left(region, 6) AS county, subject, max(offset <= filed) AS known
FROM events INNER JOIN ({places}) AS p ON events.topic = p.topic AND events.partition = p.partition
WHERE type IN {{types:Array(String)}} AND outcome NOT IN ('refused', 're-keyed', 'passed-over') AND offset <= now
    AND time >= fromUnixTimestamp64Micro({{hour:Int64}}) AND time < fromUnixTimestamp64Micro({{over:Int64}})
GROUP BY county, subject
"""


def positions(client: Client) -> dict[tuple[str, int], int]:
    """(log, partition) → the last offset counted in the figures of the answering generation.

    A topic that got more partitions or was created again has earlier logs. Their last offsets are taken from
    the beginning of the log that followed them.
    """
    found = {(log, partition): offset for log, partition, offset in client.query(_POSITIONS).result_rows}
    read = {log for log, _ in found}
    begun = {each.name: each for each in beginnings(client)}
    for log in read:
        while (beginning := begun.get(log)) is not None:
            log = log_name(topic_of(log), beginning.number - 1)
            found |= {(log, partition): last for partition, last in enumerate(beginning.lasts)}
    return found


def attribution(
    client: Client,
    catalogue: Catalogue,
    regions: Regions,
    types: Mapping[str, EventType],
    day: int,
    filed: Positions,
    now: Positions,
) -> Attribution:
    """The attribution for a reading day (days since 1970-01-01), from all topics of the ledger. Blocks.

    Takes about ten seconds for a full-scale year: it reads every record, not only those that changed.
    """
    understood = readers(catalogue, types)
    hour = reading_hour(day, regions.zone, until=1 << 62)  # the day is over
    over = (hour + HOUR) * 1_000_000
    found = Attribution(catalogue, regions, understood, local_days(regions.zone), day, hour)
    heartbeat_types = seen_types(catalogue)
    for topic in dict.fromkeys(measure.topic for measure in catalogue.measures.values()):
        places = _places(topic, filed, now)
        feeds = sorted(kind for kind in understood if types[kind].topic == topic)
        heartbeats = {
            key: _heartbeats(client, places, sorted(kinds), hour)
            for key, kinds in heartbeat_types.items()
            if catalogue.measures[key].topic == topic
        }
        asked = {"types": feeds, "over": over}
        found.topic(topic, _records(client, places, asked, understood), heartbeats)
    return found


def _places(topic: str, filed: Positions, now: Positions) -> str:
    """SQL for a table of the topic's logs and partitions. Those that the filing did not have were empty then."""
    rows = [
        f"('{log}', {partition}, {filed.get((log, partition), -1)}, {last})"
        for (log, partition), last in sorted(now.items())
        if topic_of(log) == topic
    ]
    return _PLACES.format(rows=", ".join(rows)) if rows else ""


def _records(
    client: Client, places: str, asked: Mapping[str, Any], readers: Mapping[str, Reader]
) -> Iterator[Known]:
    if not places or not asked["types"]:
        return
    stood: RecordState | None = None
    for kind, source, key, subject, moment, *columns in stream(
        client, _RECORDS.format(places=places, account=_ACCOUNT, version=_VERSION), dict(asked)
    ):
        account = _account(readers[kind], *columns)
        if moment == "then":
            stood = account
        else:
            yield Known(kind, (source, key, subject), account if moment == "both" else stood, account)
            stood = None


def _account(
    reader: Reader,
    region: str,
    time: int,
    data: str,
    revision: int,
    void: bool,
    fingerprint: int,
    recorded: int,
) -> RecordState:
    content = reader.nothing if void else reader.read(data)
    recorded_us = None if recorded == _NOT_RECORDED else recorded
    return RecordState((revision, bool(void), fingerprint), intern(region), time, recorded_us, content)


def _heartbeats(client: Client, places: str, types: Sequence[str], hour: int) -> Heartbeats:
    found = Heartbeats(set(), set())
    if places:
        asked = {"types": list(types), "hour": hour * 1_000_000, "over": (hour + HOUR) * 1_000_000}
        for county, device, known in stream(client, _HEARTBEATS.format(places=places), asked):
            found.after.add((hour, county, device))
            if known:
                found.before.add((hour, county, device))
    return found
