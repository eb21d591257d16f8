"""May counting go on from here? A pure check of what is counted against what the broker still holds."""

from __future__ import annotations

from streams.commands import Log, Position

REBUILD = "Stop all workers and run `pulse rebuild`: it goes on with the topic as it is now, and what was counted stays."
"""The way out where a topic has another log than the one that was counted."""

ELSEWHERE = (
    "Count what the topics hold into an empty database (another PULSE_CLICKHOUSE and PULSE_GROUP; --accept-log-start "
    "where their first events are gone); until it has caught up this one answers."
)
"""The way out where events of the very log that was counted are gone."""


def fault(
    shard: str, position: Position | None, log: Log, partitions: int, *, accept_start: bool
) -> str | None:
    """Why the shard must not go on, with the way out; None where it may.

    `partitions` is what this generation counts with. There is no falling back to the earliest or latest
    offset: either would lose or repeat events without a word. `accept_start` allows a first start on a log
    whose beginning is already gone.
    """
    if log.partitions != partitions:
        return (
            f"{shard}: the topic has {log.partitions} partitions, this generation counts {partitions}: "
            f"subjects have moved. {REBUILD}"
        )
    if position is None:
        if log.start > 0 and not accept_start:
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
    after = position.offset + 1
    if log.start > after:
        return (
            f"{shard}: counted up to offset {position.offset}, but the log starts at {log.start}: offsets "
            f"{after}–{log.start - 1} are gone uncounted. Raise the topic's retention. {ELSEWHERE}"
        )
    if log.end < after:
        return (
            f"{shard}: counted up to offset {position.offset}, but the log ends at {log.end}: it was cut or made "
            f"anew. {ELSEWHERE}"
        )
    return None


def made_anew(shard: str, counted: str, there: str) -> str:
    """What to say of a topic that is not the one that was counted."""
    return (
        f"{shard}: counted from topic id {counted}, the broker has {there or 'none'}: the topic was deleted and made "
        f"anew. {REBUILD}"
    )
