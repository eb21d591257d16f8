"""`python -m bench.memory`: how much memory a worker keeps after a year of hourly heartbeats.

The shards of one topic fold the simulated year of the devices' system, with heartbeats, as they would from
Kafka. Rows become Arrow columns and are dropped. This process also simulates the year, a day at a time, so
look at the growth.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from bench.__main__ import PARTITIONS, Received
from pulse.app.city import City, load_city
from pulse.app.settings import load_settings
from pulse.simulate.city import SimulatedCity
from pulse.simulate.year import year
from sinks.clickhouse.tables import arrow
from streams.commands import Loaded, LogBounds, Write
from streams.counting.calendar import Calendar
from streams.partition import partition_of
from streams.shard import Shard

TOPIC = "smart-community"
BATCH = 2_000
"""Messages of a partition that are folded and flushed together."""

MIB = 1 << 20
_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> float:
    """MiB that this process holds in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / MIB


def shards(city: City) -> list[Shard]:
    """All shards of the topic, in the state in which a single worker starts them."""
    made = []
    for partition in range(PARTITIONS):
        shard = Shard(
            catalogue=city.catalogue, contract=city.contract, calendar=Calendar(city.regions.zone), generation="bench",
            topic=TOPIC, partition=partition, partitions=PARTITIONS,
        )  # fmt: skip
        shard.assigned()
        shard.loaded(Loaded(None, []), LogBounds(0, 0, "", PARTITIONS))
        shard.done()
        made.append(shard)
    return made


def flush(shard: Shard, batch: list[Received]) -> None:
    """Fold a batch and carry out every command in turn, as the driver does."""
    shard.fold(batch)
    command = shard.flush()
    while command is not None:
        if isinstance(command, Write):
            arrow(command.table, command.columns)
        command = shard.done()


def main() -> None:
    """Print one line for each month."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--days", type=int, default=365)
    options = parser.parse_args()
    gc.set_threshold(50_000, 20, 100)
    counting = shards(load_city(load_settings()))
    waiting: dict[int, list[Received]] = defaultdict(list)
    offsets = [0] * PARTITIONS
    messages, month, begun = 0, "", time.perf_counter()
    print(f"scale {options.scale}, {options.days} days of beats, {PARTITIONS} partitions of {TOPIC}")
    for sent in year(SimulatedCity(1, options.scale, options.days)):
        if sent.topic != TOPIC:
            continue
        now = f"{datetime.fromtimestamp(sent.published_at_us / 1e6, UTC):%Y-%m}"
        if now != month:
            print(f"{now}  {messages:>12,} messages  {resident():7.1f} MiB", flush=True)
            month = now
        partition = partition_of(sent.key.decode(), PARTITIONS) if sent.key else 0
        if sent.partition is not None:
            partition = sent.partition % PARTITIONS
        batch = waiting[partition]
        batch.append(
            Received(
                offsets[partition], sent.published_at_us // 1000, sent.key, sent.value, tuple(sent.headers)
            )
        )
        offsets[partition] += 1
        messages += 1
        if len(batch) == BATCH:
            flush(counting[partition], batch)
            batch.clear()
    for partition, batch in waiting.items():
        flush(counting[partition], batch)
    records = sum(len(shard.counts.records) for shard in counting)
    seconds = time.perf_counter() - begun
    print(f"the end  {messages:>12,} messages  {resident():7.1f} MiB, {records:,} records, {seconds:.0f} s")


if __name__ == "__main__":
    main()
