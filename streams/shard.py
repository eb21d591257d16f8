"""A shard's life: one partition of one topic with its state, as a machine without I/O.

The world tells it what happened (assigned, loaded, batch, done, failed, revoked) and carries out the one
command it answers with. Facts are append-only and keyed by offset; cells carry the offset they were true
at; the position is written last, and Kafka hears of it after that. So a crash or a stall anywhere leaves
rows that the next owner writes again, the same, and there is no epoch, claim or fence to get wrong.

    assigned → Load → loaded → Seek → done → (batch → Send → facts → events → … → positions → Ack)*
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from schemas.event import Event, Message, Refusal
from streams.commands import Ack, Columns, Command, Halt, Load, Loaded, Log, Outgoing, Position, Seek, Send, Write
from streams.counting.calendar import Calendar
from streams.counting.fold import Fold
from streams.counting.outcome import Outcome
from streams.counting.seen import Seen, Sighting
from streams.dead_letters import letter, outgoing
from streams.partition import partition_of

ORIGIN = "pulse-origin"
"""Header of a forwarded message: topic/partition/offset where it was found misplaced."""

EVENTS = (
    "offset", "append_time", "outcome", "reason", "source", "id", "type", "subject", "revision", "void",
    "fingerprint", "time", "recorded_time", "region", "dataschema", "data",
)  # fmt: skip
FACTS = (
    "measure", "member", "subject", "source", "id", "type", "revision", "void", "fingerprint", "region",
    "time", "value", "live", "offset",
)  # fmt: skip

LATENESS = (60, 600, 3600, 21_600, 86_400, 604_800, 2_592_000)
"""Upper bounds, in seconds, of the lateness buckets (append time − event time); one more is open."""


@dataclass
class Tally:
    """What happened since the tally was last taken, for metrics."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    unknown_fields: Counter[str] = field(default_factory=Counter)
    """By event type: events of a newer minor schema with fields that this release does not know."""
    lateness: list[int] = field(default_factory=lambda: [0] * (len(LATENESS) + 1))
    lateness_sum: float = 0.0


@dataclass
class Flush:
    """Rows of the events since the last flush began."""

    last: int = -1
    count: int = 0
    sends: list[Outgoing] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    facts: list[tuple[Any, ...]] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    sightings: set[Sighting] = field(default_factory=set)


