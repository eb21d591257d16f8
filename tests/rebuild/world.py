"""Two catalogues over one dirty log: what a worker writes with the one, and would have written with the other."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from clickhouse_connect.driver.client import Client

from pulse.rebuild import Done, preview, rebuild
from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from sinks.clickhouse.connection import connect
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.store import ClickHouseStore
from sinks.clickhouse.tables import arrow
from sinks.clickhouse.views.create import create_views
from streams.commands import Command, Halt, Load, Loaded, LogBounds, Send, Write
from streams.counting.calendar import Calendar
from streams.generation import Generation, generation
from streams.partition import partition_of
from streams.shard import Shard
from tests.threads import one_thread
from tests.verify import toy
from tests.verify.world import Received

SEED, LENGTH = 7, 900
PARTITIONS = 2
TOPICS = {"homes": (PARTITIONS, "id-homes"), "works": (PARTITIONS, "id-works")}
TABLES = ("events", "facts", "cells", "positions", "dead_letters", "device_hours", "generations", "logs")
FIGURES = (
    "SELECT indicator, region, numerator, denominator, value FROM indicator_now ORDER BY indicator, region"
)

Logs = Mapping[tuple[str, int], list[Received]]
Rows = Mapping[str, Any]


def measure(reducer: str, *feeds: dict[str, Any], topic: str = "homes", **words: Any) -> dict[str, Any]:
    return {"name": {"zh": "数", "en": "n"}, "topic": topic, "reducer": reducer, "feeds": list(feeds)} | words


def catalogue(measures: Mapping[str, Any], formulas: Mapping[str, Any] = toy.FORMULAS) -> Catalogue:
    """The toy plan with other measures; formulas over measures that are gone are left out."""
    whole = toy.CATALOGUE.model_dump(mode="json")
    indicators = [
        {
            "id": f"a01.{id}", "name": {"zh": id, "en": id}, "sentence": "句", "kind": "monitor", "department": "homes",
            "unit": "个", "cadence": "always", "pace": {"kind": "none"},
        } | words
        for id, words in formulas.items()
    ]  # fmt: skip
    return Catalogue.model_validate(whole | {"measures": measures, "indicators": indicators})


OLD = toy.CATALOGUE
NEW = catalogue(
    {key: words for key, words in toy.MEASURES.items() if key not in ("dated", "beats")}
    | {
        "surveyed": measure("distinct", {"type": "homes.survey"}, period="month"),
        "hard": measure("sum", {"type": "homes.survey", "where": {"hardship": False}}),
        "visited_quarterly": measure("distinct", {"type": "homes.visit"}, period="month"),
        "signs": measure("seen", {"type": "works.beat"}, topic="works"),
    },
    {id: words for id, words in toy.FORMULAS.items() if id != "dated"}
    | {
        "surveyed": {"formula": {"kind": "count", "measure": "surveyed"}, "window": "month"},
        "online": {
            "formula": {"kind": "online", "seen": "signs", "registered": "devices"},
            "cadence": "hour",
        },
    },
)
"""A measure added, one counted otherwise, one gone, one of another period, and heartbeats under another key."""


def made(catalogue: Catalogue) -> Generation:
    return generation(
        catalogue, toy.REGIONS, {topic: partitions for topic, (partitions, _) in TOPICS.items()}
    )


@cache
def logs() -> Logs:
    """The whole log of each partition, with the events that were sent on from another one."""
    found: dict[tuple[str, int], list[Received]] = {
        (topic, partition): [] for topic in TOPICS for partition in range(PARTITIONS)
    }
    for number, (topic, subject, body, time) in enumerate(toy.log(SEED, LENGTH)):
        misplaced = number % 31 == 0
        log = found[topic, (partition_of(subject, PARTITIONS) + misplaced) % PARTITIONS]
        log.append(Received(len(log), body, time))
    for place in list(found):
        for command in _commands(shard(OLD, *place), found[place]):
            if isinstance(command, Send):
                for sent in command.messages:
                    if sent.topic in TOPICS:
                        assert sent.partition is not None
                        assert sent.value is not None
                        log = found[sent.topic, sent.partition]
                        log.append(Received(len(log), sent.value, toy.ENDS, sent.headers))
    return found


def shard(catalogue: Catalogue, topic: str, partition: int) -> Shard:
    """A shard that has taken over an empty database."""
    new = _shard(catalogue, topic, partition)
    assert not isinstance(new.loaded(Loaded(None, []), _log(topic)), Halt)
    new.done()
    return new


def _shard(catalogue: Catalogue, topic: str, partition: int) -> Shard:
    used = {type: toy.TYPES[type] for type in sorted(catalogue.event_types)}
    new = Shard(
        catalogue=catalogue, contract=Contract(used, toy.REGIONS), calendar=Calendar(toy.REGIONS.zone),
        generation=made(catalogue).id, topic=topic, partition=partition, partitions=PARTITIONS,
    )  # fmt: skip
    assert isinstance(new.assigned(), Load)
    return new


def _log(topic: str) -> LogBounds:
    return LogBounds(0, 1 << 30, TOPICS[topic][1], PARTITIONS)


def _commands(shard: Shard, messages: Sequence[Received], batch: int = 40) -> list[Command]:
    found = []
    for first in range(0, len(messages), batch):
        shard.fold(messages[first : first + batch])
        command = shard.flush()
        while command is not None:
            found.append(command)
            command = shard.done()
    return found


@cache
def _counted(name: str, share: float) -> Rows:
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for place, log in logs().items():
        for command in _commands(shard(_CATALOGUES[name], *place), log[: int(len(log) * share)]):
            if isinstance(command, Write):
                rows[command.table].append(arrow(command.table, command.columns))
    return {table: pa.concat_tables(found, promote_options="default") for table, found in rows.items()}


_CATALOGUES = {"old": OLD, "new": NEW}


def counted(name: str, share: float = 1.0) -> Rows:
    """The rows that workers write which count the log's first part with a catalogue from the first event on."""
    return _counted(name, share)


