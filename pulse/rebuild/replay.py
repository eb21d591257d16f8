"""Counts one shard of the ledger: rows in, rows of facts and cells out. Pure: no ClickHouse, no clock.

Contract, fold and flush are the worker's own. The ledger keeps all of a valid event but its bytes, so each
row is made a message again and read by the contract. That finds rows that this release would refuse, and rows
that somebody changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.lineage import Stretch
from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from schemas.event import Event, Record, Version
from streams.commands import Write
from streams.counting.calendar import Calendar
from streams.counting.facts import Statement, rules
from streams.counting.fold import Fold
from streams.counting.outcome import Outcome
from streams.counting.seen import Seen
from streams.flush import Flush

LIMIT = 16 << 20
"""The most bytes of an event's data that are accepted: canonical numbers may be longer than they were on the wire."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_TABLES = frozenset({"facts", "device_hours", "cells", "positions"})
"""The tables of a flush that a rebuild writes: the ledger and its dead letters stay as they are."""


class Entry(NamedTuple):
    """A row of the ledger that counts. `append_time` is milliseconds, the other instants microseconds UTC."""

    offset: int
    append_time: int
    outcome: str
    source: str
    id: str
    type: str
    subject: str
    revision: int
    void: bool
    fingerprint: int
    time: int
    recorded: int | None
    region: str
    dataschema: str
    data: str


class Again(msgspec.Struct, gc=False):
    """An entry turned back into its message, in CloudEvents' binary mode."""

    offset: int
    timestamp: int
    value: bytes | None
    headers: list[tuple[str, bytes]]
    key: bytes | None = None


def message(entry: Entry, offset: int) -> Again:
    """The message that an entry was made from, at an offset. Only the original spelling may differ."""
    headers = [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", entry.id.encode()),
        ("ce_source", entry.source.encode()),
        ("ce_type", entry.type.encode()),
        ("ce_subject", entry.subject.encode()),
        ("ce_time", _text(entry.time)),
        ("ce_dataschema", entry.dataschema.encode()),
    ]
    if entry.revision:
        headers.append(("ce_revision", b"%d" % entry.revision))
    if entry.void:
        headers.append(("ce_void", b"true"))
    if entry.recorded is not None:
        headers.append(("ce_recordedtime", _text(entry.recorded)))
    return Again(offset, entry.append_time, entry.data.encode(), headers)


def _text(instant: int) -> bytes:
    return (_EPOCH + timedelta(microseconds=instant)).isoformat().encode()


