"""Everything at once and for a long time, at full load: SOAK_MINUTES=30. SOAK_SEED repeats a run's chance."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pulse.brokers.apache import ApacheKafka
from tests.clickhouse_face import Fault
from tests.faults.chatter import Chatter
from tests.faults.nursery import Nursery
from tests.faults.worker import Worker
from tests.faults.world import World

MINUTES = float(os.environ.get("SOAK_MINUTES", 0))
WORKERS = 3
EVERY = 5.0
"""Seconds between two blows, on average."""

BEHIND = 100_000
"""How many messages may wait for the workers."""

SUBJECTS, RECORDS = 5_000, 20_000
"""Of each kind: so much is spoken of, again and again. Memory holds what is spoken of, not what is said."""


class Fate:
    """Strikes by chance; at any time there are three workers, two of them with a name that outlives them."""

    def __init__(self, world: World, seed: int) -> None:
        self.blows: Counter[str] = Counter()
        self._world, self._chance = world, Random(seed)
        self._stalled: dict[Worker, float] = {}
        self._workers: list[Worker] = []
        for slot in range(WORKERS):
            self._workers.append(self._born(slot))
        self._kinds: list[tuple[Callable[[], None], int]] = [
            (self.kill, 10), (self.stop, 2), (self.stall, 3), (self.bad_line, 3), (self.clickhouse, 1), (self.kafka, 1),
        ]  # fmt: skip

    def strike(self) -> None:
        """Wait a while, then one blow."""
        time.sleep(self._chance.uniform(0, 2 * EVERY))
        for worker in [worker for worker, until in self._stalled.items() if until < time.monotonic()]:
            worker.wake()
            del self._stalled[worker]
        for slot, worker in enumerate(self._workers):
            if not worker.alive:
                # It began while something was away, and said so: whoever watches over it starts it again.
                assert worker.ended() == 2, worker.log
                self.blows["late start"] += 1
                self._workers[slot] = self._born(slot)
        kinds, weights = zip(*self._kinds, strict=True)
        blow = self._chance.choices(kinds, weights)[0]
        self.blows[blow.__name__] += 1
        blow()

    def over(self) -> None:
        """Nothing is broken any more."""
        self._world.face.faults()
        for worker in self._stalled:
            worker.wake()

    def kill(self) -> None:
        with self._replaced() as worker:
            worker.kill()

    def stop(self) -> None:
        with self._replaced() as worker:
            if worker in self._stalled:
                worker.wake()
            worker.terminate()
            worker.ended(60)

    def stall(self) -> None:
        worker = self._chance.choice(self._workers)
        worker.stall()
        self._stalled[worker] = time.monotonic() + self._chance.uniform(0.5, 12)

    def bad_line(self) -> None:
        """To ClickHouse; until the next time."""
        seed = self._chance.randrange(1000)
        self._world.face.faults(
            Fault("cut", when="before", on="insert", times=20, probability=0.2, seed=seed),
            Fault("cut", when="after", on="insert", times=20, probability=0.2, seed=seed + 1),
            Fault("half_read", on="insert", times=20, probability=0.1, seed=seed + 2),
            Fault("slow", on="insert", seconds=2, times=5, probability=0.1, seed=seed + 3),
            Fault("half_sent", on="select", table="facts", times=5, probability=0.2, seed=seed + 4),
        )

    def clickhouse(self) -> None:
        self._world.face.kill()
        time.sleep(self._chance.uniform(0, 5))
        self._world.face.restart()

    def kafka(self) -> None:
        self._world.broker.kill()
        self._world.broker.restart()

    @contextmanager
    def _replaced(self) -> Iterator[Worker]:
        slot = self._chance.randrange(WORKERS)
        worker = self._workers[slot]
        yield worker
        self._stalled.pop(worker, None)
        self._workers[slot] = self._born(slot)

    def _born(self, slot: int) -> Worker:
        names: dict[str, Any] = {} if slot == 0 else {"instance": f"slot-{slot}"}
        return self._world.start(counting=False, **names)


@pytest.mark.skipif(not MINUTES, reason="SOAK_MINUTES says for how long")
def test_soak(broker: ApacheKafka, nursery: Nursery, tmp_path: Path) -> None:
    seed = int(os.environ.get("SOAK_SEED", 0)) or Random().randrange(1, 1 << 30)
    print(f"\nSOAK_SEED={seed}")
    with World(broker, nursery, tmp_path, partitions=4) as world:
        world.start().stop()  # the tables are there
        fate = Fate(world, seed)
        last = time.monotonic() + MINUTES * 60
        chatter = Chatter(seed, malformed=0.01, misrouted=0.01, subjects=SUBJECTS, records=RECORDS)
        with world.flood(chatter, BEHIND):
            while time.monotonic() < last:
                fate.strike()
                left = (last - time.monotonic()) / 60
                print(
                    f"{world.publisher.sent} published, {sum(fate.blows.values())} blows, {left:.1f} min left"
                )
        fate.over()
        world.settle(600)
        print("settled; now everything is counted again")
        found = world.compare()
        blows = ", ".join(f"{number} {blow}" for blow, number in sorted(fate.blows.items()))
        print(f"{found} events in Kafka ({world.publisher.sent} published), {blows}; 0 lost, 0 double")
