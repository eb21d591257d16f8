"""What a worker reports about single partitions, and the operator's requests about them that it carries out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog
from clickhouse_connect.driver.exceptions import ClickHouseError

from sinks.clickhouse.aside import aside
from sinks.clickhouse.letters import resumed
from sinks.clickhouse.store import ClickHouseStore
from streams.driver import Driver
from streams.items import Unreadable

HELD_UP = 30.0
"""Seconds after which a transaction that is still open is logged."""

log = structlog.get_logger("pulse")


async def resume(
    drivers: list[Driver], paused: dict[tuple[str, int], datetime], store: ClickHouseStore
) -> None:
    """Resume partitions that an operator has released. `paused` keeps since when each one has been waiting; updated."""
    now = datetime.now(UTC)
    waiting = {(driver.shard.topic, driver.shard.partition): driver for driver in drivers if driver.paused}
    for shard in set(paused) - set(waiting):
        del paused[shard]
    for shard in waiting:
        paused.setdefault(shard, now)
    if paused:
        try:
            allowed = await store.run(lambda client: resumed(client, paused))
        except (ClickHouseError, OSError) as error:
            log.debug("cannot read resume requests", error=str(error))
            return
        for shard in allowed:
            log.info("going on", topic=shard[0], partition=shard[1])
            waiting[shard].resume()
            del paused[shard]  # if it pauses again before the next check, it waits for a new request


async def pass_unreadable(drivers: list[Driver], store: ClickHouseStore) -> None:
    """Let partitions continue after unreadable content that an operator has set aside."""
    for driver in drivers:
        if driver.unreadable is None:
            continue
        shard, after = (driver.shard.log, driver.shard.partition), driver.unreadable.offset - 1
        try:
            found = await store.run(lambda client, shard=shard, after=after: aside(client, shard, after))  # type: ignore[misc]
        except (ClickHouseError, OSError) as error:
            log.debug("cannot read what was put aside", error=str(error))
            return
        if found:
            driver.set_aside(found)


def warn_of_open_transactions(drivers: list[Driver], since: dict[tuple[str, int], tuple[int, float]]) -> None:
    """Warn once about each open transaction that blocks a partition.

    `since` maps a partition to the blocked offset and the loop time at which it was first seen; updated.
    """
    now = asyncio.get_running_loop().time()
    for driver in drivers:
        shard = driver.shard
        key, at = (shard.topic, shard.partition), shard.position + 1
        if not driver.withheld or at != driver.next:
            since.pop(key, None)
            continue
        known, first = since.setdefault(key, (at, now))
        if known != at:
            since[key] = (at, now)
        elif first <= now - HELD_UP:
            since[key] = (at, float("inf"))
            log.warning(
                "an open transaction holds the partition up: what lies behind it may not be read before it ends",
                topic=shard.topic,
                partition=shard.partition,
                offset=at,
                withheld=driver.withheld,
                todo=f"`kafka-transactions.sh find-hanging --topic … --partition {shard.partition}` names its producer; the "
                f"broker ends it after the producer's transaction.timeout.ms",
            )


def unreadable(topic: str, partition: int, what: Unreadable) -> None:
    """Log that a partition is stuck at content that cannot be read."""
    place = f"{topic}/{partition}/{what.offset}" + (f"-{what.last}" if what.last > what.offset else "")
    log.error(
        "unreadable: the partition stands there, and is tried again",
        topic=topic,
        partition=partition,
        offset=what.offset,
        last=what.last,
        why=what.why,
        todo=f"check the broker's disk, or another replica; if it stays so: `pulse set-aside {place} --reason …`",
    )


def pausing(topic: str, partition: int, why: str) -> None:
    """Log that a partition was paused because too many of its messages were refused."""
    log.error(
        "paused: too much was refused",
        topic=topic,
        partition=partition,
        why=why,
        todo=f"look at `pulse dead-letters list --department {topic}`, then `pulse dead-letters resume {topic}/{partition}`",
    )


def retrying(topic: str, partition: int, step: str, error: Exception, attempt: int, delay: float) -> None:
    """Log that a step failed and will be retried after `delay` seconds."""
    log.warning(
        "unavailable, trying again",
        topic=topic,
        partition=partition,
        step=step,
        error=str(error),
        attempt=attempt,
        seconds=round(delay, 1),
    )
