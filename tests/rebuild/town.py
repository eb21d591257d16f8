"""A Kafka in lists, whose topics grow and are made anew, with shards that count it into a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from clickhouse_connect.driver.client import Client

from pulse.rebuild import Done, preview, rebuild
from pulse.verify import verify
from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from sinks.clickhouse.generations import enter
from sinks.clickhouse.logs import latest
from sinks.clickhouse.store import ClickHouseStore
from sinks.clickhouse.views.create import create_views
from streams.commands import Halt, LogBounds, Send, Write
from streams.counting.calendar import Calendar
from streams.generation import Generation, generation
from streams.logs import log_name
from streams.partition import partition_of
from streams.shard import Shard
from tests.rebuild import world
from tests.verify import toy
from tests.verify.world import Received

BATCH = 40


class Town:
    """Two topics, an empty database, and all that the toy's departments have to say, in the order of their saying."""

    def __init__(self, client: Client, partitions: int = 3, catalogue: Catalogue = world.OLD) -> None:
        for table in world.TABLES:
            client.command(f"TRUNCATE TABLE {table}")
        create_views(client, catalogue, toy.REGIONS, "stream")
        self.client, self.catalogue = client, catalogue
        self.logs: dict[str, list[list[Received]]] = {
            topic: [[] for _ in range(partitions)] for topic in world.TOPICS
        }
        self.ids = {topic: f"{topic}-1" for topic in self.logs}
        self.sent = 0
        self._said: Iterator[tuple[int, tuple[str, str, bytes, int]]] = enumerate(
            toy.log(world.SEED, world.LENGTH)
        )

    # --- Kafka ---

    def publish(self, count: int = world.LENGTH, *, misplaced: int = 31) -> None:
        """The next messages; every so many-th to a wrong partition."""
        for number, (topic, subject, body, time) in islice(self._said, count):
            log = self.logs[topic]
            partition = (partition_of(subject, len(log)) + (number % misplaced == 0)) % len(log)
            log[partition].append(Received(len(log[partition]), body, time))
            self.sent += 1

    def say(self, messages: Iterable[tuple[str, str, bytes, int]]) -> None:
        """What departments have to say after that: (topic, subject, CloudEvents JSON, append time in ms)."""
        self._said = chain(self._said, enumerate(messages))

    def grow(self, topic: str, partitions: int) -> None:
        self.logs[topic] += [[] for _ in range(partitions - len(self.logs[topic]))]

    def make_anew(self, topic: str, partitions: int) -> None:
        self.logs[topic] = [[] for _ in range(partitions)]
        self.ids[topic] = f"{topic}-{int(self.ids[topic].rpartition('-')[2]) + 1}"

    @property
    def topics(self) -> dict[str, tuple[int, str]]:
        return {topic: (len(log), self.ids[topic]) for topic, log in self.logs.items()}

    # --- Workers ---

    def generation(self) -> Generation:
        """Of a worker that starts now."""
        partitions = {topic: len(log) for topic, log in self.logs.items()}
        return generation(self.catalogue, toy.REGIONS, partitions, latest(self.client))

    def work(self, share: float = 1.0, *, again: bool = True) -> None:
        """A worker starts, counts this share of what lies in each partition now, and stops. Where that is all, `again`
        also what this made it send on."""
        made = self.generation()
        enter(self.client, made, "toy")
        store = ClickHouseStore(self.client, made.id, Calendar(toy.REGIONS.zone))
        try:
            while True:
                ends = {place: int(len(log) * share) for place, log in self._partitions()}
                for place, end in ends.items():
                    asyncio.run(self._count(store, self.taken_over(store, *place), end))
                if share < 1 or not again or ends == {place: len(log) for place, log in self._partitions()}:
                    return
        finally:
            store.close()

    def shard(self, topic: str, partition: int) -> Shard:
        """As a worker makes it that starts now."""
        used = {type: toy.TYPES[type] for type in sorted(self.catalogue.event_types)}
        return Shard(
            catalogue=self.catalogue, contract=Contract(used, toy.REGIONS), calendar=Calendar(toy.REGIONS.zone),
            generation=self.generation().id, topic=topic, partition=partition, partitions=len(self.logs[topic]),
            log=log_name(topic, latest(self.client).get(topic, 1)),
        )  # fmt: skip

    def taken_over(self, store: ClickHouseStore, topic: str, partition: int) -> Shard:
        shard = self.shard(topic, partition)
        shard.assigned()
        log = self.logs[topic]
        command = shard.loaded(
            asyncio.run(store.load(shard.log, partition)),
            LogBounds(0, len(log[partition]), self.ids[topic], len(log)),
        )
        assert not isinstance(command, Halt), command
        shard.done()
        return shard

    async def _count(self, store: ClickHouseStore, shard: Shard, end: int) -> None:
        for table, columns in self.writes(shard, end):
            await store.write(table, columns)

    def writes(self, shard: Shard, end: int) -> Iterator[tuple[str, Any]]:
        """What a shard writes that reads on up to an offset; what it sends on lies in Kafka."""
        log = self.logs[shard.topic][shard.partition][:end]
        for first in range(shard.position + 1, end, BATCH):
            shard.fold(log[first : first + BATCH])
            command = shard.flush()
            while command is not None:
                if isinstance(command, Write):
                    yield command.table, command.columns
                elif isinstance(command, Send):
                    self._send(command)
                command = shard.done()

    def _send(self, command: Send) -> None:
        for sent in command.messages:
            if sent.topic in self.logs:
                assert sent.partition is not None
                assert sent.value is not None
                log = self.logs[sent.topic][sent.partition]
                log.append(Received(len(log), sent.value, toy.ENDS, sent.headers))

    def _partitions(self) -> Iterator[tuple[tuple[str, int], Sequence[Received]]]:
        for topic, logs in self.logs.items():
            for partition, log in enumerate(logs):
                yield (topic, partition), log

    # --- The operator ---

    def rebuild(
        self,
        client: Client | None = None,
        *,
        catalogue: Catalogue | None = None,
        force: bool = False,
        **words: Any,
    ) -> Done:
        """`pulse rebuild`."""
        client, self.catalogue = client or self.client, catalogue or self.catalogue
        shown = preview(client, self.catalogue, toy.REGIONS, self.topics, force=force, **words)
        return asyncio.run(rebuild(client, shown.plan, self.catalogue, toy.REGIONS, toy.TYPES, "stream"))

    def figures(self) -> list[tuple[Any, ...]]:
        return world.figures(self.client)

    def check(self, *, behind: bool = False) -> None:
        """`pulse verify`. With `behind`, what was sent on may still lie unread."""
        found = verify(self.client, self.catalogue, toy.REGIONS, toy.TYPES).differences
        named = [each for each in found if not (behind and each.expected == "counted in another partition")]
        assert not named, "\n".join(map(str, named[:5]))

    def received(self) -> Mapping[str, int]:
        """Messages by topic, as the view `balance` has them."""
        query = "SELECT topic, toInt64(sum(received)) FROM balance GROUP BY topic ORDER BY topic"
        return dict(self.client.query(query).result_rows)
