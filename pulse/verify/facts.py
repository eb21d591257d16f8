"""Compares facts with what the ledger says: by a hash for each measure, and row by row only where that differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clickhouse_connect.driver.client import Client

from pulse.verify.days import calendar_date
from pulse.verify.difference import Difference
from pulse.verify.ledger import stream
from pulse.verify.measures import Digest, Said

_REMEDY = "`pulse rebuild --force` writes facts and cells anew from the ledger"

_STANDING = """
SELECT measure, member, source, id, type, subject,
    argMax(
        (region, toUnixTimestamp64Micro(time), rank, value, live, revision, fingerprint),
        (revision, void, fingerprint, offset)
    ) AS s
FROM facts
WHERE generation = {generation:String} AND topic = {topic:String}
GROUP BY measure, member, source, id, type, subject
HAVING s.5
"""

_DIGESTS = f"""
SELECT measure, count(), groupBitXor(xxh3(concat(
    member, '\\n', source, '\\n', id, '\\n', type, '\\n', subject, '\\n', s.1, '\\n',
    toString(s.2), '\\n', toString(s.3), '\\n', toString(s.4), '\\n', toString(s.6), '\\n', toString(s.7)
)))
FROM ({_STANDING})
GROUP BY measure
"""

_OF_MEASURE = f"""
SELECT member, source, id, type, subject, s.1, s.2, s.3, s.4
FROM ({_STANDING})
WHERE measure = {{measure:String}}
"""


def digests(client: Client, generation: str, log: str) -> Mapping[str, Digest]:
    """A digest of the live standing facts of each measure. All facts of a topic are stored under its current log."""
    where = {"generation": generation, "topic": log}
    found = client.query(_DIGESTS, parameters=where).result_rows
    return {measure: Digest(count, mixed) for measure, count, mixed in found}


def fact_differences(
    client: Client, generation: str, log: str, measure: str, said: Said
) -> Iterator[Difference]:
    """The facts of a measure that differ from the ledger. To be called where its digest differs."""
    expected = {
        (s.member, s.source, s.id, s.type, subject): (s.region, s.time, s.rank, s.value)
        for subject, about in said.items()
        for s in about
    }
    where = {"generation": generation, "topic": log, "measure": measure}
    found = {row[:5]: row[5:] for row in map(tuple, stream(client, _OF_MEASURE, where))}
    named = sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))
    for key in named:
        _, source, event_id, event_type, subject = key
        yield Difference(
            "fact", f"{measure}: {event_type} {event_id} of {source}, subject {subject}", _words(expected.get(key)),
            _words(found.get(key)), _REMEDY,
        )  # fmt: skip
    if not named:
        text = "the same versions of all records"
        yield Difference("fact", f"{measure} of {log}", text, "other versions of some", _REMEDY)


def _words(fact: tuple[str, int, int, int] | None) -> str:
    if fact is None:
        return "nothing that counts"
    region, time, rank, value = fact
    return f"{value} in {region} on {calendar_date(time // 86_400_000_000)} (UTC), rank {rank}"
