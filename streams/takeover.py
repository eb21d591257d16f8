"""Checks whether a shard may go on counting, given what is counted, the ledger and the broker's log. Pure."""

from __future__ import annotations

from pulse.errors import OperatorError
from streams.commands import Loaded, LogBounds


class Halted(OperatorError):
    """Counting must not go on; the text says why and names the way out."""


REBUILD = "Stop all workers and run `pulse rebuild`: it goes on with the topic as it is now, and what was counted stays."
"""The way out if a topic no longer has the log that was counted."""

ELSEWHERE = (
    "Count what the topics hold into an empty database (another PULSE_CLICKHOUSE and PULSE_CONSUMER_GROUP; "
    "--accept-log-start where their first events are gone); until it has caught up this one answers."
)
"""The way out if events are missing from the log that was counted."""


def gone(shard: str, first: int, last: int) -> str:
    """What to do about offsets that were deleted before they were counted."""
    return (
        f"Raise the topic's retention. {ELSEWHERE} Or, where it is certain that nobody needs them: "
        f"`pulse set-aside {shard}/{first}-{last} --reason …` has them refused, and counting goes on behind them."
    )


def fault(
    shard: str, loaded: Loaded, log: LogBounds, partitions: int, following: int, *, accept_start: bool
) -> str | None:
    """Why the shard must not go on, with the way out; None if it may.

    `partitions` is the partition count of this generation. `following` is the first offset after the position
    that was not set aside. Counting never falls back to the earliest or latest offset: either would silently
    lose or repeat events. `accept_start` allows a first start on a log whose beginning is already gone.
    """
    position = loaded.position
    if log.partitions != partitions:
        return (
            f"{shard}: the topic has {log.partitions} partitions, this generation counts {partitions}: "
            f"subjects have moved. {REBUILD}"
        )
    if position is None:
        if log.start > following and not accept_start:
            return (
                f"{shard}: nothing is counted yet and the log starts at offset {log.start}: what came before is "
                f"gone. Raise the topic's retention, or start with --accept-log-start."
            )
        return None
    if position.partitions != log.partitions:
        return (
            f"{shard}: counted with {position.partitions} partitions, now {log.partitions}: subjects have moved. "
            f"{REBUILD}"
        )
    if position.topic_id and log.topic_id and position.topic_id != log.topic_id:
        return made_anew(shard, position.topic_id, log.topic_id)
    if loaded.lost:
        return (
            f"{shard}: counted up to offset {position.offset}, but the ledger lacks {loaded.lost} of these offsets: rows of "
            f"the table `events` were lost after they were written (a power cut, a damaged disk, a deleted part). Restore "
            f"ClickHouse from a backup: workers go on from there. Or: {ELSEWHERE}"
        )
    if log.start > following:
        return (
            f"{shard}: counted up to offset {following - 1}, but the log starts at {log.start}: offsets "
            f"{following}–{log.start - 1} are gone uncounted. {gone(shard, following, log.start - 1)}"
        )
    if log.end <= position.offset:
        return (
            f"{shard}: counted up to offset {position.offset}, but the log ends at {log.end}: it was cut or made "
            f"anew. {ELSEWHERE}"
        )
    return None


def other_cells(shard: str) -> str:
    """The error text if the stored cells are not what the facts add up to."""
    return (
        f"{shard}: the stored counts are not what the facts add up to: rows of the tables `cells` or `facts` were lost or "
        f"changed after they were written (a power cut, a damaged disk, a deleted part). Stop all workers and run "
        f"`pulse rebuild --force`: it counts the ledger anew."
    )


def vanished(shard: str, first: int, last: int) -> str:
    """The error text if the log no longer has an event that the ledger has."""
    return (
        f"{shard}: the ledger has events at offsets {first}–{last} that were written but not counted, and Kafka does not "
        f"give them any more: the topic is compacted (set cleanup.policy=delete), or PULSE_ISOLATION was changed while a "
        f"worker was down. {ELSEWHERE}"
    )


def made_anew(shard: str, counted: str, there: str) -> str:
    """The error text if the topic is not the one that was counted."""
    return (
        f"{shard}: counted from topic id {counted}, the broker has {there or 'none'}: the topic was deleted and made "
        f"anew. {REBUILD}"
    )
