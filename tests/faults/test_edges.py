"""What lies between events, and what cannot be read or counted: through worker, verify, rebuild and set-aside."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from pulse.brokers.apache import ApacheKafka
from pulse.simulate.dispatch import Dispatch
from streams.partition import partition_of
from tests.dashboards.web.process import free_port
from tests.faults.chatter import Chatter
from tests.faults.nursery import Nursery
from tests.faults.test_endings import cut_short
from tests.faults.waiting import LONG, until
from tests.faults.world import World

TOPIC = "civil-affairs"


def transaction(world: World, name: str, messages: list[Dispatch]) -> Producer:
    """Send messages in a transaction that is left open."""
    producer = Producer({
        "bootstrap.servers": world.broker.bootstrap, "transactional.id": f"{world.prefix}{name}", "log_level": 0,
    })  # fmt: skip
    producer.init_transactions(30)
    producer.begin_transaction()
    for sent in messages:
        partition = partition_of(sent.key.decode(), world.partitions) if sent.key is not None else 0
        producer.produce(world.prefix + sent.topic, sent.value, sent.key, partition, headers=sent.headers)
    producer.flush(30)
    return producer


def metric(port: int, name: str) -> float:
    """The sum of a metric over all partitions, as Prometheus reads it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)


def rows(world: World, query: str) -> list[tuple[object, ...]]:
    return list(world.client.query(query).result_rows)


def test_transactions_leave_no_lag_and_no_differences(world: World) -> None:
    """Committed, aborted and open ones, in the middle and at the end; then retention takes what was passed."""
    chatter, port = Chatter(701, malformed=0, misrouted=0), free_port()
    world.publish(chatter.say(50))
    transaction(world, "committed", chatter.say(30)).commit_transaction(30)
    transaction(world, "aborted", chatter.say(30)).abort_transaction(30)
    world.publish(chatter.say(20))
    transaction(world, "last", chatter.say(10)).commit_transaction(30)
    worker = world.start(metrics_port=port)
    world.settle()
    until(lambda: metric(port, "pulse_lag_events") == 0 and metric(port, "pulse_position_offset") > 0)
    assert rows(world, "SELECT sum(empty) > 0 FROM offsets") == [(True,)]
    received = rows(world, "SELECT count() FROM events FINAL")[0][0]
    assert received == 110, "those of the aborted transaction are none"
    assert "0 differences" in world.run("verify")

    late = transaction(world, "open", chatter.say(12))
    world.publish(chatter.say(30))
    until(lambda: metric(port, "pulse_withheld_events") > 0 and metric(port, "pulse_lag_events") == 0)
    late.commit_transaction(30)
    world.settle()
    until(lambda: metric(port, "pulse_withheld_events") == 0)
    assert "0 differences" in world.run("verify")
    worker.stop()

    ends = world.reader.ends(world.shards)
    gone = [
        TopicPartition(world.prefix + topic, partition, end)
        for (topic, partition), end in ends.items()
        if end
    ]
    for done in world.admin.delete_records(gone).values():
        done.result(30)
    world.run("rebuild", "--force")
    assert "0 differences" in world.run("verify")
    world.start()
    world.publish(chatter.say(25))
    world.settle()
    assert "0 differences" in world.run("verify")


@pytest.fixture
def own(kafka: ApacheKafka, nursery: Nursery, tmp_path: Path) -> Iterator[World]:
    """A world on a broker of its own, whose disk may be damaged."""
    with ApacheKafka() as broker, World(broker, nursery, tmp_path) as world:
        yield world


