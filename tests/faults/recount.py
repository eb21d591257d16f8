"""The judge: what must stand in ClickHouse by what lies in Kafka, counted by definition, and what stands there.

Of the product it takes the contract (what a message says), the catalogue, the rule of partitions and how large a message
may be to be sent on. Cells come from the naive oracle; outcomes, heartbeats and dead letters are counted here. Logs are
read once, a shard after the other: of a message stays its outcome, of a record its winner.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from clickhouse_connect.driver.client import Client

from pulse.app.city import City
from pulse.verify import verify
from schemas.event import Event, PassedOver, Record, Refusal
from streams.flush import FORWARDED, ORIGIN, forwarded_size
from streams.logs import topic_of
from streams.partition import partition_of
from tests.faults.log import Said, Shard
from tests.streams.counting import oracle

Place = tuple[str, int, int]
"""Log, partition, offset. A log is called by its topic's name, a later one `topic@2`, …"""

Headers = Iterable[tuple[str, bytes | None]]

_SHOWN = 5
_SHARD = ("topic", "partition")
_OUTCOMES = """
SELECT offset, outcome FROM events FINAL WHERE topic = {topic:String} AND partition = {partition:UInt16} ORDER BY offset
"""
_ANSWERS = "generation = (SELECT generation FROM answering)"


class Expected:
    """What the logs say, counted anew. `partitions`: of each log; `lasts`: where those end that have a successor.

    The logs of a topic must be read one after the other.
    """

    def __init__(
        self, city: City, partitions: Mapping[str, int], lasts: Mapping[str, Sequence[int]] | None = None
    ) -> None:
        self.outcomes: dict[Shard, dict[int, str]] = {}
        """Shard → the outcome of each offset that holds an event, in the order of the log."""
        self.empty: dict[Shard, set[int]] = {}
        """Shard → the offsets up to its end that hold none, where its log was read with them."""
        self.refused: set[Place] = set()
        """Of messages that must have a dead letter."""
        self.rekeyed: set[Place] = set()
        """Of messages that must have been sent on."""
        self.origins: set[Place] = set()
        """Where messages that were sent on say that they come from."""
        self.device_hours: set[tuple[str, int, str, str]] = set()
        self._city, self._partitions, self._lasts = city, partitions, lasts or {}
        self._seen = {
            feed.type: key
            for key, measure in city.catalogue.measures.items()
            if measure.reducer == "seen"
            for feed in measure.feeds
        }
        self._winners: dict[tuple[str, str], dict[Record, Event]] = defaultdict(dict)

    def read(self, shard: Shard, messages: Iterable[Said], end: int | None = None) -> None:
        """Take in a whole log. `end`: up to where it goes, from 0 on, where offsets in it may hold no event."""
        log, partition = shard
        topic = topic_of(log)
        outcomes: dict[int, str] = {}
        before_it = -1
        for message in messages:
            if end is None and outcomes:
                assert message.offset == before_it + 1, f"{shard}: no message at {before_it + 1}"
            before_it = message.offset
            place = log, partition, message.offset
            origin = origin_of(message.headers)
            if origin is not None:
                self.origins.add(origin)
            said = self._city.contract.decode(topic, message)
            outcome = self._outcome(shard, message, said)
            if outcome == "refused":
                self.refused.add(place)
            elif outcome == "re-keyed":
                self.rekeyed.add(place)
            outcomes[message.offset] = outcome
        if outcomes:
            self.outcomes[shard] = outcomes
        if end is not None:
            self.empty[shard] = set(range(end)) - outcomes.keys()

    def _outcome(self, shard: Shard, message: Said, said: Event | Refusal | PassedOver) -> str:
        log, partition = shard
        if isinstance(said, Refusal):
            return "refused"
        if isinstance(said, PassedOver):
            return "passed-over"
        if partition_of(said.record.subject, self._partitions[log]) == partition:
            return self._count(topic_of(log), said)
        stays = _sent_on(message, log) or forwarded_size(message) > FORWARDED
        return "refused" if stays else "re-keyed"

    def _count(self, topic: str, event: Event) -> str:
        record, version = event.record, event.version
        if measure := self._seen.get(record.type):
            hour = event.time // 3_600_000_000 * 3600
            self.device_hours.add((measure, hour, event.region[:6], record.subject))
            return "counted"
        winners = self._winners[topic, record.subject]
        before = winners[record].version if record in winners else None
        if before is None or oracle.takes_over(event, winners[record]):
            winners[record] = event
        if before is None:
            return "counted"
        if version == before:
            return "duplicate"
        if version[:2] == before[:2]:
            return "conflict"
        return "counted" if version > before else "superseded"

    @property
    def messages(self) -> int:
        """How many there are in all logs."""
        return sum(map(len, self.outcomes.values()))

    @property
    def ends(self) -> dict[Shard, int]:
        """The last offset of each partition, of the logs that have not ended."""
        return {
            shard: max(*self.outcomes.get(shard, ()), *self.empty.get(shard, ()), -1)
            for shard in self.outcomes.keys() | self.empty.keys()
            if shard[0] not in self._lasts and (shard in self.outcomes or self.empty[shard])
        }

    def counts(self, place: Place) -> bool:
        """Whether a row of it counts: behind a log's end nothing does."""
        log, partition, offset = place
        return log not in self._lasts or offset <= self._lasts[log][partition]

    def cells(self) -> oracle.Cells:
        """The oracle's, a subject at a time: no measure looks beyond one."""
        found: Counter[tuple[str, str, int]] = Counter()
        measures = self._city.catalogue.counted.items()
        by_topic: dict[str, Any] = {
            topic: SimpleNamespace(counted={key: m for key, m in measures if m.topic == topic})
            for topic in map(topic_of, self._partitions)
        }
        for (topic, _), winners in self._winners.items():
            for cell, value in oracle.cells(by_topic[topic], winners.values()).items():
                found[cell] += value
        return {cell: value for cell, value in found.items() if value}


