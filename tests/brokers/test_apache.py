"""A real broker: begun, ended, struck down, frozen; and gone when its owner is."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from rich.console import Console

from pulse.brokers import apache
from pulse.brokers.apache import ApacheKafka, running
from pulse.brokers.errors import BrokerError
from pulse.brokers.ports import free_ports
from streams.kafka import create_topics, stamped, topics

SOON = 30.0
"""Seconds that any condition here may take."""


@pytest.fixture(scope="module")
def own(kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """A broker for rough handling; `kafka` says whether one can be had. Its folder's name wants to be read as UTF-8."""
    with ApacheKafka(tmp_path_factory.mktemp("济宁 kafka")) as broker:
        yield broker


async def _send(broker: ApacheKafka, topic: str, *values: bytes) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap, acks="all", compression_type="zstd"
    ) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def _read(broker: ApacheKafka, topic: str, count: int) -> list[bytes | None]:
    """The first `count` messages."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, enable_auto_commit=False)
    async with asyncio.timeout(SOON), consumer:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        return [(await consumer.getone()).value for _ in range(count)]


def _await(condition: Callable[[], bool]) -> None:
    last = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < last, "not in time"
        time.sleep(0.02)


def _there(pid: int) -> bool:
    """Whether a process runs: one that is dead and not yet buried does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


# --- What it is for ---


async def test_what_is_sent_is_read(kafka: ApacheKafka) -> None:
    create_topics(kafka.bootstrap, {"pulse.brokers.sent": 1})
    await _send(kafka, "pulse.brokers.sent", b"a", b"b")
    assert await _read(kafka, "pulse.brokers.sent", 2) == [b"a", b"b"]


def test_a_topic_has_the_brokers_times_or_those_of_its_messages(kafka: ApacheKafka) -> None:
    create_topics(kafka.bootstrap, {"pulse.brokers.live": 1})
    create_topics(kafka.bootstrap, {"pulse.brokers.live": 1, "pulse.brokers.replayed": 1}, stamped=False)
    found = stamped(
        kafka.bootstrap, ["pulse.brokers.live", "pulse.brokers.replayed", "pulse.brokers.nowhere"]
    )
    assert found == {"pulse.brokers.live": True, "pulse.brokers.replayed": False}


async def test_a_group_commits_and_goes_on(kafka: ApacheKafka) -> None:
    create_topics(kafka.bootstrap, {"pulse.brokers.group": 1})
    await _send(kafka, "pulse.brokers.group", b"a", b"b")
    got = []
    for _ in range(2):
        consumer = AIOKafkaConsumer(
            "pulse.brokers.group", bootstrap_servers=kafka.bootstrap, group_id="brokers",
            auto_offset_reset="earliest", enable_auto_commit=False,
        )  # fmt: skip
        async with asyncio.timeout(SOON), consumer:
            message = await consumer.getone()
            await consumer.commit({TopicPartition("pulse.brokers.group", 0): message.offset + 1})
            got.append(message.value)
    assert got == [b"a", b"b"]


def test_topics_have_ids_new_ones_when_made_anew(kafka: ApacheKafka) -> None:
    create_topics(kafka.bootstrap, {"pulse.brokers.ids.a": 2, "pulse.brokers.ids.b": 1})
    found = topics(kafka.bootstrap, ["pulse.brokers.ids.a", "pulse.brokers.ids.b"])
    assert [topic.partitions for topic in found.values()] == [2, 1]
    assert len({topic.id for topic in found.values()} - {""}) == 2


def test_no_topic_is_made_by_asking_for_it(kafka: ApacheKafka) -> None:
    assert topics(kafka.bootstrap, ["pulse.brokers.misspelt"]) == {}


# --- Its life ---


async def test_a_restart_keeps_data_and_address(own: ApacheKafka) -> None:
    create_topics(own.bootstrap, {"restarted": 1})
    await _send(own, "restarted", b"before")
    address, topic, pid = own.bootstrap, topics(own.bootstrap, ["restarted"]), own.pid
    own.restart()
    assert own.bootstrap == address
    assert own.pid != pid
    assert topics(own.bootstrap, ["restarted"]) == topic
    await _send(own, "restarted", b"after")
    assert await _read(own, "restarted", 2) == [b"before", b"after"]