def test_a_damaged_batch_stops_its_partition_alone_until_it_is_put_aside(own: World) -> None:
    """The broker serves what its disk holds: a byte that flipped is found by the checksum."""
    chatter, port = Chatter(702, malformed=0, misrouted=0), free_port()
    own.publish(chatter.say(60))
    worker = own.start(metrics_port=port)
    own.settle()
    worker.stop()
    stood = own.positions()
    own.publish(chatter.say(300))
    shard = next(
        shard
        for shard in own.shards
        if shard[0] == TOPIC and own.reader.ends([shard])[shard] > stood[shard] + 1
    )
    segment = own.broker.folder / "log" / f"{own.prefix}{TOPIC}-{shard[1]}" / f"{0:020}.log"
    if not segment.exists():
        [segment] = own.broker.folder.rglob(f"{own.prefix}{TOPIC}-{shard[1]}/{0:020}.log")
    at = _batch_at(segment, stood[shard])
    with segment.open("r+b") as file:
        file.seek(at + 70)
        byte = file.read(1)
        file.seek(at + 70)
        file.write(bytes([byte[0] ^ 0xFF]))

    worker = own.start(metrics_port=port)
    until(lambda: metric(port, "pulse_unreadable") == 1, LONG, lambda: worker.log)
    place = f"{TOPIC}/{shard[1]}/{stood[shard]}"
    found = re.search(rf"pulse set-aside ({place}(?:-(\d+))?) ", worker.log)
    assert found, worker.log
    others = [other for other in own.shards if other != shard]
    until(lambda: all(own.positions().get(other, 0) == own.reader.ends([other])[other] for other in others))
    assert own.positions()[shard] == stood[shard]

    before = own.run(
        "set-aside", f"{TOPIC}/{shard[1]}/{stood[shard] - 1}", "--reason", "x", "--yes", status=2
    )
    assert "already" in before
    said = own.run("set-aside", found[1], "--reason", "the disk of broker 1, ticket 118", "--yes")
    assert "put aside" in said
    own.settle()
    until(lambda: metric(port, "pulse_unreadable") == 0)
    last = int(found[2] or stood[shard])
    refused = rows(own, f"SELECT offset, reason FROM events FINAL WHERE outcome = 'refused' AND topic = '{TOPIC}' "
                        f"AND partition = {shard[1]} ORDER BY offset")  # fmt: skip
    assert refused == [(offset, "set-aside") for offset in range(stood[shard], last + 1)]
    assert rows(own, "SELECT DISTINCT hint FROM dead_letters") == [("the disk of broker 1, ticket 118",)]
    assert "0 differences" in own.run("verify")
    worker.kill()
    own.start()
    own.publish(chatter.say(20))
    own.settle()
    assert "0 differences" in own.run("verify")


def _batch_at(segment: Path, offset: int) -> int:
    """Where the batch that begins at an offset lies in a segment's file."""
    data, at = segment.read_bytes(), 0
    while int.from_bytes(data[at : at + 8], "big") != offset:
        at += 12 + int.from_bytes(data[at + 8 : at + 12], "big")
    return at


def test_what_can_be_counted_is_not_put_aside(world: World) -> None:
    chatter = Chatter(703, malformed=0, misrouted=0)
    world.publish(chatter.say(40))
    worker = world.start()
    world.settle()
    worker.stop()
    world.publish(chatter.say(200))
    shard = next(
        shard for shard in world.shards if world.reader.ends([shard])[shard] > world.positions()[shard] + 2
    )
    offset = world.positions()[shard] + 1
    said = world.run("set-aside", f"{shard[0]}/{shard[1]}/{offset}", "--reason", "x", "--yes", status=2)
    assert "it can be counted" in said
    end = world.reader.ends([shard])[shard]
    said = world.run("set-aside", f"{shard[0]}/{shard[1]}/{end}", "--reason", "x", "--yes", status=2)
    assert "nothing lies there" in said
    world.start()
    world.check()


def test_what_retention_took_uncounted_can_be_put_aside(world: World) -> None:
    """Somebody must say so: no worker passes over it by itself."""
    stood, _ = cut_short(world)
    worker = world.start(counting=False)
    assert worker.ended() == 2, worker.log
    found = re.search(r"pulse set-aside (civil-affairs/0/(\d+)-(\d+)) ", worker.log)
    assert found, worker.log
    assert int(found[2]) == stood[TOPIC, 0]
    world.run("set-aside", found[1], "--reason", "retention, ticket 7", "--yes")
    world.start()
    world.settle()
    assert "0 differences" in world.run("verify")


@pytest.mark.parametrize(
    ("table", "says", "mended"),
    [
        ("events", r"the ledger lacks \d+ of these offsets.*Restore ClickHouse from a backup", False),
        ("cells", r"the stored counts are not what the facts add up to.*pulse rebuild --force", True),
        ("facts", r"the stored counts are not what the facts add up to.*pulse rebuild --force", True),
    ],
)
def test_what_a_power_cut_emptied_is_noticed_at_the_start(
    world: World, table: str, says: str, mended: bool
) -> None:
    world.publish(Chatter(704).say(400))
    worker = world.start()
    world.settle()
    worker.stop()
    world.client.command(
        f"ALTER TABLE {table} DELETE WHERE topic = '{TOPIC}' AND partition = 1 AND offset % 3 = 1 "
        f"SETTINGS mutations_sync = 2"
    )
    worker = world.start(counting=False)
    assert worker.ended() == 2, worker.log
    assert re.search(rf"{TOPIC}/1: .*{says}", worker.log), worker.log
    if mended:
        world.run("rebuild", "--force")
        world.start()
        world.publish(Chatter(705).say(50))
        world.check()
