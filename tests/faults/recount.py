"""The judge: what must stand in ClickHouse by what lies in Kafka, counted by definition, and what stands there.

Of the product it takes the contract (what a message says), the catalogue and the rule of partitions. Cells come from
the naive oracle; outcomes, heartbeats and dead letters are counted here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from clickhouse_connect.driver.client import Client

from cli.city import City
from schemas.event import Event, Record, Refusal, Version
from streams.partition import partition_of
from tests.faults.log import Said, Shard
from tests.streams.counting import oracle
from verify import verify

Ledger = dict[tuple[str, int, int], str]
"""Place → outcome."""

_SHOWN = 5


class Expected:
    """What the logs say, counted anew."""

    def __init__(self, city: City, logs: Mapping[Shard, Sequence[Said]]) -> None:
        self.ledger: Ledger = {}
        self.device_hours: set[tuple[str, int, str, str]] = set()
        self._catalogue = city.catalogue
        self._seen = {
            feed.type: key
            for key, measure in city.catalogue.measures.items()
            if measure.reducer == "seen"
            for feed in measure.feeds
        }
        self._events: dict[tuple[str, str], list[Event]] = defaultdict(list)
        partitions = Counter(topic for topic, _ in logs)
        for (topic, partition), messages in logs.items():
            standing: dict[Record, Version] = {}
            for message in messages:
                said = city.contract.decode(topic, message)
                right = isinstance(said, Event) and partition_of(said.record.subject, partitions[topic])
                place = topic, partition, message.offset
                if isinstance(said, Refusal) or (right != partition and _marked(message)):
                    self.ledger[place] = "refused"
                elif right != partition:
                    self.ledger[place] = "re-keyed"
                else:
                    self.ledger[place] = self._count(topic, said, standing)

    def _count(self, topic: str, event: Event, standing: dict[Record, Version]) -> str:
        record, version = event.record, event.version
        if measure := self._seen.get(record.type):
            hour = event.time // 3_600_000_000 * 3600
            self.device_hours.add((measure, hour, event.region[:6], record.subject))
            return "counted"
        before = standing.get(record)
        standing[record] = max(version, before) if before else version
        if before != version:
            self._events[topic, record.subject].append(event)
        if before is None:
            return "counted"
        if version == before:
            return "duplicate"
        if version[:2] == before[:2]:
            return "conflict"
        return "counted" if version > before else "superseded"

    def cells(self) -> oracle.Cells:
        """The oracle's, a subject at a time: no measure looks beyond one."""
        found: Counter[tuple[str, str, int]] = Counter()
        by_topic: dict[str, Any] = {}
        for topic in {topic for topic, _ in self._events}:
            own = {key: m for key, m in self._catalogue.measures.items() if m.topic == topic}
            by_topic[topic] = SimpleNamespace(measures=own)
        for (topic, _), events in self._events.items():
            for cell, value in oracle.cells(by_topic[topic], events).items():
                found[cell] += value
        return {cell: value for cell, value in found.items() if value}

    @property
    def refused(self) -> set[tuple[str, int, int]]:
        """Places of messages that must have a dead letter."""
        return {place for place, outcome in self.ledger.items() if outcome == "refused"}


def differences(
    city: City, types: Any, logs: Mapping[Shard, Sequence[Said]], letters: Iterable[Said], client: Client
) -> list[str]:
    """Everything in ClickHouse, and in the topic of dead letters, that is not as the logs have it."""
    expected = Expected(city, logs)
    return [
        *_ledger(expected, client),
        *_positions(logs, client),
        *_differing("cell", expected.cells(), _cells(client)),
        *_differing("device hour", dict.fromkeys(expected.device_hours, 1), _device_hours(client)),
        *_differing("dead letter", dict.fromkeys(expected.refused, 1), _letters(client)),
        *_differing("sent letter", dict.fromkeys(expected.refused, 1), _sent(letters)),
        *_forwarded(expected, logs),
        *(str(difference) for difference in verify(client, city.catalogue, city.regions, types).differences),
    ]


def _ledger(expected: Expected, client: Client) -> Iterator[str]:
    rows = client.query("SELECT topic, partition, offset, outcome FROM events FINAL").result_rows
    found = {(row[0], row[1], row[2]): row[3] for row in rows}
    yield from _differing("ledger", expected.ledger, found)
    (received, outcomes) = client.query(
        "SELECT sum(received), sum(counted + duplicate + superseded + conflict + refused + rekeyed) FROM balance"
    ).result_rows[0]
    if not received == outcomes == len(expected.ledger):
        yield f"balance: {len(expected.ledger)} in Kafka, {received} received, {outcomes} outcomes"


def _positions(logs: Mapping[Shard, Sequence[Said]], client: Client) -> Iterator[str]:
    rows = client.query("SELECT topic, partition, offset FROM positions FINAL").result_rows
    ends = {shard: messages[-1].offset for shard, messages in logs.items() if messages}
    yield from _differing("position", ends, {(row[0], row[1]): row[2] for row in rows})


def _cells(client: Client) -> oracle.Cells:
    rows = client.query(
        "SELECT measure, region, toInt32(day), sum(value) AS v FROM cells FINAL GROUP BY 1, 2, 3 HAVING v != 0"
    ).result_rows
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _device_hours(client: Client) -> dict[Any, int]:
    sql = "SELECT measure, toUnixTimestamp(hour), county, device FROM device_hours FINAL"
    return {tuple(row): 1 for row in client.query(sql).result_rows}


def _letters(client: Client) -> dict[Any, int]:
    rows = client.query("SELECT topic, partition, offset FROM dead_letters FINAL").result_rows
    return {tuple(row): 1 for row in rows}


def _sent(letters: Iterable[Said]) -> dict[Any, int]:
    """Each at least once: a kill may repeat it, under the same key."""
    places = (letter.key.decode().rsplit("/", 2) for letter in letters if letter.key)
    return {(topic, int(partition), int(offset)): 1 for topic, partition, offset in places}


def _forwarded(expected: Expected, logs: Mapping[Shard, Sequence[Said]]) -> Iterator[str]:
    """What lay wrong was sent on at least once, and nothing else was."""
    origins = {
        value.decode()
        for messages in logs.values()
        for message in messages
        for name, value in message.headers
        if name == "pulse-origin"
    }
    rekeyed = {
        "/".join(map(str, place)) for place, outcome in expected.ledger.items() if outcome == "re-keyed"
    }
    yield from _differing("forwarded", dict.fromkeys(rekeyed, 1), dict.fromkeys(origins, 1))


def _differing(what: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> Iterator[str]:
    wrong = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    for key in sorted(wrong)[:_SHOWN]:
        yield f"{what} {key}: expected {expected.get(key)}, found {found.get(key)}"
    if len(wrong) > _SHOWN:
        yield f"{what}: {len(wrong)} differ"


def _marked(message: Said) -> bool:
    return any(name == "pulse-origin" for name, _ in message.headers)
