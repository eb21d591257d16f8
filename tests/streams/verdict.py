"""What a history ended with, compared with a plain reading of its log: each difference is a line that names it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from schemas.event import Record, Version
from streams.counting.outcome import Outcome
from streams.flush import ORIGIN
from streams.partition import partition_of
from tests.streams.counting import oracle, toy
from tests.streams.simulator import MARKER, NOISE, PARTITIONS, Received, World


def faults(world: World) -> list[str]:
    """What the ledger and the topics hold otherwise than the log says; empty: exact."""
    found = [f"halted {partition}: {reason}" for partition, reason in world.halted.items()]
    found += [f"outcome drifted at {place}" for place in world.ledger.drifted]
    for partition, log in enumerate(world.log):
        if partition not in world.halted:
            found += _of_partition(world, partition, log)
    if not world.halted:
        found += _compared(
            "device hours", dict.fromkeys(_hours(world), True), dict.fromkeys(world.ledger.hours, True)
        )
        found += _compared("forwarded", _forwarded(world), _arrived(world))
    return found


def _of_partition(world: World, partition: int, log: list[Received]) -> Iterator[str]:
    ledger = world.ledger
    here = [
        message for message in log if message.value not in (NOISE, MARKER) and _right(message) == partition
    ]
    folded = [m.value.event for m in here if m.value.event.record.type in toy.FOLDED]
    cells = {key[1:]: value for key, (value, _) in ledger.cells.items() if key[0] == partition and value}
    yield from _compared("cell", oracle.cells(toy.CATALOGUE, folded), cells)
    right = _outcomes(partition, log)
    yield from _compared("outcome", right, _of(partition, ledger.events))
    refused = {
        offset: _reason(log[offset]) for offset, outcome in right.items() if outcome == Outcome.REFUSED
    }
    yield from _compared("dead letter", refused, _of(partition, ledger.letters))
    keys = {key.decode() for key in world.letters if key.startswith(f"{toy.TOPIC}/{partition}/".encode())}
    wanted = {f"{toy.TOPIC}/{partition}/{offset}": True for offset in refused}
    yield from _compared("sent letter", wanted, dict.fromkeys(keys, True))
    markers = {message.offset: True for message in log if message.value == MARKER}
    yield from _compared("gap", markers, _of(partition, dict.fromkeys(ledger.gaps, True)))
    if ledger.positions.get(partition, -1) != len(log) - 1:
        yield f"position {partition}: {ledger.positions.get(partition)}, the log ends at {len(log)}"


def _compared(what: str, wanted: Mapping[Any, Hashable], found: Mapping[Any, Hashable]) -> Iterator[str]:
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key) != found.get(key):
            yield f"{what} {key}: {found.get(key)}, should be {wanted.get(key)}"


def _of(partition: int, rows: Mapping[tuple[int, int], Any]) -> dict[int, Any]:
    return {offset: value for (owner, offset), value in rows.items() if owner == partition}


def _right(message: Received) -> int:
    return partition_of(message.value.event.record.subject, PARTITIONS)


def _reason(message: Received) -> str:
    return "not-json" if message.value == NOISE else "misplaced"


def _hours(world: World) -> set[tuple[str, int, str, str]]:
    """The sightings of all heartbeats that lie where they belong."""
    found = set()
    for partition, log in enumerate(world.log):
        for message in log:
            if message.value not in (NOISE, MARKER) and _right(message) == partition:
                event = message.value.event
                if event.record.type not in toy.FOLDED:
                    seconds = event.time // 1_000_000
                    found.add(("beats", seconds - seconds % 3600, event.region[:6], event.record.subject))
    return found


def _forwarded(world: World) -> dict[tuple[int, str], tuple[bytes, bytes]]:
    """What must have been sent on at least once: (partition, origin) → key and fingerprint."""
    found = {}
    for partition, log in enumerate(world.log):
        for offset, outcome in _outcomes(partition, log).items():
            if outcome == Outcome.REKEYED:
                found[_right(log[offset]), f"{toy.TOPIC}/{partition}/{offset}"] = _content(
                    log[offset], log[offset].value.event.record.subject.encode()
                )
    return found


def _arrived(world: World) -> dict[tuple[int, str], tuple[bytes, bytes]]:
    """What was sent on, as it lies in the log: more than once where a worker did not hear that it was."""
    return {
        (partition, origin.decode()): _content(message, message.key or b"")
        for partition, log in enumerate(world.log)
        for message in log
        if message.value != MARKER
        for name, origin in message.headers
        if name == ORIGIN
    }


def _content(message: Received, key: bytes) -> tuple[bytes, bytes]:
    return key, str(message.value.event.version).encode()


def _outcomes(partition: int, log: list[Received]) -> dict[int, str]:
    """Each offset's outcome from a plain reading of the log."""
    known: dict[Record, Version] = {}
    right: dict[int, str] = {}
    for message in log:
        if message.value == MARKER:
            continue
        if message.value == NOISE:
            right[message.offset] = Outcome.REFUSED
            continue
        event = message.value.event
        if _right(message) != partition:
            sent_on = any(name == ORIGIN for name, _ in message.headers)
            right[message.offset] = Outcome.REFUSED if sent_on else Outcome.REKEYED
        elif event.record.type not in toy.FOLDED:
            right[message.offset] = Outcome.COUNTED
        else:
            held, new = known.get(event.record), event.version
            if held is None or (held[:2] < new[:2]):
                right[message.offset] = Outcome.COUNTED
            elif held == new:
                right[message.offset] = Outcome.DUPLICATE
            else:
                right[message.offset] = Outcome.CONFLICT if held[:2] == new[:2] else Outcome.SUPERSEDED
            known[event.record] = max(held, new) if held else new
    return right
