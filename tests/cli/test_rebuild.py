"""`pulse rebuild`: what it prints, and its exit status. On a real embedded database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from clickhouse_connect.driver.client import Client

import cli.city
import cli.service
from cli.city import City
from cli.rebuild import command
from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from sinks.clickhouse.connection import connect
from streams.kafka import Topic
from streams.ports import Unavailable
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
        **named: Any,
    ) -> Result:
        def found(*_: Any) -> Mapping[str, Topic]:
            if isinstance(topics, Exception):
                raise topics
            return topics

        used = {type: toy.TYPES[type] for type in catalogue.event_types}
        city = City(catalogue, toy.REGIONS, Contract(used, toy.REGIONS))
        monkeypatch.setattr(cli.city, "load_city", lambda settings: city)
        monkeypatch.setattr(cli.service, "found_topics", found)
        return CliRunner().invoke(command, list(words), **named)

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


def test_another_number_of_partitions(pulse: Pulse) -> None:
    result = pulse(topics=TOPICS | {"works": Topic(5, "id-works")})
    assert result.exit_code == 2
    assert "works: counted with 2 partitions, now 5" in result.stderr
    assert "into an empty database" in result.stderr


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


@pytest.mark.parametrize("word", ["--force", "--dry-run"])
def test_dropping_counts_nothing(pulse: Pulse, word: str) -> None:
    result = pulse("--drop-old", word)
    assert result.exit_code == 2
    assert "--drop-old counts nothing" in result.stderr