async def test_after_a_kill_nothing_acknowledged_is_lost(own: ApacheKafka) -> None:
    create_topics(own.bootstrap, {"killed": 1})
    await _send(own, "killed", b"before")
    own.kill()
    assert not own.alive
    with pytest.raises(BrokerError, match="not running"):
        _ = own.pid
    own.restart()
    await _send(own, "killed", b"after")
    assert await _read(own, "killed", 2) == [b"before", b"after"]


async def test_a_paused_broker_answers_when_it_is_resumed(own: ApacheKafka) -> None:
    create_topics(own.bootstrap, {"paused": 1})
    async with asyncio.timeout(SOON), AIOKafkaProducer(bootstrap_servers=own.bootstrap) as producer:
        await producer.send_and_wait("paused", b"before")
        own.pause()
        assert own.alive
        sent = await producer.send("paused", b"meanwhile")
        done, _ = await asyncio.wait([sent], timeout=0.5)
        assert not done
        own.resume()
        await sent
    assert await _read(own, "paused", 2) == [b"before", b"meanwhile"]


async def test_a_folder_that_is_kept_is_begun_with_again_on_other_ports(own: ApacheKafka) -> None:
    create_topics(own.bootstrap, {"kept": 1})
    await _send(own, "kept", b"kept")
    own.stop()
    own.start()
    assert await _read(own, "kept", 1) == [b"kept"]


def test_when_it_ends_its_process_its_watch_and_its_folder_are_gone(kafka: ApacheKafka) -> None:
    broker = ApacheKafka(settings={"num.partitions": "3"})
    broker.start()
    pid, folder, session = broker.pid, broker.folder, os.getsid(broker.pid)
    assert "num.partitions = 3" in broker.log.read_text("utf-8")
    broker.pause()  # a broker that hears nothing is no excuse
    broker.stop()
    assert not folder.exists()
    _await(lambda: not _there(pid) and session not in _sessions())
    broker.stop()  # again: nothing


def test_running_yields_an_address_and_shows_nothing_when_its_jars_are_there(kafka: ApacheKafka) -> None:
    shown = StringIO()
    with running(Console(file=shown)) as address:
        assert topics(address, ["any"]) == {}
    assert shown.getvalue() == ""
    host, port = address.split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port))).close()


def test_it_does_not_outlive_its_owner(kafka: ApacheKafka) -> None:
    told = """if True:
        import sys
        from pulse.brokers.apache import ApacheKafka
        with ApacheKafka() as kafka:
            print(kafka.pid, kafka.folder, flush=True)
            sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", told],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(apache.__file__).parents[1],
    ) as owner:  # fmt: skip
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().rstrip("\n").split(maxsplit=1)
        assert _there(int(pid))
        owner.kill()
    _await(lambda: not _there(int(pid)) and not Path(folder).exists())


def _sessions() -> set[int]:
    """The sessions of all processes."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.add(int((process / "stat").read_text().rpartition(")")[2].split()[3]))
        except (OSError, IndexError):
            continue
    return found


# --- When it does not come up ---


def test_a_port_that_was_taken_meanwhile_is_given_up_for_another(
    kafka: ApacheKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = int(kafka.bootstrap.partition(":")[2])
    free = free_ports
    first = iter([[taken, *free(1)]])
    monkeypatch.setattr(apache, "free_ports", lambda count: next(first, None) or free(count))
    with ApacheKafka() as other:
        assert other.bootstrap != kafka.bootstrap
        assert topics(other.bootstrap, ["any"]) == {}


def test_its_own_words_are_shown(kafka: ApacheKafka, tmp_path: Path) -> None:
    more_than_its_heap = {"log.cleaner.dedupe.buffer.size": "500000000"}
    broker = ApacheKafka(tmp_path, settings=more_than_its_heap)
    with pytest.raises(BrokerError, match=r"did not come up:\n(.*\n)*.*Java heap space"):
        broker.start()
    assert not broker.alive


def test_a_setting_that_it_does_not_understand_is_told(kafka: ApacheKafka, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"num\.io\.threads"):
        ApacheKafka(tmp_path, settings={"num.io.threads": "many"}).start()
