"""`pulse set-aside`: the last resort if an offset stops its partition."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import click

from pulse.terminal.lines import print_line
from pulse.terminal.refused import CommandRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_connect.driver.client import Client

    from pulse.app.city import City
    from pulse.app.settings import Settings
    from streams.commands import Aside, Loaded, LogBounds
    from streams.items import Item
    from streams.kafka import Topic
    from streams.shard import Shard

MOST = 100_000
"""The most offsets that one call may put aside. Each becomes a dead letter."""
FAR = 200_000
"""The most offsets after the position that are tried on the way to the given one."""


@click.command("set-aside")
@click.argument("place", metavar="TOPIC/PARTITION/OFFSET[-LAST]")
@click.option("--reason", required=True, help="Why, for those who come later. It stands in the dead letter.")
@click.option("--dry-run", is_flag=True, help="Only say whether it can be counted.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(place: str, reason: str, dry_run: bool, yes: bool) -> None:
    """Put an offset aside that stops its partition: the last resort.

    Whatever lies there is refused, with your reason, and counting goes on behind it: a batch that cannot be read, an event
    that ends the worker, offsets that were deleted uncounted. The ledger keeps a row for each, so the balance and
    `pulse verify` hold.

    It is tried first, without writing anything, and refused where the offset can be counted: whatever a department sent by
    mistake is a dead letter by itself, or is mended by a correction.

    A worker that stands there goes on within seconds; one that has ended, when it is started again. Exit status: 0 done,
    or with --dry-run: could be done; 2 refused.

    \b
    pulse set-aside employment/3/1742 --reason "disk of broker 2 damaged, see ticket 118"
    pulse set-aside employment/3/1742-1790 --reason …    a batch, or what is gone
    """
    from pulse.app.city import load_city
    from pulse.app.service import found_topics
    from pulse.app.settings import load_settings
    from sinks.clickhouse.aside import put_aside
    from sinks.clickhouse.connection import answering, connect

    span = _span(place)
    settings = load_settings()
    city = load_city(settings)
    if span.topic not in city.topics:
        raise click.BadParameter(
            f"{span.topic}: expected one of {', '.join(city.topics)}", param_hint="PLACE"
        )
    kafka_topics = found_topics(settings, city)
    if span.partition >= kafka_topics[span.topic].partitions:
        raise click.BadParameter(
            f"{place}: {span.topic} has partitions 0 to {kafka_topics[span.topic].partitions - 1}",
            param_hint="PLACE",
        )
    with closing(connect(settings.clickhouse.get_secret_value())) as client, answering():
        found = asyncio.run(_found(settings, city, client, kafka_topics, span))
        if isinstance(found, str):
            raise CommandRefused(f"{place}: {found}")
        log, why, offsets = found
        print_line(f"{place}: {why}")
        if dry_run:
            print_line(f"{len(offsets)} offsets could be put aside; nothing done (--dry-run)")
            return
        if yes or click.confirm(f"{len(offsets)} offsets: refuse them, whatever lies there?"):
            put_aside(client, (log, span.partition), [each._replace(reason=reason) for each in offsets])
            print_line(
                f"{len(offsets)} offsets put aside. A worker that stands there goes on within seconds."
            )


class _Span(NamedTuple):
    topic: str
    partition: int
    first: int
    last: int


def _span(text: str) -> _Span:
    topic, _, rest = text.partition("/")
    partition, _, offsets = rest.partition("/")
    first, dash, last = offsets.partition("-")
    if not topic or not all(number.isdecimal() for number in (partition, first, last if dash else first)):
        raise click.BadParameter(
            f"{text}: expected TOPIC/PARTITION/OFFSET or TOPIC/PARTITION/OFFSET-LAST, as employment/3/1742",
            param_hint="PLACE",
        )
    span = _Span(topic, int(partition), int(first), int(last if dash else first))
    if not span.first <= span.last < span.first + MOST:
        raise click.BadParameter(
            f"{text}: expected 1 to {MOST} offsets, the first one first", param_hint="PLACE"
        )
    return span


async def _found(
    settings: Settings, city: City, client: Client, kafka_topics: dict[str, Topic], span: _Span
) -> str | tuple[str, str, list[Aside]]:
    """Check whether the offsets may be put aside, without writing anything.

    Returns why they may not; or (the log, why counting stops there, the offsets to put aside).
    """
    from pulse.app.service import counted
    from sinks.clickhouse.store import ClickHouseStore
    from streams.counting.calendar import Calendar
    from streams.kafka import Logs
    from streams.logs import log_name
    from streams.shard import Shard

    generation, logs = counted(client, city, kafka_topics)
    calendar = Calendar(city.regions.zone)
    log = log_name(span.topic, logs.get(span.topic, 1))
    name, topic = settings.topic_prefix + span.topic, kafka_topics[span.topic]
    store = ClickHouseStore(client, generation.id, calendar)
    known = Logs(settings.kafka, {name: topic}, settings.isolation)
    try:
        loaded = await store.load(log, span.partition)
        await known.start()
        bounds = await known.bounds(name, span.partition)
        readable = (await known.ends())[name, span.partition]
    finally:
        store.close()
        await known.stop()
    shard = Shard(
        catalogue=city.catalogue, contract=city.contract, calendar=calendar, generation=generation.id,
        topic=span.topic, partition=span.partition, partitions=topic.partitions, log=log, accept_start=True,
    )  # fmt: skip
    return await _obstacle(settings, shard, loaded, bounds, readable, span)


async def _obstacle(
    settings: Settings, shard: Shard, loaded: Loaded, bounds: LogBounds, readable: int, span: _Span
) -> str | tuple[str, str, list[Aside]]:
    from sinks.clickhouse.tables import arrow
    from streams.commands import Aside, Seek
    from streams.reading import span as read
    from streams.trial import obstacle

    now = int(time.time() * 1000)
    shard.assigned()
    begun = shard.loaded(loaded, bounds)
    if span.first <= shard.last:
        return f"counted, refused or put aside already: the position is {shard.last}"
    if span.first < bounds.start:
        if span.first != shard.last + 1 or span.last >= bounds.start:
            return f"offsets {shard.last + 1}–{bounds.start - 1} are gone uncounted: put these aside, no more and no less"
        gone = f"gone uncounted: the log starts at {bounds.start}"
        return shard.log, gone, [Aside(offset, now, "") for offset in range(span.first, span.last + 1)]
    if not isinstance(begun, Seek):
        return f"counting cannot go on for another reason: {getattr(begun, 'reason', begun)}"
    if span.last >= readable:
        return f"nothing lies there that may be read yet: the log ends at {readable}, or an open transaction begins"
    if span.last - shard.last > FAR:
        return f"no worker has come near it: the position is {shard.last}. Start one: it says where it ends"
    shard.done()
    items = await read(
        settings.kafka,
        (settings.topic_prefix + shard.topic, shard.partition),
        begun.offset,
        span.last,
        settings.isolation,
    )
    met = obstacle(shard, items, lambda write: arrow(write.table, write.columns))
    if met is None:
        return "it can be counted, or is refused by itself: start a worker. Nothing is to be put aside"
    if not met.first <= span.first <= span.last <= met.last:
        return f"counting ends at offset {_shown(met.first, met.last)} ({met.why}): put that aside, and nothing else"
    if span.first != met.first:
        return f"counting ends at offset {met.first} already ({met.why}): begin there"
    return shard.log, met.why, [
        Aside(offset, _time(items, offset, now), "") for offset in range(span.first, span.last + 1)
    ]  # fmt: skip


def _time(items: Sequence[Item], offset: int, otherwise: int) -> int:
    """The append time (ms) of the record at an offset; `otherwise` if it cannot be read."""
    from streams.items import LogRecord
    from streams.reading import lying

    found = lying(items, offset)
    return found.timestamp if isinstance(found, LogRecord) else otherwise


def _shown(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