class Replay:
    """A shard whose log is the ledger."""

    def __init__(
        self,
        stretch: Stretch,
        statements: Iterable[Statement],
        *,
        catalogue: Catalogue,
        contract: Contract,
        calendar: Calendar,
        generation: str,
        heard: frozenset[str] = frozenset(),
        mark: str = "",
    ) -> None:
        """Take over: `statements` are the standing facts of what was replayed before.

        `heard`: the `seen` measures that are written, under their keys followed by `mark`.
        """
        topic = stretch.topic
        self._stretch, self._generation, self._contract, self._mark = stretch, generation, contract, mark
        self._fold = Fold(catalogue, calendar, topic)
        self._fold.load(statements)
        self._seen = Seen(_only(catalogue, heard), topic)

    def inherit(self, entries: Sequence[tuple[Entry, int]], last: int, source: Stretch) -> Iterator[Write]:
        """The rows of entries of an earlier log, each with its offset before those of this log; cells are as
        of `last`. The position is left out: the caller writes it at the end of the history. Raises CannotRebuild."""
        yield from (write for write in self._flush(entries, last, 0, source) if write.table != "positions")

    def flush(self, entries: Sequence[Entry], last: int, time: int) -> Iterator[Write]:
        """The rows that make the shard complete up to offset `last`, appended at `time` (milliseconds), in
        the order in which they must be written. Raises CannotRebuild."""
        return self._flush([(entry, entry.offset) for entry in entries], last, time, self._stretch)

    def _flush(
        self, entries: Sequence[tuple[Entry, int]], last: int, time: int, source: Stretch
    ) -> Iterator[Write]:
        stretch = self._stretch
        flush = Flush(self._generation, stretch.log, stretch.partition, last)
        flush.time = time
        for entry, offset in entries:
            again = message(entry, offset)
            if entry.type in self._seen:
                if entry.outcome == Outcome.REKEYED:
                    continue  # heartbeats that were sent on are not followed
                flush.heartbeat(again, beat := _beat(entry), self._sightings(beat))
                continue
            event = self._event(entry, again, source)
            outcome, facts = self._fold.apply(event)
            if outcome != entry.outcome and entry.outcome != Outcome.REKEYED:
                raise _differs(
                    source, entry, f"is {entry.outcome} there, and {outcome} when it is replayed", _CHANGED
                )
            flush.event(again, event, outcome, facts)
        if not entries:
            yield self._position(last, time)
            return
        for command in flush.commands(self._fold.changes(), stretch.topic_id, stretch.partitions):
            if isinstance(command, Write) and command.table in _TABLES:
                yield command

    def _event(self, entry: Entry, again: Again, source: Stretch) -> Event:
        event = self._contract.decode(self._stretch.topic, again)
        if not isinstance(event, Event):
            raise _differs(
                source, entry, f"is {entry.outcome} there, and would be refused now: {event}", _REFUSED
            )
        if event.version.fingerprint != entry.fingerprint:
            raise _differs(
                source,
                entry,
                f"has content of fingerprint {event.version.fingerprint:016x}, not {entry.fingerprint:016x}",
                _CHANGED,
            )
        return event

    def _sightings(self, beat: Event) -> list[Any]:
        found = self._seen.sightings(beat)
        return [each._replace(measure=each.measure + self._mark) for each in found] if self._mark else found

    def _position(self, last: int, time: int) -> Write:
        stretch = self._stretch
        row = {
            "generation": self._generation, "topic": stretch.log, "partition": stretch.partition, "offset": last,
            "append_time": time, "topic_id": stretch.topic_id, "partitions": stretch.partitions,
        }  # fmt: skip
        return Write("positions", {name: [value] for name, value in row.items()}, 1)


def _differs(source: Stretch, entry: Entry, what: str, way_out: str) -> CannotRebuild:
    place = f"{source.log}/{source.partition}/{entry.offset}"
    return CannotRebuild(f"{place} ({entry.type}, id {entry.id}) of the ledger {what}.\n{way_out}")


RESTORE = (
    "Restore the table `events` from a backup; or count the topics from their first event on into an empty database "
    "(another PULSE_CLICKHOUSE and PULSE_CONSUMER_GROUP)."
)
_CHANGED = f"The ledger's rows were changed or deleted in ClickHouse. {RESTORE}"
_REFUSED = (
    "A rebuild leaves the ledger as it is, so what was counted must still be valid. Keep in the catalogue and the regions "
    "what past events name; or count the topics from their first event on into an empty database (another "
    "PULSE_CLICKHOUSE and PULSE_CONSUMER_GROUP)."
)


def _beat(entry: Entry) -> Event:
    """A heartbeat as an event, without data: the ledger keeps none of heartbeats."""
    record = Record(entry.source, entry.id, entry.type, entry.subject)
    return Event(
        record, Version(0, False, 0), entry.time, entry.recorded, entry.region, None, b"", entry.dataschema
    )


def _only(catalogue: Catalogue, measures: frozenset[str]) -> Catalogue:
    kept = {key: measure for key, measure in catalogue.measures.items() if key in measures}
    return catalogue.model_copy(update={"measures": kept})


def read_types(catalogue: Catalogue, topic: str, heard: frozenset[str]) -> list[str]:
    """The event types of a topic whose entries a replay must see."""
    beats = [catalogue.measures[key] for key in heard if catalogue.measures[key].topic == topic]
    return sorted({*rules(catalogue, topic), *(feed.type for measure in beats for feed in measure.feeds)})
