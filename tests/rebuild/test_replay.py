"""The pure part: a row of the ledger says what its message said, and a replay writes what a shard writes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from pulse.rebuild import CannotRebuild
from pulse.rebuild.lineage import StoredPosition, Stretch, lineages
from pulse.rebuild.replay import Again, Entry, Replay, message, read_types
from schemas.contract import Contract
from schemas.event import Event, Message
from streams.commands import Write
from streams.counting.calendar import Calendar
from streams.counting.outcome import Outcome
from streams.flush import Flush
from tests.rebuild import world
from tests.rebuild.world import NEW, OLD
from tests.verify import toy

CONTRACT = Contract(toy.TYPES, toy.REGIONS)
STRETCH = Stretch("homes", 0, 9, "id-homes", 2)


def entry(event: Event, offset: int, append_time: int, outcome: str = "counted") -> Entry:
    return Entry(
        offset, append_time, outcome, *event.record, *event.version, event.time, event.recorded, event.region,
        event.dataschema, event.canonical.decode(),
    )  # fmt: skip


def same(topic: str, original: Message) -> None:
    """Reading the row again gives the event that the message gave."""
    event = CONTRACT.decode(topic, original)
    assert isinstance(event, Event)
    again = CONTRACT.decode(topic, message(entry(event, 0, original.timestamp), original.offset))
    assert again == event


def test_every_event_of_a_log_is_read_again_as_it_was() -> None:
    found = 0
    for (topic, _), log in world.logs().items():
        for original in log:
            if original.value != b"{}" and isinstance(CONTRACT.decode(topic, original), Event):
                same(topic, original)
                found += 1
    assert found > 0.9 * world.LENGTH


SURVEY: dict[str, Any] = {
    "specversion": "1.0", "id": "文-1 %41", "source": "//toy/a%20b#c", "type": "homes.survey", "subject": "住户 7",
    "time": "2023-03-01T08:30:00.123456+08:00", "data": {"region": "990102", "score": 87.5, "answers": 3},
}  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"recordedtime": "2023-03-01T09:00:00Z", "revision": 7},
        {
            "data": {
                "region": "990102",
                "score": 87.50,
                "answers": 3,
                "since": "2023-01-01",
                "hardship": False,
            }
        },
        {
            "dataschema": "urn:pulse:homes.survey:1.3",
            "data": SURVEY["data"] | {"later": {"deep": [1.50, "新"]}},
        },
        {"void": True, "revision": 1},
        {"void": True, "revision": 1, "data": None},
        {"time": "1900-01-02T00:00:00Z"},
    ],
    ids=["plain", "recorded", "defaults", "newer", "void with data", "void without", "long ago"],
)
def test_unusual_events_are_read_again_as_they_were(words: dict[str, Any]) -> None:
    value = orjson.dumps(SURVEY | words)
    headers = [("content-type", b"application/cloudevents+json")]
    same("homes", Again(5, 1_700_000_000_000, value, headers))


def test_a_replay_writes_what_a_flush_writes() -> None:
    writes = list(_replay().flush([entry(_event(), 4, 1_700_000_000_000)], 9, 1_700_000_000_001))
    assert [write.table for write in writes] == ["facts", "cells", "positions"]
    facts, cells, position = (write.columns for write in writes)
    assert set(facts["generation"]) == {"g"}
    assert set(facts["measure"]) == {"score", "answers", "surveyed", "hard"}
    assert set(facts["offset"]) == {4}
    assert set(cells["offset"]) == {9}
    assert {name: list(values) for name, values in position.items()} == {
        "generation": ["g"], "topic": ["homes"], "partition": [0], "offset": [9], "append_time": [1_700_000_000_001],
        "topic_id": ["id-homes"], "partitions": [2],
    }  # fmt: skip


def test_a_span_without_events_moves_the_position() -> None:
    (write,) = _replay().flush([], 9, 1)
    assert write.table == "positions"
    flush = Flush("g", "homes", 0, 9)
    flush.time = 1
    flush.event(Again(9, 1, b"", []), _event(), Outcome.COUNTED)
    *_, worker, _ = flush.commands([], "id-homes", 2)
    assert isinstance(worker, Write)
    assert {name: list(values) for name, values in write.columns.items()} == {
        name: list(values) for name, values in worker.columns.items()
    }


def test_another_outcome_names_the_place() -> None:
    with pytest.raises(
        CannotRebuild, match=r"homes/0/4 \(homes.survey, id 文-1 %41\) of the ledger is duplicate"
    ):
        list(_replay().flush([entry(_event(), 4, 1_700_000_000_000, "duplicate")], 9, 1))


_STRUCTURED = [("content-type", b"application/cloudevents+json")]


def _event() -> Event:
    event = CONTRACT.decode("homes", Again(4, 1_700_000_000_000, orjson.dumps(SURVEY), _STRUCTURED))
    assert isinstance(event, Event)
    return event


def _replay() -> Replay:
    calendar = Calendar(toy.REGIONS.zone)
    return Replay(STRETCH, [], catalogue=NEW, contract=CONTRACT, calendar=calendar, generation="g")


def test_only_what_is_counted_is_read() -> None:
    assert read_types(OLD, "homes", frozenset({"beats"})) == sorted(
        t for t in toy.TYPES if t.startswith("homes")
    )
    folded = sorted(t for t in toy.TYPES if t.startswith("works") and t != "works.beat")
    assert read_types(OLD, "works", frozenset()) == folded
    assert read_types(OLD, "works", frozenset({"beats"})) == sorted([*folded, "works.beat"])


def test_the_ledger_is_whole_up_to_the_highest_position() -> None:
    positions = [
        StoredPosition("a", "homes", 1, 5, "i", 2),
        StoredPosition("b", "homes", 1, 7, "i", 2),
        StoredPosition("b.repair", "homes", 1, 9, "i", 2),
        StoredPosition("a", "homes", 0, 3, "i", 2),
    ]
    assert lineages(positions, [])["homes"].stretches() == [
        Stretch("homes", 0, 3, "i", 2),
        Stretch("homes", 1, 7, "i", 2),
    ]
