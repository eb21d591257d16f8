"""`make bench`: microseconds an event for each stage, beside a bare loop, on the simulated mix of messages.

The bare loop does only what any program must do at that stage: parse the JSON; update a dict once an event;
turn rows into columns. Machines are noisy: compare only within one run, and use the medians.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from bench.refusals import kinds
from pulse.app.city import City, load_city
from pulse.app.collector import relax
from pulse.app.settings import load_settings
from pulse.simulate.city import SimulatedCity
from pulse.simulate.year import year
from schemas.event import Event, PassedOver, Refusal
from schemas.registry import event_types
from sinks.clickhouse.tables import arrow
from streams.commands import Loaded, LogBounds, Write
from streams.counting.calendar import Calendar
from streams.counting.fold import Fold
from streams.dead_letters import letter, outgoing
from streams.partition import partition_of
from streams.shard import Shard

PARTITIONS = 8


@dataclass
class Received:
    """A message as aiokafka hands it over."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


Logs = dict[tuple[str, int], list[Received]]


def logs(scale: float, heartbeat_days: int) -> Logs:
    """The simulated year, by topic and partition."""
    found: Logs = {}
    for sent in year(SimulatedCity(1, scale, heartbeat_days)):
        partition = partition_of(sent.key.decode(), PARTITIONS) if sent.key else 0
        if sent.partition is not None:
            partition = sent.partition % PARTITIONS
        log = found.setdefault((sent.topic, partition), [])
        log.append(
            Received(len(log), sent.published_at_us // 1000, sent.key, sent.value, tuple(sent.headers))
        )
    return found


def measure(work: Callable[[], Any], repeat: int) -> list[float]:
    """Seconds of each run. The garbage collector runs before each."""
    taken = []
    for _ in range(repeat):
        gc.collect()
        begun = time.perf_counter()
        kept = work()
        taken.append(time.perf_counter() - begun)
        del kept
    return taken


class Stages:
    """Each stage over all logs, and the bare loops to compare with."""

    def __init__(self, city: City, everything: Logs) -> None:
        self._city, self._logs = city, everything
        self._calendar = Calendar(city.regions.zone)
        self._events = self.decode()
        self._writes = list(self._commands())

    def decode(self) -> list[tuple[str, list[Event | Refusal | PassedOver]]]:
        """decode + validate: message → event or refusal."""
        decode = self._city.contract.decode
        return [
            (topic, [decode(topic, message) for message in log]) for (topic, _), log in self._logs.items()
        ]

    def bare_decode(self) -> list[Any]:
        """Parsing alone."""
        loads, parsed = orjson.loads, []
        for log in self._logs.values():
            for message in log:
                try:
                    parsed.append(loads(message.value or b"null"))
                except ValueError:
                    parsed.append(None)
        return parsed

    def fold(self) -> list[Fold]:
        """fold: event → outcome, facts, cells."""
        folds = []
        for topic, events in self._events:
            fold = Fold(self._city.catalogue, self._calendar, topic)
            for event in events:
                if isinstance(event, Event) and not event.record[2].endswith(".heartbeat"):
                    fold.apply(event)
            folds.append(fold)
        return folds

    def bare_fold(self) -> dict[Any, Any]:
        """One dict update for each event."""
        held: dict[Any, Any] = {}
        for _, events in self._events:
            for event in events:
                if isinstance(event, Event):
                    held[event.record] = event.version
        return held

    def columns(self) -> list[Any]:
        """columns: rows of all tables as Arrow columns."""
        return [arrow(write.table, write.columns) for write in self._writes]

    def bare_columns(self) -> list[Any]:
        """Turns the same columns into rows and back."""
        return [list(zip(*zip(*write.columns.values(), strict=True), strict=True)) for write in self._writes]

    def whole(self) -> list[Any]:
        """All stages through the shard: message → commands with Arrow columns."""
        return [arrow(write.table, write.columns) for write in self._commands()]

    def _commands(self) -> Iterator[Write]:
        for (topic, partition), log in self._logs.items():
            shard = Shard(
                catalogue=self._city.catalogue, contract=self._city.contract, calendar=self._calendar, generation="bench",
                topic=topic, partition=partition, partitions=PARTITIONS,
            )  # fmt: skip
            shard.assigned()
            shard.loaded(Loaded(None, []), LogBounds(0, len(log), "", PARTITIONS))
            shard.done()
            for first in range(0, len(log), 5_000):
                shard.fold(log[first : first + 5_000])
                command = shard.flush()
                while command is not None:
                    if isinstance(command, Write):
                        yield command
                    command = shard.done()


def refusals(city: City, repeat: int, each: int = 300) -> list[tuple[str, list[float]]]:
    """Microseconds of a refusal, by kind: decoding the message and making its dead letter."""
    found = []
    for name, (topic, message) in kinds(event_types).items():

        def refuse(topic: str = topic, message: Any = message) -> None:
            for _ in range(each):
                refusal = city.contract.decode(topic, message)
                assert isinstance(refusal, Refusal)
                outgoing(letter(topic, 0, message, refusal))

        found.append((name, [seconds / each * 1e6 for seconds in measure(refuse, repeat)]))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--heartbeat-days", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    relax()
    everything = logs(options.scale, options.heartbeat_days)
    count = sum(map(len, everything.values()))
    city = load_city(load_settings())
    stages = Stages(city, everything)
    gc.freeze()
    print(
        f"{count:,} messages at scale {options.scale}, {options.repeat} runs; microseconds an event, median (least–most)"
    )
    rows = (
        ("decode + validate", stages.decode), ("  bare: parse JSON", stages.bare_decode), ("fold", stages.fold),
        ("  bare: one dict update", stages.bare_fold), ("columns", stages.columns),
        ("  bare: rows to columns", stages.bare_columns), ("whole shard, to columns", stages.whole),
    )  # fmt: skip
    for name, work in rows:
        micros = [seconds / count * 1e6 for seconds in measure(work, options.repeat)]
        print(f"{name:26} {statistics.median(micros):7.2f}  ({min(micros):.2f}–{max(micros):.2f})")
    print("\nmicroseconds a refusal, dead letter and all, by kind: the dearest first")
    kinds_of = refusals(city, options.repeat)
    for name, micros in sorted(kinds_of, key=lambda row: -statistics.median(row[1])):
        print(f"  {name:24} {statistics.median(micros):7.1f}  ({min(micros):.1f}–{max(micros):.1f})")


if __name__ == "__main__":
    main()
