"""`pulse dead-letters`: on the embedded engine and the in-process broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError
from click.testing import CliRunner, Result
from clickhouse_connect.driver.client import Client

from pulse.app.city import load_city, prepare
from pulse.app.partitions import resume
from pulse.app.settings import load_settings
from pulse.brokers.in_process import in_process_broker
from pulse.cli.dead_letters import command
from sinks.clickhouse.connection import connect
from sinks.clickhouse.letters import resumed
from sinks.clickhouse.logs import begin
from sinks.clickhouse.store import ClickHouseStore
from sinks.clickhouse.tables import arrow
from streams import redrive
from streams.flush import ORIGIN
from streams.logs import Beginning
from streams.partition import partition_of
from streams.ports import Unavailable
from streams.redrive import REDRIVEN

TOPIC = "sports"
ARRIVED = 1_688_000_000_000
VALUES = [b'{"oops', b"noise", b"another"]
HEADERS = [("content-type", b"application/cloudevents+json"), (ORIGIN, b"sports/1/7")]


class At:
    """A database with three letters of one partition, and the log they lie in."""

    def __init__(self, client: Client, address: str, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        self.client, self.address, self._patch = client, address, monkeypatch
        monkeypatch.setenv("PULSE_KAFKA", address)
        monkeypatch.setenv("PULSE_CLICKHOUSE", url)

    def call(self, *words: str) -> Result:
        return CliRunner().invoke(command, list(words), catch_exceptions=False)

    def states(self) -> dict[int, str]:
        return dict(self.client.query("SELECT offset, state FROM letters ORDER BY offset").result_rows)

    def moves_to(self, address: str) -> None:
        """The same messages, at another broker."""
        asyncio.run(publish(address))
        self._patch.setenv("PULSE_KAFKA", address)

    def outcome(self, offset: int, outcome: str, log: str = TOPIC, partition: int = 0) -> None:
        """A worker read what lies there."""
        row = {
            "topic": log, "partition": partition, "offset": offset, "append_time": ARRIVED, "outcome": outcome, "reason": "",
            "source": "", "id": "", "type": "", "subject": "", "revision": 0, "void": False, "fingerprint": 0,
            "time": 0, "recorded_time": None, "region": "", "dataschema": "", "data": b"",
        }  # fmt: skip
        self.client.insert_arrow("events", arrow("events", {name: [value] for name, value in row.items()}))

    def log(self) -> list[Any]:
        return asyncio.run(self._log())

    async def _log(self) -> list[Any]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, fetch_max_wait_ms=50)
        await consumer.start()
        try:
            tp = TopicPartition(f"pulse.{TOPIC}", 0)
            consumer.assign([tp])
            await consumer.seek_to_beginning()
            end = (await consumer.end_offsets([tp]))[tp]
            found: list[Any] = []
            async with asyncio.timeout(10):
                while len(found) < end:
                    found += (await consumer.getmany(timeout_ms=50)).get(tp, [])
            return found
        finally:
            await consumer.stop()


async def publish(address: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        for value in VALUES:
            await producer.send_and_wait(f"pulse.{TOPIC}", value, key=b"k", partition=0, headers=HEADERS)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[At]:
    with in_process_broker({f"pulse.{TOPIC}": 1}) as address:
        asyncio.run(publish(address))
        url = f"chdb://{tmp_path / 'data'}"
        client = connect(url)
        settings = load_settings(clickhouse=url)
        prepare(client, load_city(settings), settings)
        rows: dict[str, list[Any]] = {
            "topic": [TOPIC] * 4,
            "partition": [0] * 4,
            "offset": [0, 1, 2, 99],
            "append_time": [ARRIVED + 1000 * n for n in range(4)],
            "reason": ["not-json", "not-utf8", "not-utf8", "not-json"],
            "field": ["", "data.x", "", ""],
            "value": ["第 1 行"] * 4,
            "expected": ["完整的 JSON"] * 4,
            "hint": ["检查截断"] * 4,
            "source": ["//tiyu.jining/games"] * 4,
            "type": [""] * 4,
            "payload": ['{"***'] * 4,
        }
        client.insert_arrow("dead_letters", arrow("dead_letters", rows))
        yield At(client, address, monkeypatch, url)
        client.close()


def test_letters_are_listed_by_reason_and_state(at: At) -> None:
    shown = at.call("list")
    assert shown.exit_code == 0
    assert all(word in shown.output for word in ("sports/0/0", "sports/0/99", "not-utf8", "完整的 JSON"))
    found = json.loads(at.call("list", "--json", "--reason", "not-utf8", "--department", TOPIC).output)
    assert [letter["offset"] for letter in found] == [2, 1]
    found = json.loads(
        at.call("list", "--json", "--since", "2023-06-29T08:53:21", "--until", "2023-06-29T08:53:23").output
    )
    assert [letter["offset"] for letter in found] == [2, 1]  # the city's time
    assert json.loads(at.call("list", "--json", "--state", "dropped").output) == []


def test_letters_come_first_and_how_many_there_are_last(at: At) -> None:
    shown = at.call("list", "--limit", "1").output
    assert shown.index("sports/0/") < shown.index("件数")
    assert "以上列出 1 件，共 " in shown


def test_a_choice_that_fits_nothing_says_so(at: At) -> None:
    assert at.call("list", "--state", "dropped").output == "没有符合条件的死信。\n"
    wrong = at.call("list", "--reason", "unknown-regoin")
    assert wrong.exit_code == 2
    assert "unknown-regoin: expected one that exists, such as unknown-region" in wrong.output


def test_one_letter_is_shown_with_what_to_do(at: At) -> None:
    shown = at.call("show", "sports/0/1")
    assert all(
        word in shown.output
        for word in ("sports/0/1", "not-utf8", "data.x", "检查截断", "//tiyu.jining/games")
    )
    assert at.call("show", "sports/0/7").exit_code == 2
    assert "expected TOPIC/PARTITION/OFFSET" in at.call("show", "sports-0-7").output


def test_a_redrive_publishes_the_very_message_once(at: At) -> None:
    first = at.call("redrive", "--reason", "not-utf8", "--yes", "--note", "release 2")
    assert "2 published again" in first.output
    assert at.states() == {0: "open", 1: "redriven", 2: "redriven", 99: "open"}
    again = at.log()[3:]
    assert [message.value for message in again] == VALUES[1:]
    assert [dict(message.headers)[REDRIVEN] for message in again] == [b"sports/0/1", b"sports/0/2"]
    assert ORIGIN not in dict(again[0].headers)
    assert {message.key for message in again} == {b"k"}
    assert "no letters fit" in at.call("redrive", "--reason", "not-utf8", "--yes").output
    assert len(at.log()) == 5


def test_what_was_published_before_kafka_went_away_is_no_longer_open(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying = redrive._lying

    async def away(consumer: Any, tp: TopicPartition, offset: int) -> Any:
        if offset == 2:
            raise KafkaConnectionError
        return await lying(consumer, tp, offset)

    monkeypatch.setattr(redrive, "_lying", away)
    with pytest.raises(Unavailable):
        at.call("redrive", "--reason", "not-utf8", "--yes")
    assert at.states() == {0: "open", 1: "redriven", 2: "open", 99: "open"}


def test_recoveries_are_told_from_what_is_refused_again(at: At) -> None:
    at.call("redrive", "sports/0/1", "sports/0/2", "--yes")
    at.outcome(3, "counted")
    at.outcome(4, "refused")
    assert at.states() == {0: "open", 1: "recovered", 2: "refused again", 99: "open"}
    again = at.call("redrive", "--state", "refused again", "--yes")
    assert "1 published again" in again.output
    assert at.states()[2] == "redriven"
    assert "sports/0/5" in at.call("show", "sports/0/2").output


def test_what_kafka_holds_no_longer_is_named(at: At) -> None:
    result = at.call("redrive", "sports/0/99", "--yes")
    assert "0 published again" in result.output
    assert "sports/0/99: Kafka holds it no longer" in result.output
    assert at.states()[99] == "open"


def test_a_letter_of_an_earlier_log_goes_to_the_log_of_today(at: At) -> None:
    """The topic has got more partitions since: the message still lies where it lay, and its key belongs elsewhere now."""
    home = partition_of("k", 3)
    assert home != 0
    with in_process_broker({f"pulse.{TOPIC}": 3}) as address:
        at.moves_to(address)
        begin(at.client, Beginning(TOPIC, 2, "", False, (3, 0, 0), (2,)))
        assert "1 published again" in at.call("redrive", "sports/0/1", "--yes").output
        assert f"sports@2/{home}/0" in at.call("show", "sports/0/1").output
    assert at.states()[1] == "redriven"
    at.outcome(0, "counted", f"{TOPIC}@2", home)
    assert at.states()[1] == "recovered"
    found = json.loads(at.call("list", "--state", "recovered", "--department", TOPIC, "--json").output)
    assert [(letter["topic"], letter["log"], letter["to_log"]) for letter in found] == [
        (TOPIC, TOPIC, f"{TOPIC}@2")
    ]


def test_a_letter_of_a_topic_that_was_deleted_is_gone(at: At) -> None:
    """At its offset lies another message now."""
    begin(at.client, Beginning(TOPIC, 2, "b", True, (0,), (2,)))
    begin(at.client, Beginning(TOPIC, 3, "b", False, (3, 0), (2,)))
    result = at.call("redrive", "sports/0/1", "--yes")
    assert "0 published again" in result.output
    assert "sports/0/1: Kafka holds it no longer" in result.output
    assert len(at.log()) == 3


def test_a_dry_run_and_a_no_do_nothing(at: At) -> None:
    assert "nothing done" in at.call("redrive", "--dry-run").output
    assert CliRunner().invoke(command, ["drop"], input="n\n").exit_code == 0
    assert set(at.states().values()) == {"open"}
    assert len(at.log()) == 3


def test_dropped_letters_stay_out_of_the_open_ones(at: At) -> None:
    assert (
        "2 dropped"
        in at.call("drop", "--reason", "not-json", "--yes", "--note", "mended by the bureau").output
    )
    assert at.states() == {0: "dropped", 1: "open", 2: "open", 99: "dropped"}
    found = json.loads(at.call("list", "--state", "dropped", "--json").output)
    assert {letter["note"] for letter in found} == {"mended by the bureau"}


def test_an_unknown_department_is_told_the_known_ones(at: At) -> None:
    assert "expected one of" in at.call("list", "--department", "sport").output


def test_paused_partitions_are_told_to_go_on(at: At) -> None:
    before = datetime.now(UTC)
    assert at.call("resume", "sports").exit_code == 2
    assert resumed(at.client, {("sports", 0): before}) == []
    assert at.call("resume", "sports@2/0", "housing/3").exit_code == 0  # as places have it
    waiting = {("sports", 0): before, ("housing", 3): before, ("science", 0): before}
    assert resumed(at.client, waiting) == [("sports", 0), ("housing", 3)]
    assert resumed(at.client, {("sports", 0): datetime.now(UTC) + timedelta(seconds=1)}) == []


def test_one_word_lets_a_partition_go_on_once(at: At) -> None:
    """Where it pauses again before the worker looks again, the rest of its topic waits for another word."""
    went: list[str] = []
    driver: Any = SimpleNamespace(
        shard=SimpleNamespace(topic="sports", partition=0),
        paused="too much",
        resume=lambda: went.append("on"),
    )

    class Store:
        async def run(self, work: Callable[[Client], Any]) -> Any:
            return work(at.client)

    paused: dict[tuple[str, int], datetime] = {}

    def look() -> None:
        asyncio.run(resume([driver], paused, cast(ClickHouseStore, Store())))

    look()
    assert went == []
    at.call("resume", "sports/0")
    look()
    look()
    assert went == ["on"]