def read(
    city: City, logs: Mapping[Shard, Iterable[Said]], ends: Mapping[Shard, int] | None = None
) -> Expected:
    """What all logs of all topics say. `ends`: where they end, if offsets in them may hold no event."""
    expected = Expected(city, Counter(topic for topic, _ in logs))
    for shard, messages in logs.items():
        expected.read(shard, messages, (ends or {}).get(shard))
    return expected


def differences(
    city: City, types: Any, expected: Expected, letters: Iterable[Said], client: Client
) -> list[str]:
    """Everything in ClickHouse, and in the topic of dead letters, that is not as the logs have it."""
    refused, rekeyed = dict.fromkeys(expected.refused, 1), dict.fromkeys(expected.rekeyed, 1)
    return [
        *_ledger(expected, client),
        *_gaps(expected, client),
        *_positions(expected, client),
        *_differing("cell", expected.cells(), cells(client)),
        *_differing("device hour", dict.fromkeys(expected.device_hours, 1), _device_hours(client)),
        *_differing("dead letter", refused, _that_count(expected, _letters(client))),
        *_differing("sent letter", refused, _that_count(expected, _sent(letters))),
        # What lay wrong was sent on at least once, and nothing else was.
        *_differing("forwarded", rekeyed, _that_count(expected, dict.fromkeys(expected.origins, 1))),
        *(str(difference) for difference in verify(client, city.catalogue, city.regions, types).differences),
    ]


def cells(client: Client) -> oracle.Cells:
    """Those that answer."""
    rows = client.query(
        f"SELECT measure, region, toInt32(day), sum(value) AS v FROM cells FINAL WHERE {_ANSWERS} "
        "GROUP BY 1, 2, 3 HAVING v != 0"
    ).result_rows
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _ledger(expected: Expected, client: Client) -> Iterator[str]:
    """Shard by shard, in the order of the log: it may be longer than memory likes."""
    there = {tuple(row) for row in client.query("SELECT DISTINCT topic, partition FROM events").result_rows}
    for shard in sorted(expected.outcomes.keys() | there):
        outcomes = expected.outcomes.get(shard, {})
        found = client.query_arrow(
            _OUTCOMES, parameters=dict(zip(_SHARD, shard, strict=True)), use_strings=True
        )
        offsets, said = (column.to_pylist() for column in found.columns)
        if said != list(outcomes.values()) or offsets != list(outcomes):
            wanted = {(*shard, offset): outcome for offset, outcome in outcomes.items()}
            stored = {(*shard, offset): outcome for offset, outcome in zip(offsets, said, strict=True)}
            yield from _differing("ledger", wanted, _that_count(expected, stored))
    (received, outcomes) = client.query(
        "SELECT sum(received), sum(counted + duplicate + superseded + conflict + refused + rekeyed + passed_over) "
        "FROM balance"
    ).result_rows[0]
    if not received == outcomes == expected.messages:
        yield f"balance: {expected.messages} in Kafka, {received} received, {outcomes} outcomes"


def _gaps(expected: Expected, client: Client) -> Iterator[str]:
    """Of the logs that were read with their gaps: what is no event is a gap, and nothing else is."""
    found: dict[Place, int] = {}
    for log, partition, first, last in client.query(
        "SELECT topic, partition, first, last FROM gaps FINAL"
    ).result_rows:
        if (log, partition) in expected.empty:
            found |= {(log, partition, offset): 1 for offset in range(first, last + 1)}
    wanted = {(*shard, offset): 1 for shard, offsets in expected.empty.items() for offset in offsets}
    yield from _differing("gap", wanted, found)


def _positions(expected: Expected, client: Client) -> Iterator[str]:
    sql = f"SELECT topic, partition, offset FROM positions FINAL WHERE {_ANSWERS}"
    found = {(row[0], row[1]): row[2] for row in client.query(sql).result_rows}
    yield from _differing("position", expected.ends, found)


def _device_hours(client: Client) -> dict[Any, int]:
    sql = "SELECT measure, toUnixTimestamp(hour), county, device FROM device_hours FINAL"
    return {tuple(row): 1 for row in client.query(sql).result_rows}


def _letters(client: Client) -> dict[Any, int]:
    rows = client.query("SELECT topic, partition, offset FROM dead_letters FINAL").result_rows
    return {tuple(row): 1 for row in rows}


def _sent(letters: Iterable[Said]) -> dict[Any, int]:
    """Each at least once: a kill may repeat it, under the same key."""
    return {_place(letter.key): 1 for letter in letters if letter.key}


def _that_count(expected: Expected, rows: Mapping[Place, Any]) -> dict[Place, Any]:
    return {place: row for place, row in rows.items() if expected.counts(place)}


def _differing(what: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> Iterator[str]:
    wrong = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    for key in sorted(wrong)[:_SHOWN]:
        yield f"{what} {key}: expected {expected.get(key)}, found {found.get(key)}"
    if len(wrong) > _SHOWN:
        yield f"{what}: {len(wrong)} differ"


def origin_of(headers: Headers) -> Place | None:
    """Where a message says that it was found; anybody may have written that."""
    for name, value in headers:
        if name == ORIGIN and value:
            with suppress(ValueError):
                return _place(value)
    return None


def _sent_on(message: Said, log: str) -> bool:
    """Whether it says that it was sent on in this log."""
    return any(
        name == ORIGIN and (value or b"").startswith(f"{log}/".encode()) for name, value in message.headers
    )


def _place(text: bytes) -> Place:
    topic, partition, offset = text.decode().rsplit("/", 2)
    return topic, int(partition), int(offset)
