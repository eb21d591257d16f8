"""One pass over a topic's ledger in the order of the log: is each row what it must be?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from sys import intern

from schemas.canonical import fingerprint
from schemas.event_type import EventType
from verify.days import HOUR
from verify.difference import Difference
from verify.ledger import Row
from verify.statements import Reader
from verify.topic import Account, Topic

_SENT_ON = "re-keyed"
_REPUBLISH = (
    "the row was changed in ClickHouse: restore it from a backup, or count Kafka anew into an empty database"
)
_LOST = (
    "the row was deleted in ClickHouse: restore it from a backup, or count Kafka anew into an empty database"
)


def replay(
    name: str,
    rows: Iterable[Row],
    types: Mapping[str, EventType],
    readers: Mapping[str, Reader],
    local_day: Callable[[int], int],
) -> Topic:
    """Read a topic's rows in the order of the log."""
    topic = Topic(name)
    heartbeats = {kind.type for kind in types.values() if kind.heartbeat}
    for row in rows:
        _follows(topic, row)
        if not row.type:
            expected = "refused"
            topic.refused[row.partition, row.offset] = row.reason
        elif row.type in heartbeats and row.outcome != _SENT_ON:
            expected = "counted"
            beat = (row.time // 1_000_000 // HOUR * HOUR, intern(row.region[:6]), intern(row.subject))
            topic.heard.setdefault(row.type, set()).add(beat)
        else:
            _check_content(topic, row)
            expected = _record(topic, row, readers.get(row.type))
        day = local_day(row.append_time)
        topic.received[day] += 1
        topic.outcomes[day, expected] += 1
        if row.outcome != expected:
            topic.differences.append(
                Difference("outcome", _place(topic, row), expected, row.outcome, _REPUBLISH)
            )
    _arrived(topic)
    return topic


def _place(topic: Topic, row: Row) -> str:
    return f"{topic.name}/{row.partition}/{row.offset}"


def _follows(topic: Topic, row: Row) -> None:
    """Offsets of a partition follow one another."""
    if (before := topic.ends.get(row.partition)) and row.offset != before[0] + 1:
        first, last = before[0] + 1, row.offset - 1
        missing = f"offset {first} is" if first == last else f"offsets {first}–{last} are"
        where = f"{topic.name}/{row.partition}: {missing} missing from the ledger"
        topic.differences.append(Difference("offset", where, "a row for each offset", "none", _LOST))
    topic.ends[row.partition] = (row.offset, row.append_time)


def _check_content(topic: Topic, row: Row) -> None:
    found = fingerprint(row.type, row.subject, row.time, row.region, row.data.encode())
    if found != row.fingerprint:
        where = f"{_place(topic, row)} ({row.type}, id {row.id})"
        topic.differences.append(
            Difference(
                "event",
                where,
                f"content of fingerprint {row.fingerprint:016x}",
                f"{found:016x}",
                _REPUBLISH,
            )
        )


def _record(topic: Topic, row: Row, reader: Reader | None) -> str:
    """What becomes of an event where it arrived: highest (revision, void, fingerprint) stands."""
    key = (intern(row.source), row.id, row.subject)
    version = (row.revision, row.void, row.fingerprint)
    if row.outcome == _SENT_ON:
        if reader is not None:
            topic.sent_on.append((_place(topic, row), row.type, key, version))
        return _SENT_ON
    records = topic.standing.setdefault(row.type, {})
    held = records.get(key)
    if held is not None:
        if version == held.version:
            return "duplicate"
        same = version[:2] == held.version[:2]
        if version < held.version:
            return "conflict" if same else "superseded"
    records[key] = Account(version, intern(row.region), row.time, _said(topic, row, reader))
    return "conflict" if held is not None and same else "counted"


def _said(topic: Topic, row: Row, reader: Reader | None) -> tuple[int | None, ...]:
    if reader is None:
        return ()
    if row.void:
        return reader.nothing
    try:
        return reader.read(row.data)
    except ValueError as error:
        where = f"{_place(topic, row)} ({row.type}, id {row.id})"
        topic.differences.append(
            Difference("event", where, "data as the event type has it", str(error), _REPUBLISH)
        )
        return reader.nothing


def _arrived(topic: Topic) -> None:
    """A re-keyed event, or a higher version of it, is counted where it was sent on to, or refused there."""
    missing = []
    for place, type, key, version in topic.sent_on:
        account = topic.standing.get(type, {}).get(key)
        if account is None or account.version < version:
            missing.append((place, type, key))
    if len(missing) > sum(reason == "misplaced" for reason in topic.refused.values()):
        remedy = "wait until the other partition has been read; else the row there was changed: restore it from a backup"
        topic.differences += [
            Difference(
                "outcome", f"{place} ({type}, id {key[1]})", "counted in another partition", "nowhere", remedy
            )
            for place, type, key in missing
        ]
