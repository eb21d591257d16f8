"""A flush: the rows of the events since the last flush, and the commands that write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from schemas.event import Event, Message, PassedOver, Refusal
from streams.commands import Ack, Command, Outgoing, Same, Send, Write
from streams.counting.facts import Fact
from streams.counting.fold import Cell
from streams.counting.outcome import Outcome
from streams.counting.seen import Sighting
from streams.dead_letters import letter, outgoing
from streams.logs import topic_of
from streams.refusals import ShardRefusal
from streams.tally import Tally, tally

ORIGIN = "pulse-origin"
"""Header of a forwarded message: log/partition/offset where it was found misplaced."""

FORWARDED = 1_040_000
"""Bytes of the largest message that is forwarded: a broker's default limit is 1 048 588, its own framing
included."""

EVENTS = (
    "offset", "append_time", "outcome", "reason", "source", "id", "type", "subject", "revision", "void",
    "fingerprint", "time", "recorded_time", "region", "dataschema", "data",
)  # fmt: skip
FACTS = (
    "measure", "member", "subject", "source", "id", "type", "revision", "void", "fingerprint", "region",
    "time", "rank", "value", "live", "offset",
)  # fmt: skip


GAPS = ("first", "last", "append_time")


def forwarded_size(message: Message) -> int:
    """Bytes of a message with its key and headers when it is forwarded."""
    headers = sum(len(name.encode()) + len(content or b"") + 10 for name, content in message.headers or ())
    return len(message.value or b"") + len(message.key or b"") + headers + 200


class Flush:
    """Rows in the order of their offsets.

    `last` is the offset at which the flush ends. `time` is the append time of the last event at or before it,
    in milliseconds. `count` is the number of events in the flush.
    """

    def __init__(self, generation: str, log: str, partition: int, last: int, time: int = 0) -> None:
        self.last = last
        self.time = time
        self.count = 0
        self._generation, self._log, self._partition = generation, log, partition
        self._sends: list[Outgoing] = []
        self._events: list[tuple[Any, ...]] = []
        self._gaps: list[tuple[Any, ...]] = []
        self._facts: list[tuple[Any, ...]] = []
        self._letters: list[dict[str, Any]] = []
        self._sightings: set[Sighting] = set()
        self._unknown: Counter[str] = Counter()

    @property
    def empty(self) -> bool:
        """Whether it holds nothing, so that it would move no position."""
        return not self.count and not self._gaps

    def gap(self, first: int, last: int) -> None:
        """Add a gap: the log holds no event from `first` up to and including `last`."""
        self._gaps.append((first, last, self.time))

    def event(self, message: Message, event: Event, outcome: Outcome, facts: Sequence[Fact] = ()) -> None:
        """Add a valid event: its row of the ledger, and the facts that it changed."""
        source, id, type, subject = event.record
        revision, void, fingerprint = event.version
        offset, time = message.offset, event.time
        for fact in facts:
            self._facts.append(
                (fact.measure, fact.member, subject, source, id, type, revision, void, fingerprint,
                 fact.region, time, fact.rank, fact.value, fact.live, offset)
            )  # fmt: skip
        if event.unknown:
            self._unknown[type] += 1
        self._events.append(
            (offset, message.timestamp, outcome, "", source, id, type, subject, revision, void, fingerprint,
             time, event.recorded, event.region, event.dataschema, event.canonical)
        )  # fmt: skip

    def heartbeat(self, message: Message, event: Event, sightings: Sequence[Sighting]) -> None:
        """Add a heartbeat: a row of the ledger without id, version and data, and its sightings."""
        source, _, type, subject = event.record
        self._sightings.update(sightings)
        if event.unknown:
            self._unknown[type] += 1
        self._events.append(
            (message.offset, message.timestamp, Outcome.COUNTED, "", source, "", type, subject, 0, False, 0,
             event.time, event.recorded, event.region, event.dataschema, b"")
        )  # fmt: skip

    def forward(self, message: Message, event: Event, partition: int) -> None:
        """Add a misplaced event: send it on to the partition of its subject, with a header that says where it
        was found.

        It keeps its timestamp, because a replayed year is read by the time of its messages.
        """
        origin = f"{self._log}/{self._partition}/{message.offset}".encode()
        headers = [*(header for header in message.headers or () if header[0] != ORIGIN), (ORIGIN, origin)]
        key = event.record.subject.encode()
        self._sends.append(
            Outgoing(topic_of(self._log), partition, key, message.value, headers, message.timestamp)
        )
        self.event(message, event, Outcome.REKEYED)

    def refuse(self, message: Message, refusal: Refusal | ShardRefusal) -> None:
        """Add a refused message: a dead letter, and a row of the ledger with only its outcome and reason."""
        row = letter(self._log, self._partition, message, refusal)
        self._letters.append(row)
        self._sends.append(outgoing(row))
        self._events.append(
            (message.offset, message.timestamp, Outcome.REFUSED, refusal.reason, "", "", "", "", 0, False, 0,
             0, None, "", "", b"")
        )  # fmt: skip

    def pass_over(self, message: Message, passed: PassedOver) -> None:
        """Add a message of another plan: a row of the ledger with only its outcome, source and type."""
        self._events.append(
            (message.offset, message.timestamp, Outcome.PASSED_OVER, "", passed.source, "", passed.type, "", 0, False, 0,
             0, None, "", "", b"")
        )  # fmt: skip

    def commands(
        self, cells: Sequence[tuple[Cell, int]], topic_id: str, partitions: int
    ) -> Iterator[Command]:
        """First messages, facts and events, then cells, then the position, then the ack: a crash in between
        is harmless.

        `cells` are the changed cells with their values as of `last`.
        """
        if self._sends:
            yield Send(self._sends)
        if self._facts:
            yield self._write("facts", _columns(FACTS, self._facts), generation=self._generation)
        if self._events:
            yield self._write("events", _columns(EVENTS, self._events))
        if self._gaps:
            yield self._write("gaps", _columns(GAPS, self._gaps))
        if self._letters:
            letters = _columns(tuple(self._letters[0]), [tuple(row.values()) for row in self._letters])
            yield Write("dead_letters", letters, len(self._letters))
        if self._sightings:
            seen = _columns(Sighting._fields, sorted(self._sightings))
            yield Write("device_hours", seen, len(self._sightings))
        if cells:
            rows = [(measure, region, day, value, self.last) for (measure, region, day), value in cells]
            columns = _columns(("measure", "region", "day", "value", "offset"), rows)
            yield self._write("cells", columns, generation=self._generation)
        how_far: dict[str, Sequence[Any]] = {
            "offset": [self.last],
            "append_time": [self.time],
            "topic_id": [topic_id],
            "partitions": [partitions],
        }
        yield self._write("positions", how_far, generation=self._generation)
        yield Ack(self.last)

    def tally(self) -> Tally:
        """What happened to the events of this flush."""
        return tally(_columns(EVENTS, self._events), self._unknown) if self._events else Tally()

    def _write(self, table: str, columns: dict[str, Sequence[Any]], **same: Any) -> Write:
        rows = len(next(iter(columns.values())))
        same |= {"topic": self._log, "partition": self._partition}
        return Write(table, {name: Same(value, rows) for name, value in same.items()} | columns, rows)


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, Sequence[Any]]:
    return dict(zip(names, zip(*rows, strict=True), strict=True))
