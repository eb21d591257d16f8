"""One pass over a topic's ledger, in the order of its logs, which checks each row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from sys import intern

from pulse.verify.days import HOUR
from pulse.verify.difference import Difference
from pulse.verify.gaps import NONE, Gaps
from pulse.verify.ledger import LedgerRow
from pulse.verify.logs import TopicLog
from pulse.verify.statements import Reader
from pulse.verify.topic import LogPartition, MeasureValues, RecordState, SentOn, Topic
from schemas.canonical import fingerprint
from schemas.event_type import EventType

_SENT_ON = "re-keyed"
_PASSED_OVER = "passed-over"
_REPUBLISH = (
    "the row was changed in ClickHouse: restore it from a backup, or count Kafka anew into an empty database"
)
_LOST = (
    "the row was deleted in ClickHouse: restore it from a backup, or count Kafka anew into an empty database"
)
_EITHER = (
    "Kafka gave an event there once and none later: the topic is compacted (set cleanup.policy=delete), or PULSE_ISOLATION "
    "was changed; else the row of `gaps` was written by hand: delete it"
)


def replay(
    name: str,
    logs: Sequence[TopicLog],
    rows: Callable[[TopicLog], Iterable[LedgerRow]],
    gaps: Callable[[TopicLog], Mapping[int, Gaps]],
    types: Mapping[str, EventType],
    readers: Mapping[str, Reader],
    local_day: Callable[[int], int],
) -> Topic:
    """Read a topic's logs, one after the other, the rows of each in its order.

    A record's versions are collected over all logs: a correction may be in a later log than what it corrects.
    """
    topic = Topic(name)
    heartbeats = {kind.type for kind in types.values() if kind.heartbeat}
    for log in logs:
        empty = gaps(log)
        _begins(topic, log)
        for row in rows(log):
            _follows(topic, row, empty.get(row.partition, NONE))
            expected = _expected(topic, row, heartbeats, readers)
            day = local_day(row.append_time)
            topic.received[day] += 1
            topic.rows[row.log, row.partition] += 1
            topic.outcomes[day, expected] += 1
            if row.outcome != expected:
                topic.differences.append(
                    Difference("outcome", _place(row), expected, row.outcome, _REPUBLISH)
                )
        _ends(topic, log, empty)
    _arrived(topic)
    return topic


def _expected(
    topic: Topic, row: LedgerRow, heartbeats: Collection[str], readers: Mapping[str, Reader]
) -> str:
    """The outcome that a row's message must have."""
    if not row.type:
        topic.refused[row.log, row.partition, row.offset] = row.reason
        return "refused"
    if row.outcome == _PASSED_OVER and not row.subject:
        return _PASSED_OVER  # it was another plan's when it came, even if it would be counted now
    if row.type in heartbeats and row.outcome != _SENT_ON:
        beat = (row.time // 1_000_000 // HOUR * HOUR, intern(row.region[:6]), intern(row.subject))
        topic.device_hours.setdefault(row.type, set()).add(beat)
        return "counted"
    _check_content(topic, row)
    return _record(topic, row, readers.get(row.type))


def _place(row: LedgerRow) -> str:
    return f"{row.log}/{row.partition}/{row.offset}"


def _begins(topic: Topic, log: TopicLog) -> None:
    """Put the ends of a log's partitions just before their first offsets, for a log that is not the first."""
    latest = max((time for _, time in topic.ends.values()), default=0)
    for partition, first in (log.firsts or {}).items():
        topic.ends[log.name, partition] = (first - 1, latest)


def _follows(topic: Topic, row: LedgerRow, gaps: Gaps) -> None:
    """Check that the offsets of a partition follow one another, except for those that hold no event."""
    shard = row.log, row.partition
    before = topic.ends.get(shard, (-1, 0))[0]
    if row.offset != before + 1:
        _missing(topic, shard, gaps.missing(before + 1, row.offset - 1))
    if row.offset in gaps:
        topic.differences.append(Difference("offset", _place(row), "no event", "an event", _EITHER))
    topic.ends[shard] = (row.offset, row.append_time)


def _ends(topic: Topic, log: TopicLog, gaps: Mapping[int, Gaps]) -> None:
    """Check the offsets after the last event: up to the last one that holds no event, and up to the end of a
    log that has ended. Where the topic was deleted after it, the events that were sent on count."""
    for partition, empty in gaps.items():
        shard, last = (log.name, partition), empty.all[-1].last
        end, time = topic.ends.get(shard, (-1, 0))
        topic.empty[shard] = len(empty)
        if end < last:
            _missing(topic, shard, empty.missing(end + 1, last))
            topic.ends[shard] = (last, time)
    for partition, last in (log.lasts or {}).items():
        shard = log.name, partition
        end = topic.ends.get(shard, (-1, 0))[0]
        if end < last:
            _missing(topic, shard, [(end + 1, last)])
    if log.gone:
        for _, event_type, record, state in topic.sent_on:
            held = topic.standing.setdefault(event_type, {}).get(record)
            if (
                held is None
                or held.version < state.version
                or (held.version == state.version and _earlier(state.recorded, held.recorded))
            ):
                topic.standing[event_type][record] = state


def _missing(topic: Topic, shard: LogPartition, ranges: Iterable[tuple[int, int]]) -> None:
    for first, last in ranges:
        missing = f"offset {first} is" if first == last else f"offsets {first}–{last} are"
        where = f"{shard[0]}/{shard[1]}: {missing} missing from the ledger"
        topic.differences.append(
            Difference("offset", where, "a row for each offset, or that no event lies there", "none", _LOST)
        )


def _check_content(topic: Topic, row: LedgerRow) -> None:
    found = fingerprint(row.type, row.subject, row.time, row.region, row.data.encode())
    if found != row.fingerprint:
        where = f"{_place(row)} ({row.type}, id {row.id})"
        topic.differences.append(
            Difference(
                "event",
                where,
                f"content of fingerprint {row.fingerprint:016x}",
                f"{found:016x}",
                _REPUBLISH,
            )
        )


def _record(topic: Topic, row: LedgerRow, reader: Reader | None) -> str:
    """The outcome of an event in the partition where it arrived: the highest (revision, void, fingerprint) stands."""
    key = (intern(row.source), row.id, row.subject)
    version = (row.revision, row.void, row.fingerprint)
    if row.outcome == _SENT_ON:
        if reader is not None:
            topic.sent_on.append(SentOn(_place(row), intern(row.type), key, _state(topic, row, reader)))
        return _SENT_ON
    records = topic.standing.setdefault(row.type, {})
    held = records.get(key)
    if held is not None:
        if version == held.version:
            if _earlier(row.recorded, held.recorded):
                records[key] = _state(topic, row, reader)
            return "duplicate"
        same = version[:2] == held.version[:2]
        if version < held.version:
            return "conflict" if same else "superseded"
    records[key] = _state(topic, row, reader)
    return "conflict" if held is not None and same else "counted"


def _earlier(recorded: int | None, held: int | None) -> bool:
    """Whether a repeat of a version was recorded before the one that stands, and so replaces it; one that
    does not say when it was recorded never does."""
    return recorded is not None and (held is None or recorded < held)


def _state(topic: Topic, row: LedgerRow, reader: Reader | None) -> RecordState:
    version = (row.revision, row.void, row.fingerprint)
    return RecordState(version, intern(row.region), row.time, row.recorded, _values(topic, row, reader))


def _values(topic: Topic, row: LedgerRow, reader: Reader | None) -> MeasureValues:
    if reader is None:
        return ()
    if row.void:
        return reader.nothing
    try:
        return reader.read(row.data)
    except ValueError as error:
        where = f"{_place(row)} ({row.type}, id {row.id})"
        topic.differences.append(
            Difference("event", where, "data as the event type has it", str(error), _REPUBLISH)
        )
        return reader.nothing


def _arrived(topic: Topic) -> None:
    """Check that each re-keyed event, or a higher version of it, was counted in the partition that it was
    sent on to, or refused there."""
    missing = []
    for place, event_type, key, state in topic.sent_on:
        held = topic.standing.get(event_type, {}).get(key)
        if held is None or held.version < state.version:
            missing.append((place, event_type, key))
    if len(missing) > sum(reason == "misplaced" for reason in topic.refused.values()):
        remedy = "wait until the other partition has been read; else the row there was changed: restore it from a backup"
        topic.differences += [
            Difference(
                "outcome",
                f"{place} ({event_type}, id {key[1]})",
                "counted in another partition",
                "nowhere",
                remedy,
            )
            for place, event_type, key in missing
        ]
