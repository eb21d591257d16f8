"""The shard step by step: take-over, flush, refusals, and the stall that is hardest to survive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from schemas.event import Event
from streams.commands import Command, Halt, Load, Loaded, LogBounds, Position, Seek, Send, Write
from streams.flush import ORIGIN
from streams.partition import partition_of
from streams.shard import Shard
from streams.stopped_clock import StoppedClock
from tests.streams.counting import oracle, toy
from tests.streams.simulator import NOISE, PARTITIONS, Decoder, Ledger, Received

HERE = next(subject for subject in toy.SUBJECTS if partition_of(subject, PARTITIONS) == 0)
THERE = next(subject for subject in "abcdefgh" if partition_of(subject, PARTITIONS) == 1)


def shard(**options: Any) -> Shard:
    given: dict[str, Any] = {
        "catalogue": toy.CATALOGUE, "contract": Decoder(), "calendar": toy.CALENDAR, "generation": "g",
        "topic": toy.TOPIC, "partition": 0, "partitions": PARTITIONS,
    }  # fmt: skip
    return Shard(**(given | options))


def log(values: Sequence[Any]) -> list[Received]:
    return [Received(offset, value) for offset, value in enumerate(values)]


def running(ledger: Ledger, end: int) -> Shard:
    taken = shard()
    assert isinstance(taken.assigned(), Load)
    assert isinstance(taken.loaded(ledger.load(0), LogBounds(0, end, "", PARTITIONS)), Seek)
    assert taken.done() is None
    return taken


def carry_out(ledger: Ledger, taken: Shard, command: Command | None, until: str = "") -> Command | None:
    """Do the commands one after the other; stop before the table `until`."""
    while command is not None and not (isinstance(command, Write) and command.table == until):
        if isinstance(command, Write):
            ledger.write(command)
        command = taken.done()
    return command


def names(taken: Shard, command: Command | None) -> list[str]:
    found = []
    while command is not None:
        found.append(command.table if isinstance(command, Write) else type(command).__name__)
        command = taken.done()
    return found


def test_a_flush_says_counts_and_only_then_tells_how_far() -> None:
    taken = running(Ledger(), 3)
    batch = log([toy.event("session", HERE), NOISE, toy.event("beat", HERE)])
    taken.fold(batch)
    assert names(taken, taken.flush()) == [
        "Send", "facts", "events", "dead_letters", "device_hours", "cells", "positions", "Ack",
    ]  # fmt: skip
    assert taken.position == 2
    assert taken.pending == 0


def test_batches_that_come_during_a_flush_are_the_next_flush() -> None:
    taken = running(Ledger(), 3)
    taken.fold(log([toy.event("session", HERE)]))
    first = taken.flush()
    later = [Received(1, toy.event("session", HERE, id="2")), Received(2, toy.event("session", HERE, id="3"))]
    taken.fold(later[:1])
    assert taken.flush() is None
    taken.fold(later[1:])
    assert taken.flush() is None
    assert taken.pending == 3
    assert names(taken, first)[-1] == "Ack"
    assert (taken.position, taken.pending) == (0, 2)
    assert names(taken, taken.flush())[-1] == "Ack"
    assert (taken.position, taken.pending) == (2, 0)
    assert taken.flush() is None


def test_cells_carry_the_values_of_their_own_offset() -> None:
    """What is folded while a flush is under way must not leak into it."""
    ledger, taken = Ledger(), running(Ledger(), 2)
    taken.fold(log([toy.event("session", HERE, number=1)]))
    command = taken.flush()
    taken.fold([Received(1, toy.event("session", HERE, id="2", number=2))])
    rest = carry_out(ledger, taken, command, until="cells")
    assert isinstance(rest, Write)
    cells = dict(zip(rest.columns["measure"], rest.columns["value"], strict=True))
    assert cells["attendances"] == 1
    assert set(rest.columns["offset"]) == {0}


def test_the_stall_that_is_hardest_to_survive() -> None:
    """Z stalls before its cells, Y takes over, writes facts and is killed, B finishes, Z wakes."""
    ledger = Ledger()
    events = [toy.event("session", HERE, number=1), toy.event("session", HERE, number=4, revision=1)]
    events += [toy.event("person", HERE, region="370881"), toy.event("person", HERE, revision=1)]
    messages = log(events)

    z = running(ledger, 4)
    z.fold(messages[:1])
    z_waits_at = carry_out(ledger, z, z.flush(), until="cells")
    y = running(ledger, 4)
    y.fold(messages[:3])
    carry_out(ledger, y, y.flush(), until="events")
    b = running(ledger, 4)
    assert b.position == -1
    b.fold(messages)
    carry_out(ledger, b, b.flush())
    carry_out(ledger, z, z_waits_at)

    stored = {cell[1:]: value for cell, (value, _) in ledger.cells.items() if value}
    assert stored == oracle.cells(toy.CATALOGUE, events)
    assert ledger.positions == {0: 3}
    assert ledger.drifted == []


def test_a_failed_command_is_done_again() -> None:
    taken = running(Ledger(), 1)
    taken.fold(log([toy.event("session", HERE)]))
    first = taken.flush()
    assert taken.failed() is first


def test_offsets_that_were_folded_are_passed_over() -> None:
    taken = running(Ledger(), 1)
    messages = log([toy.event("session", HERE)])
    taken.fold(messages)
    names(taken, taken.flush())
    taken.fold(messages)
    assert taken.flush() is None


# --- Misplaced and refused ---


def test_a_misplaced_event_is_sent_on_with_its_origin() -> None:
    taken = running(Ledger(), 1)
    found = log([toy.event("session", THERE)])
    taken.fold(found)
    command = taken.flush()
    assert isinstance(command, Send)
    (message,) = command.messages
    assert message.timestamp == found[0].timestamp, "a replayed year is read by the time of its messages"
    assert (message.topic, message.partition, message.key) == (toy.TOPIC, 1, THERE.encode())
    assert message.headers == [(ORIGIN, b"toy/0/0")]
    written = taken.done()
    assert isinstance(written, Write)
    assert list(written.columns["outcome"]) == ["re-keyed"]


def test_an_event_sent_on_and_still_misplaced_is_a_dead_letter() -> None:
    class Wired(Decoder):
        def decode(self, topic: str, message: Received) -> Event:
            return toy.event("session", THERE)

    taken = shard(contract=Wired())
    taken.assigned()
    taken.loaded(Loaded(None, []), LogBounds(0, 1, "", PARTITIONS))
    taken.done()
    taken.fold([Received(0, b"{}", headers=[(ORIGIN, b"toy/1/0")])])
    command = taken.flush()
    assert isinstance(command, Send)
    (message,) = command.messages
    assert (message.topic, message.key) == ("dead-letters", b"toy/0/0")
    assert orjson.loads(message.value or b"")["reason"] == "misplaced"


def test_an_event_that_was_sent_on_in_an_earlier_log_is_sent_on_again() -> None:
    """The topic got more partitions while it was on its way. It is marked anew, so that there it is refused."""
    taken = shard(log="toy@2")
    taken.assigned()
    taken.loaded(Loaded(None, []), LogBounds(0, 1, "", PARTITIONS))
    taken.done()
    headers = [("else", b"kept"), (ORIGIN, b"toy/0/0")]
    taken.fold([Received(7, toy.event("session", THERE), headers=headers)])
    command = taken.flush()
    assert isinstance(command, Send)
    (message,) = command.messages
    assert (message.topic, message.partition) == (toy.TOPIC, 1)
    assert message.headers == [("else", b"kept"), (ORIGIN, b"toy@2/0/7")]


def test_rows_are_keyed_by_the_log() -> None:
    taken = shard(log="toy@2")
    taken.assigned()
    taken.loaded(Loaded(None, []), LogBounds(0, 2, "", PARTITIONS))
    taken.done()
    taken.fold(log([toy.event("session", HERE), NOISE]))
    command = taken.flush()
    assert isinstance(command, Send)
    assert command.messages[0].key == b"toy@2/0/1"
    written = set()
    while command is not None:
        if isinstance(command, Write):
            written.add(command.table)
            assert set(command.columns["topic"]) == {"toy@2"}
        command = taken.done()
    assert written == {"facts", "events", "dead_letters", "cells", "positions"}
    assert taken.topic == toy.TOPIC


def test_an_exception_names_the_place() -> None:
    class Broken(Decoder):
        def decode(self, topic: str, message: Received) -> Event:
            raise RuntimeError("a bug")

    taken = shard(contract=Broken())
    taken.assigned()
    taken.loaded(Loaded(None, []), LogBounds(0, 1, "", PARTITIONS))
    taken.done()
    with pytest.raises(RuntimeError) as caught:
        taken.fold(log([toy.event("session", HERE)]))
    assert caught.value.__notes__ == ["at toy/0/0"]


# --- Take-over: stop and say so, never fall back to earliest or latest ---


@pytest.mark.parametrize(
    ("position", "held", "says"),
    [
        (Position(4, "", PARTITIONS), LogBounds(6, 9, "", PARTITIONS), "5–5 are gone"),
        (Position(4, "", PARTITIONS), LogBounds(0, 3, "", PARTITIONS), "log ends at 3"),
        (Position(4, "A", PARTITIONS), LogBounds(0, 9, "B", PARTITIONS), "made anew"),
        (Position(4, "", PARTITIONS), LogBounds(0, 9, "", 3), "subjects have moved"),
        (Position(4, "", 3), LogBounds(0, 9, "", PARTITIONS), "counted with 3 partitions"),
        (None, LogBounds(7, 9, "", PARTITIONS), "--accept-log-start"),
    ],
)
def test_a_log_that_does_not_go_on_from_the_position_halts(
    position: Position | None, held: LogBounds, says: str
) -> None:
    taken = shard()
    taken.assigned()
    command = taken.loaded(Loaded(position, []), held)
    assert isinstance(command, Halt)
    assert says in command.reason
    assert "toy/0" in command.reason


@pytest.mark.parametrize(
    ("position", "held", "start"),
    [
        (None, LogBounds(0, 0, "", PARTITIONS), 0),
        (Position(4, "", PARTITIONS), LogBounds(5, 5, "", PARTITIONS), 5),
        (Position(4, "A", PARTITIONS), LogBounds(0, 9, "A", PARTITIONS), 5),
        (Position(4, "", PARTITIONS), LogBounds(0, 9, "A", PARTITIONS), 5),
    ],
)
def test_reading_goes_on_after_the_position(position: Position | None, held: LogBounds, start: int) -> None:
    taken = shard()
    taken.assigned()
    assert taken.loaded(Loaded(position, []), held) == Seek(start)


def test_in_a_year_that_stands_all_that_is_written_bears_its_time() -> None:
    """Ledger, dead letter, what is sent on, position: whatever clock a publisher has."""
    taken = shard(stopped_clock=StoppedClock(first=100, last=200))
    taken.assigned()
    taken.loaded(Loaded(None, []), LogBounds(0, 4, "", PARTITIONS))
    taken.done()
    values = [
        toy.event("session", HERE),
        toy.event("session", HERE, id="2"),
        NOISE,
        toy.event("session", THERE),
    ]
    clocks = [150, 1_796_114_132_833, 0, 4_102_444_800_000]
    taken.fold([
        Received(offset, value, timestamp=clock)
        for offset, (value, clock) in enumerate(zip(values, clocks, strict=True))
    ])  # fmt: skip
    command = taken.flush()
    written: dict[str, list[Any]] = {}
    while command is not None:
        if isinstance(command, Write) and "append_time" in command.columns:
            written[command.table] = list(command.columns["append_time"])
        elif isinstance(command, Send):
            written["sent on"] = [one.timestamp for one in command.messages if one.topic == toy.TOPIC]
        command = taken.done()
    assert written == {
        "events": [150, 200, 200, 200], "dead_letters": [200], "positions": [200], "sent on": [200],
    }  # fmt: skip


def test_a_log_start_that_was_accepted() -> None:
    taken = shard(accept_start=True)
    taken.assigned()
    assert taken.loaded(Loaded(None, []), LogBounds(7, 9, "", PARTITIONS)) == Seek(7)


@pytest.mark.parametrize(("letters", "outcome"), [(340_000, "re-keyed"), (360_000, "refused")])
def test_headers_names_are_measured_in_bytes_before_a_message_is_sent_on(letters: int, outcome: str) -> None:
    """A letter may have three; what the broker does not take ends the worker."""
    taken = running(Ledger(), 1)
    [misplaced] = log([toy.event("session", THERE)])
    misplaced.headers = [("来" * letters, b"")]
    taken.fold([misplaced])
    command = taken.flush()
    assert isinstance(command, Send)
    while not (isinstance(command, Write) and command.table == "events"):
        command = taken.done()
    assert list(command.columns["outcome"]) == [outcome]