class Shard:
    """One partition of one topic. At most one command is under way at any time."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        contract: Contract,
        calendar: Calendar,
        generation: str,
        topic: str,
        partition: int,
        partitions: int,
        accept_start: bool = False,
    ) -> None:
        self.topic, self.partition = topic, partition
        self.pending = 0
        """Events folded and not yet acknowledged to Kafka."""
        self.position = -1
        """The last offset whose rows are whole."""
        self.fold = Fold(catalogue, calendar, topic)
        self._seen = Seen(catalogue, topic)
        self._contract = contract
        self._generation, self._partitions, self._accept_start = generation, partitions, accept_start
        self._topic_id = ""
        self._open = Flush()
        self._steps: deque[tuple[Command, int]] = deque()
        """The flush under way: commands still to do, first the one being done, with the events it ends."""
        self._running = False
        self._next = -1
        self._tally = Tally()

    # --- Take-over ---

    def assigned(self) -> Command:
        """The partition is ours."""
        self._steps = deque([(Load(), 0)])
        return Load()

    def loaded(self, loaded: Loaded, log: Log) -> Command:
        """ClickHouse answered: fold the winners and read on after the position, or say why that cannot be.

        `log` must have been read after the position was: a stalled owner may still move the position, and an
        older reading of the log's end would then look like a log that was cut.
        """
        position = loaded.position
        reason = self._fault(position, log)
        if reason:
            return self._start([(Halt(reason), 0)])
        self.fold.load(loaded.statements)
        self.position = position.offset if position else log.start - 1
        self._topic_id = log.topic_id
        self._open = Flush(last=self.position)
        return self._start([(Seek(self.position + 1), 0)])

    def _fault(self, position: Position | None, log: Log) -> str | None:
        shard = f"{self.topic}/{self.partition}"
        if log.partitions != self._partitions:
            return (
                f"{shard}: the topic has {log.partitions} partitions, this generation counts "
                f"{self._partitions}: subjects have moved. Run `pulse rebuild`."
            )
        if position is None:
            if log.start > 0 and not self._accept_start:
                return (
                    f"{shard}: nothing is counted yet and the log starts at offset {log.start}: what came "
                    f"before is gone. Raise the topic's retention, or start with --accept-log-start."
                )
            return None
        if position.partitions != log.partitions:
            return f"{shard}: counted with {position.partitions} partitions, now {log.partitions}. Run `pulse rebuild`."
        if position.topic_id != log.topic_id and position.topic_id and log.topic_id:
            return (
                f"{shard}: counted from topic id {position.topic_id}, the broker has {log.topic_id}: the topic "
                f"was deleted and made anew. Run `pulse rebuild`."
            )
        if log.start > position.offset + 1:
            return (
                f"{shard}: counted up to offset {position.offset}, but the log starts at {log.start}: offsets "
                f"{position.offset + 1}–{log.start - 1} are gone uncounted. Raise the retention; run `pulse rebuild`."
            )
        if log.end < position.offset + 1:
            return (
                f"{shard}: counted up to offset {position.offset}, but the log ends at {log.end}: it was cut or "
                f"made anew. Run `pulse rebuild`."
            )
        return None

    # --- Batches ---

    def batch(self, messages: Sequence[Message]) -> Command | None:
        """Fold messages at once; a command where none is under way. Offsets already folded are passed over."""
        flush, decode, topic = self._open, self._contract.decode, self.topic
        last = flush.last
        for message in messages:
            if message.offset <= last:
                continue
            last = message.offset
            flush.count += 1
            self.pending += 1
            try:
                result = decode(topic, message)
                if isinstance(result, Refusal):
                    self._refuse(flush, message, result)
                else:
                    self._count(flush, message, result)
            except Exception as error:
                error.add_note(f"at {topic}/{self.partition}/{message.offset}")
                raise
        flush.last = last
        return self._begin() if not self._steps and flush.count else None

    def _count(self, flush: Flush, message: Message, event: Event) -> None:
        record, version = event.record, event.version
        if partition_of(record[3], self._partitions) != self.partition:
            self._misplaced(flush, message, event)
            return
        offset, time = message.offset, event.time
        if record[2] in self._seen:
            flush.sightings.update(self._seen.sightings(event))
            outcome = Outcome.COUNTED
            self._row(flush, message, event, outcome, beat=True)
        else:
            outcome, facts = self.fold.apply(event)
            for fact in facts:
                flush.facts.append(
                    (fact.measure, fact.member, record[3], record[0], record[1], record[2], *version,
                     fact.region, time, fact.value, fact.live, offset)
                )  # fmt: skip
            self._row(flush, message, event, outcome)
        tally = self._tally
        tally.outcomes[outcome] += 1
        late = message.timestamp / 1000 - time / 1_000_000
        bucket = 0
        while bucket < len(LATENESS) and late > LATENESS[bucket]:
            bucket += 1
        tally.lateness[bucket] += 1
        tally.lateness_sum += late
        if event.unknown:
            tally.unknown_fields[record[2]] += 1

    def _row(self, flush: Flush, message: Message, event: Event, outcome: Outcome, beat: bool = False) -> None:
        source, id, type, subject = event.record
        flush.events.append(
            (message.offset, message.timestamp, outcome, "", source, "" if beat else id, type, subject,
             *event.version, event.time, event.recorded, event.region, event.dataschema,
             b"" if beat else event.canonical)
        )  # fmt: skip

    def _misplaced(self, flush: Flush, message: Message, event: Event) -> None:
        """Send an event on to the partition of its subject; one that was sent on before is refused."""
        subject = event.record.subject
        right = partition_of(subject, self._partitions)
        headers = list(message.headers or ())
        if any(name == ORIGIN for name, _ in headers):
            self._refuse(flush, message, Refusal(
                reason="misplaced", field="key", value=subject, expected=f"分区 {right}(murmur2(subject))",
                hint="转发后仍在错误分区:检查主题分区数是否刚改变", source=event.record.source, type=event.record.type,
            ))  # fmt: skip
            return
        origin = f"{self.topic}/{self.partition}/{message.offset}".encode()
        flush.sends.append(
            Outgoing(self.topic, right, subject.encode(), message.value, [*headers, (ORIGIN, origin)])
        )
        self._row(flush, message, event, Outcome.REKEYED)
        self._tally.outcomes[Outcome.REKEYED] += 1

    def _refuse(self, flush: Flush, message: Message, refusal: Refusal) -> None:
        row = letter(self.topic, self.partition, message, refusal)
        flush.letters.append(row)
        flush.sends.append(outgoing(row))
        flush.events.append(
            (message.offset, message.timestamp, Outcome.REFUSED, refusal.reason, "", "", "", "", 0, False, 0,
             0, None, "", "", b"")
        )  # fmt: skip
        self._tally.outcomes[Outcome.REFUSED] += 1
        self._tally.refusals[refusal.reason] += 1

    # --- Flush ---

    def done(self) -> Command | None:
        """The command under way succeeded: the next one, or None when there is nothing to do."""
        command, ended = self._steps.popleft()
        if isinstance(command, Seek):
            self._running = True
        elif isinstance(command, Write) and command.table == "positions":
            self.position = command.columns["offset"][0]
        elif isinstance(command, Ack):
            self.pending -= ended
        if self._steps:
            return self._steps[0][0]
        return self._begin() if self._running and self._open.count else None

    def failed(self) -> Command:
        """The command under way failed for now: the same again, after a while."""
        return self._steps[0][0]

    def revoked(self) -> None:
        """The partition is another worker's: forget what is not written. What is under way may still land."""
        self._running = False
        self._steps.clear()
        self._open = Flush(last=self._open.last)
        self.pending = 0

    def tally(self) -> Tally:
        """What happened since the last call."""
        taken, self._tally = self._tally, Tally()
        return taken

    def _begin(self) -> Command:
        flush, self._open = self._open, Flush(last=self._open.last)
        return self._start([(command, 0) for command in self._flush(flush)] + [(Ack(flush.last), flush.count)])

    def _start(self, steps: list[tuple[Command, int]]) -> Command:
        self._steps = deque(steps)
        return steps[0][0]

    def _flush(self, flush: Flush) -> Iterator[Command]:
        """The order that makes a crash harmless: what is said, then what is counted, then how far."""
        if flush.sends:
            yield Send(flush.sends)
        if flush.facts:
            columns = self._place(len(flush.facts), generation=True)
            yield _write("facts", columns | dict(zip(FACTS, zip(*flush.facts, strict=True), strict=True)))
        columns = self._place(len(flush.events))
        yield _write("events", columns | dict(zip(EVENTS, zip(*flush.events, strict=True), strict=True)))
        if flush.letters:
            yield _write("dead_letters", {name: [row[name] for row in flush.letters] for name in flush.letters[0]})
        if flush.sightings:
            yield _write("device_hours", dict(zip(Sighting._fields, zip(*sorted(flush.sightings), strict=True), strict=True)))
        changes = self.fold.changes()
        if changes:
            columns = self._place(len(changes), generation=True)
            measure, region, day = zip(*(cell for cell, _ in changes), strict=True)
            values = [value for _, value in changes]
            at = [flush.last] * len(changes)
            yield _write("cells", columns | {"measure": measure, "region": region, "day": day, "value": values, "offset": at})
        yield _write("positions", self._place(1, generation=True) | {
            "offset": [flush.last], "topic_id": [self._topic_id], "partitions": [self._partitions],
        })  # fmt: skip

    def _place(self, rows: int, *, generation: bool = False) -> dict[str, Sequence[Any]]:
        place: dict[str, Sequence[Any]] = {"topic": [self.topic] * rows, "partition": [self.partition] * rows}
        return {"generation": [self._generation] * rows} | place if generation else place


def _write(table: str, columns: Columns) -> Write:
    return Write(table, columns, len(next(iter(columns.values()))))
