"""Checks that nothing is lost or counted twice: offsets, positions, dead letters and the view `balance`, each
counted anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from clickhouse_connect.driver.client import Client

from pulse.verify.days import calendar_date
from pulse.verify.difference import Difference
from pulse.verify.logs import Logs, logs_of
from pulse.verify.topic import LogPartition, Topic

_POSITIONS = """
SELECT topic, partition, offset, toUnixTimestamp64Milli(append_time) * 1000
FROM positions FINAL
WHERE generation = {generation:String}
"""
_ENDS = """
SELECT topic, partition, max(last)
FROM (SELECT topic, partition, offset AS last FROM events UNION ALL SELECT topic, partition, last FROM gaps)
GROUP BY topic, partition
"""
_OFFSETS = "SELECT log, partition, received, empty, last FROM offsets"
_LETTERS = "SELECT topic, partition, offset, reason FROM dead_letters FINAL"
_BALANCE = """
SELECT topic, toInt32(day), received, counted, duplicate, superseded, conflict, refused, rekeyed, passed_over
FROM balance
"""
_OUTCOMES = ("counted", "duplicate", "superseded", "conflict", "refused", "re-keyed", "passed-over")


def positions(client: Client, generation: str) -> dict[LogPartition, tuple[int, int]]:
    """Shard → the offset up to which its rows are complete, and its append time in microseconds UTC."""
    found = client.query(_POSITIONS, parameters={"generation": generation}).result_rows
    return {(topic, partition): (offset, time) for topic, partition, offset, time in found}


def settled(client: Client, generation: str, known: Logs) -> bool:
    """Whether no flush is half done: each position is the last offset of the ledger."""
    ended = {log.name for own in known.values() for log in own[:-1]}
    begun = {
        (own[-1].name, n): first - 1 for own in known.values() for n, first in (own[-1].firsts or {}).items()
    }
    ends = begun | {
        (row[0], row[1]): row[2] for row in client.query(_ENDS).result_rows if row[0] not in ended
    }
    return ends == {shard: offset for shard, (offset, _) in positions(client, generation).items()}


def position_differences(
    topics: Iterable[Topic], known: Logs, found: Mapping[LogPartition, tuple[int, int]]
) -> Iterator[Difference]:
    """Positions that are not the end of the ledger. Only current logs have positions; logs that ended have
    none any more. `found` was read before the ledger was."""
    ends = {
        shard: end
        for topic in topics
        for shard, end in topic.ends.items()
        if shard[0] == logs_of(known, topic.name)[-1].name
    }
    for shard in sorted(ends.keys() | found.keys()):
        end, position = ends.get(shard), found.get(shard)
        if end != position:
            remedy = "start a worker: it goes on from the position; if one is running, use --wait"
            if position is not None and (end is None or end[0] < position[0]):
                remedy = "the ledger's last rows were deleted: restore a backup, or count Kafka into an empty database"
            elif position is not None and end is not None and end[0] == position[0]:
                remedy = "an append time was changed: `pulse rebuild --force` mends a position's"
            yield Difference("position", f"{shard[0]}/{shard[1]}", _end(end), _end(position), remedy)


def _end(end: tuple[int, int] | None) -> str:
    return "nothing received" if end is None else f"offset {end[0]}, appended at {end[1] // 1000} ms"


def letter_differences(client: Client, topics: Iterable[Topic], known: Logs) -> Iterator[Difference]:
    """Refused messages without a dead letter, dead letters without a refused message, and reasons that differ."""
    expected = {place: reason for topic in topics for place, reason in topic.refused.items()}
    lasts = {log.name: log.lasts for own in known.values() for log in own if log.lasts is not None}
    found = {
        (log, partition, offset): reason
        for log, partition, offset, reason in client.query(_LETTERS).result_rows
        if log not in lasts or offset <= lasts[log].get(partition, -1)
    }
    for place in sorted(expected.keys() | found.keys()):
        if expected.get(place) != found.get(place):
            yield Difference(
                "dead letter", "/".join(map(str, place)), _letter(expected.get(place)), _letter(found.get(place)),
                "a row of dead_letters or of the ledger was changed: restore it from a backup",
            )  # fmt: skip


def _letter(reason: str | None) -> str:
    return "no dead letter" if reason is None else f"refused: {reason}"


def balance_differences(client: Client, topics: Sequence[Topic]) -> Iterator[Difference]:
    """The topics and append days for which the view `balance` is wrong."""
    expected = {
        (topic.name, day): (rows, *(topic.outcomes[day, outcome] for outcome in _OUTCOMES))
        for topic in topics
        for day, rows in topic.received.items()
    }
    found = {(row[0], row[1]): tuple(row[2:]) for row in client.query(_BALANCE).result_rows}
    for topic, day in sorted(expected.keys() | found.keys()):
        right, wrong = expected.get((topic, day)), found.get((topic, day))
        if right != wrong:
            yield Difference(
                "balance", f"{topic} on {calendar_date(day)}", _line(right), _line(wrong),
                "see the rows named above; if none is, make the views anew with `pulse migrate`",
            )  # fmt: skip


def offset_differences(client: Client, topics: Sequence[Topic]) -> Iterator[Difference]:
    """The partitions for which the view `offsets` is wrong."""
    expected = {
        shard: (topic.rows[shard], topic.empty.get(shard, 0), end)
        for topic in topics
        for shard, (end, _) in topic.ends.items()
        if topic.rows[shard] or shard in topic.empty
    }
    found = {(row[0], row[1]): tuple(row[2:]) for row in client.query(_OFFSETS).result_rows}
    for shard in sorted(expected.keys() | found.keys()):
        right, wrong = expected.get(shard), found.get(shard)
        if right != wrong:
            yield Difference(
                "balance", f"{shard[0]}/{shard[1]}", _offsets(right), _offsets(wrong),
                "see the rows named above; if none is, make the views anew with `pulse migrate`",
            )  # fmt: skip


def _offsets(counts: Sequence[int] | None) -> str:
    if counts is None:
        return "nothing received"
    received, empty, last = counts
    return f"{received} events and {empty} offsets without one, up to offset {last}"


def _line(counts: Sequence[int] | None) -> str:
    if counts is None:
        return "nothing received"
    received, *by_outcome = counts
    parts = [f"{count} {outcome}" for count, outcome in zip(by_outcome, _OUTCOMES, strict=True) if count]
    return f"{received} received = {' + '.join(parts) or '0'}"
