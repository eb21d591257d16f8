"""`pulse rebuild`: what it prints, and its exit status. On a real embedded database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from clickhouse_connect.driver.client import Client

from pulse.app import city as cities
from pulse.app import service
from pulse.app.city import City
from pulse.cli import rebuild
from pulse.cli.rebuild import command
from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from sinks.clickhouse.connection import connect
from streams.kafka import Topic
from streams.ports import Unavailable
from tests.cli import entry
from tests.rebuild import world
from tests.rebuild.world import NEW, OLD
from tests.verify import toy

Pulse = Callable[..., Result]
TOPICS = {name: Topic(*topic) for name, topic in world.TOPICS.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("clickhouse")
    with closing(world.database(folder)):
        yield folder


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    with closing(connect(f"chdb://{folder}")) as client:
        client.set_client_setting("mutations_sync", 2)
        world.fill(client, world.counted("old"))
        yield client


@pytest.fixture
def pulse(folder: Path, client: Client, monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """The command, on a database that workers of the old catalogue have written."""
    monkeypatch.setenv("PULSE_CLICKHOUSE", f"chdb://{folder}")
    monkeypatch.setenv("PULSE_CLOCK", "stream")

    def run(
        *words: str,
        catalogue: Catalogue = NEW,
        topics: Mapping[str, Topic] | Exception = TOPICS,
        starts: Mapping[tuple[str, int], int] | None = None,
        **named: Any,
    ) -> Result:
        def found(*_: Any) -> Mapping[str, Topic]:
            if isinstance(topics, Exception):
                raise topics
            return topics

        used = {type: toy.TYPES[type] for type in catalogue.event_types}
        city = City(catalogue, toy.REGIONS, Contract(used, toy.REGIONS))
        monkeypatch.setattr(cities, "load_city", lambda settings: city)
        monkeypatch.setattr(service, "found_topics", found)
        monkeypatch.setattr(service, "found_starts", lambda *_: starts or {})
        monkeypatch.setattr(rebuild, "WATCHED", 0.0)
        return entry.invoke(command, words, **named)

    return run


def test_a_rebuild(pulse: Pulse, client: Client) -> None:
    result = pulse()
    assert result.exit_code == 0, result.output
    old, new = world.made(OLD).id, world.made(NEW).id
    assert (
        f"Generation {old} answers; counting {new}:\n  measures: beats is gone, dated is gone"
        in result.stdout
    )
    assert "events of the ledger in 4 shards" in result.stdout
    assert f"Generation {new} answers. Stop the old workers" in result.stdout
    assert world.one(client, "SELECT generation FROM answering") == (new,)


def test_a_dry_run(pulse: Pulse, client: Client) -> None:
    before = world.snapshot(client)
    result = pulse("--dry-run")
    assert result.exit_code == 0
    assert "surveyed is new" in result.stdout
    assert result.stdout.endswith("Dry run: nothing was written.\n")
    assert world.snapshot(client) == before


def test_a_repair(pulse: Pulse, client: Client) -> None:
    right = world.stored(client, OLD)
    client.command("ALTER TABLE cells UPDATE value = value + 5 WHERE measure = 'elders'")
    result = pulse("--force", catalogue=OLD)
    assert result.exit_code == 0, result.output
    assert "Held against the ledger. facts: 0 written, 0 deleted · cells: " in result.stdout
    assert world.stored(client, OLD) == right


def test_nothing_to_do(pulse: Pulse) -> None:
    result = pulse(catalogue=OLD)
    assert result.exit_code == 2
    assert "there is nothing to do" in result.stderr
    assert "Traceback" not in result.output


def test_a_topic_that_has_more_partitions(pulse: Pulse, client: Client) -> None:
    topics = TOPICS | {"works": Topic(5, "id-works")}
    shown = pulse("--dry-run", catalogue=OLD, topics=topics).stdout
    assert (
        "logs: works 1 → 2\n  partitions: works 2 → 5\n→ works has 5 partitions in Kafka, 2 were counted"
        in shown
    )
    assert world.one(client, "SELECT count() FROM logs") == (0,)
    result = pulse(catalogue=OLD, topics=topics)
    assert result.exit_code == 0, result.output
    assert "Stop the old workers and start new ones: they go on from here" in result.stdout
    assert pulse(catalogue=OLD, topics=topics).exit_code == 2  # there is nothing to do any more


def test_a_topic_that_was_made_anew(pulse: Pulse) -> None:
    result = pulse(catalogue=OLD, topics=TOPICS | {"works": Topic(2, "another")})
    assert result.exit_code == 0, result.output
    assert "works was deleted in Kafka and made anew, with 2 partitions (id another)" in result.stdout
    ends = ", ".join(f"{n}: {len(world.logs()['works', n]) - 1}" for n in range(2))
    assert f"counted (partition: last offset): {ends}. What it held behind that is gone" in result.stdout


def test_what_was_deleted_before_it_was_counted(pulse: Pulse) -> None:
    words: dict[str, Any] = {
        "catalogue": OLD,
        "topics": TOPICS | {"works": Topic(2, "another")},
        "starts": {("works", 1): 4},
    }
    result = pulse(**words)
    assert result.exit_code == 2
    assert "works/1: counting would go on at offset 0, but the log in Kafka starts at 4" in result.stderr
    assert pulse("--accept-log-start", **words).exit_code == 0


def test_kafka_need_not_answer(pulse: Pulse) -> None:
    result = pulse("--dry-run", topics=Unavailable("Kafka at h:1: nobody there"))
    assert result.exit_code == 0
    assert "nobody there: partitions are taken from what was counted." in result.stdout


def test_old_figures_are_dropped_when_somebody_says_so(pulse: Pulse, client: Client) -> None:
    assert "there is nothing to drop" in pulse("--drop-old").stdout
    assert pulse().exit_code == 0
    old = world.stored(client, OLD)
    asked = pulse("--drop-old", input="n\n")
    assert asked.exit_code == 1
    assert f"{world.made(OLD).id}: " in asked.stdout
    assert "last made to answer 20" in asked.stdout
    assert world.stored(client, OLD) == old
    result = pulse("--drop-old", "--yes")
    assert result.exit_code == 0
    assert "Deleted: 1 generations." in result.stdout
    assert world.stored(client, OLD)["facts"] == []


def test_a_rebuild_that_may_be_running_is_not_dropped(pulse: Pulse, client: Client) -> None:
    client.command("INSERT INTO facts SELECT * REPLACE ('half' AS generation) FROM facts LIMIT 3")
    refused = pulse("--drop-old", "--yes")
    assert refused.exit_code == 2
    assert "half: 3 facts, 0 cells; never answered" in refused.stdout
    assert "pulse rebuild --drop-old --unfinished" in refused.stderr
    assert world.one(client, "SELECT count() FROM facts WHERE generation = 'half'") == (3,)
    assert pulse("--drop-old", "--yes", "--unfinished").exit_code == 0
    assert world.one(client, "SELECT count() FROM facts WHERE generation = 'half'") == (0,)


def test_figures_that_are_being_written_are_not_dropped(
    pulse: Pulse, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Back to an earlier catalogue: that generation has answered before, and is being counted on."""
    assert pulse().exit_code == 0

    def write(_: float) -> None:
        client.command(
            "INSERT INTO positions SELECT * REPLACE (offset + 1 AS offset) FROM positions FINAL "
            "WHERE generation = {id:String}",
            parameters={"id": world.made(OLD).id},
        )

    monkeypatch.setattr(time, "sleep", write)
    refused = pulse("--drop-old", "--yes")
    assert refused.exit_code == 2
    assert f"{world.made(OLD).id}: somebody is writing these figures now" in refused.stderr
    assert world.stored(client, OLD)["facts"]


@pytest.mark.parametrize("word", ["--force", "--dry-run", "--accept-log-start"])
def test_dropping_counts_nothing(pulse: Pulse, word: str) -> None:
    result = pulse("--drop-old", word)
    assert result.exit_code == 2
    assert "--drop-old counts nothing" in result.stderr