def database(folder: Path) -> Client:
    client = connect(f"chdb://{folder}")
    migrate(client)
    client.set_client_setting("mutations_sync", 2)
    one_thread(client)
    return client


def fill(client: Client, rows: Rows, catalogue: Catalogue = OLD) -> None:
    """A database in which workers with this catalogue have written these rows."""
    for table in TABLES:
        client.command(f"TRUNCATE TABLE {table}")
    for table, found in rows.items():
        client.insert_arrow(table, found)
    answer(client, catalogue)


def answer(client: Client, catalogue: Catalogue) -> None:
    """The catalogue's generation answers, as its first worker makes it."""
    client.command(
        "INSERT INTO generations SELECT {id:String}, 'toy', now64(3), {detail:String}",
        parameters=made(catalogue)._asdict(),
    )
    create_views(client, catalogue, toy.REGIONS, "stream")


def run(client: Client, catalogue: Catalogue = NEW, *, force: bool = False, topics: Any = TOPICS) -> Done:
    """`pulse rebuild`."""
    shown = preview(client, catalogue, toy.REGIONS, topics, force=force)
    return asyncio.run(rebuild(client, shown.plan, catalogue, toy.REGIONS, toy.TYPES, "stream"))


def work_on(client: Client, catalogue: Catalogue, share: float = 1.0) -> None:
    """Workers with this catalogue take over and count on, up to a part of the log."""

    async def work() -> None:
        store = ClickHouseStore(client, made(catalogue).id, Calendar(toy.REGIONS.zone))
        for (topic, partition), log in logs().items():
            new = _shard(catalogue, topic, partition)
            command = new.loaded(await store.load(topic, partition), _log(topic))
            assert not isinstance(command, Halt), command
            new.done()
            for done in _commands(new, log[new.position + 1 : int(len(log) * share)]):
                if isinstance(done, Write):
                    await store.write(done.table, done.columns)
        store.close()

    asyncio.run(work())


def stored(client: Client, catalogue: Catalogue) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a catalogue's generation, as they are read. A cell's offset is that of its last flush: left out."""
    chosen = {
        "facts": "* EXCEPT generation",
        "cells": "topic, partition, measure, region, day, value",
        "positions": "* EXCEPT generation",
    }
    found = {}
    for table, columns in chosen.items():
        query = f"SELECT {columns} FROM {table} FINAL WHERE generation = {{id:String}} ORDER BY ALL"
        found[table] = _rows(client, query, id=made(catalogue).id)
    keys = [key for key, each in catalogue.measures.items() if each.reducer == "seen"]
    query = "SELECT * FROM device_hours FINAL WHERE has({keys:Array(String)}, measure) ORDER BY ALL"
    return found | {"device_hours": _rows(client, query, keys=keys)}


def figures(client: Client) -> list[tuple[Any, ...]]:
    return _rows(client, FIGURES)


def snapshot(client: Client) -> dict[str, Any]:
    """Everything that is stored."""
    found: dict[str, Any] = {table: _rows(client, f"SELECT * FROM {table} ORDER BY ALL") for table in TABLES}
    query = "SELECT name, as_select FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    return found | {"views": _rows(client, query)}


def one(client: Client, query: str) -> Any:
    return client.query(query).result_rows[0]


def _rows(client: Client, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in client.query(query, parameters=parameters).result_rows]
