"""ClickHouse or Kafka is not there for a while, or ClickHouse's disk is full: work waits, and goes on."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import orjson
import pytest

from pulse.brokers.apache import ApacheKafka
from pulse.simulate.dispatch import Dispatch
from tests.clickhouse_face import Fault, NoDisk
from tests.faults.chatter import Chatter
from tests.faults.nursery import Nursery
from tests.faults.worker import Worker
from tests.faults.world import World

MIB = 1 << 20
LONG, VAST = 12_000, 400_000
BACKLOG = 128 * MIB
ROOM = 96 * MIB
"""By how much a worker may grow while that waits in Kafka: its budget is 16 MiB, the rest is on the way."""
UNPACKED = 160 * MIB
COPIES = 200 * MIB
"""By how much it may grow where nothing is written: what it has read, some times over on its way to ClickHouse. (Without
a limit on fetches it was 620 MiB, with 192 MiB unpacked.)"""


def noise(size: int) -> list[str]:
    """Text that no codec makes smaller than half."""
    return [Random(number).randbytes(size // 2).hex() for number in range(20)]


def heavy(chatter: Chatter, total: int, paddings: list[str], subjects: int = 300) -> list[Dispatch]:
    """Events with a field of a newer minor version that is long, `total` bytes together; and some ordinary ones."""
    said = chatter.say(500)
    for number, sent in enumerate(chatter.say(total // len(paddings[0]))):
        event = {
            "specversion": "1.0", "id": f"{chatter.broken}-{number}", "source": "//civil-affairs/system",
            "type": "civil-affairs.elder-visit", "subject": f"elder-{number % subjects}",
            "time": "2023-06-10T09:00:00+08:00",
            "dataschema": "urn:pulse:civil-affairs.elder-visit:1.9",
            "data": {"region": "370811", "notes": paddings[number % len(paddings)]},
        }  # fmt: skip
        said.append(sent._replace(
            topic="civil-affairs", key=f"elder-{number % subjects}".encode(), value=orjson.dumps(event), partition=None,
            headers=[("content-type", b"application/cloudevents+json")],
        ))  # fmt: skip
    return said


def highest(worker: Worker, seconds: float) -> int:
    """The most memory that it holds until that has not grown for so many seconds."""
    most, since = worker.memory, time.monotonic()
    while time.monotonic() < since + seconds:
        time.sleep(0.05)
        if (now := worker.memory) > most + MIB:
            most, since = now, time.monotonic()
    return most


def test_both_are_away_for_a_while(broker: ApacheKafka, nursery: Nursery, tmp_path: Path) -> None:
    """ClickHouse is struck down under load, then Kafka too; what waits does not fill the worker's memory."""
    chatter = Chatter(401)
    with World(broker, nursery, tmp_path, buffer_mib=16) as world:
        world.publish(chatter.say(500))
        worker = world.start()
        world.settle()
        usual = worker.memory
        world.face.kill()
        world.publish(heavy(chatter, BACKLOG // 2, noise(LONG)))
        worker.says("unavailable, trying again.*ClickHouse")
        most = highest(worker, 2)
        world.broker.kill()
        most = max(most, highest(worker, 1))
        world.broker.restart()
        world.publish(heavy(chatter, BACKLOG // 2, noise(LONG)))
        most = max(most, highest(worker, 3))
        assert most - usual < ROOM, f"{usual / MIB:.0f} MiB before, {most / MIB:.0f} MiB meanwhile"
        assert worker.alive
        world.face.restart()
        world.check()
        worker.stop()


def test_what_is_small_in_kafka_and_large_here(broker: ApacheKafka, nursery: Nursery, tmp_path: Path) -> None:
    """A fetch of a few hundred kilobytes unpacks to hundreds of megabytes: the budget holds for those."""
    chatter = Chatter(403)
    with World(broker, nursery, tmp_path, buffer_mib=16) as world:
        world.publish(chatter.say(500))
        worker = world.start()
        world.settle()
        usual = worker.memory
        worker.stop()
        world.publish(heavy(chatter, UNPACKED, ["long " * (VAST // 5)], subjects=1))  # all in one partition
        world.face.faults(Fault("error", code=159, on="insert", times=None))
        worker = world.start()
        worker.says("unavailable, trying again.*topic=civil-affairs")
        most = highest(worker, 4)
        world.face.faults()
        assert most - usual < COPIES, f"{usual / MIB:.0f} MiB before, {most / MIB:.0f} MiB meanwhile"
        world.check()
        worker.stop()


def test_a_full_disk(broker: ApacheKafka, nursery: Nursery, tmp_path: Path) -> None:
    """The log says so, nothing is acknowledged, and when there is room again it goes on by itself."""
    chatter = Chatter(402)
    try:
        with World(broker, nursery, tmp_path, disk=128 * MIB) as world:
            world.publish(chatter.say(500))
            worker = world.start()
            world.settle()
            ends = world.reader.ends(world.shards)
            world.face.fill_disk()
            world.publish(chatter.say(500))
            said = worker.says("attempt=3 .*the disk is full")
            assert "unavailable, trying again" in said
            assert world.positions() == ends
            assert all(offset <= ends[shard] for shard, offset in world.committed().items())
            world.face.free_disk()
            world.check()
            worker.stop()
    except NoDisk as error:
        pytest.skip(f"no disk of our own: {error}")
