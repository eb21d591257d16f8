"""Ranges without events that overlap, touch, or begin the log: everybody who adds them up comes to the same."""

from __future__ import annotations

from random import Random

from pulse.rebuild.ledger import extent
from pulse.rebuild.lineage import Stretch
from pulse.verify.gaps import gaps
from pulse.verify.logs import TopicLog
from sinks.clickhouse.integrity import lost
from tests.sinks import plan

Range = tuple[int, int]

LENGTH = 30


def drawn(seed: int) -> list[Range]:
    """As workers that were killed leave them: of the same gap the one saw more than the other."""
    random = Random(seed)
    firsts = [random.randrange(LENGTH) for _ in range(random.randrange(1, 9))]
    return [(first, min(LENGTH - 1, first + random.choice((0, 0, 1, 3, 9)))) for first in firsts]


CASES = [
    [(0, 0)], [(0, 4)], [(0, 4), (0, 9)], [(0, 0), (1, 1)], [(3, 5)], [(0, LENGTH - 1)], [(0, 9), (2, 3), (5, 12)],
    *map(drawn, range(40)),
]  # fmt: skip


def test_every_offset_is_an_event_or_in_a_gap(city: plan.City) -> None:
    client = city.client
    for partition, ranges in enumerate(CASES):
        held = {offset for first, last in ranges for offset in range(first, last + 1)}
        rows = ", ".join(f"('small', {partition}, {first}, {last})" for first, last in ranges)
        client.command(f"INSERT INTO gaps (topic, partition, first, last) VALUES {rows}")
        if events := [f"('small', {partition}, {offset})" for offset in range(LENGTH) if offset not in held]:
            client.command(f"INSERT INTO events (topic, partition, offset) VALUES {', '.join(events)}")

    told = {
        row[0]: row[1:]
        for row in client.query("SELECT partition, received, empty, last FROM offsets").result_rows
    }
    verified = gaps(client, TopicLog("small"))
    for partition, ranges in enumerate(CASES):
        held = {offset for first, last in ranges for offset in range(first, last + 1)}
        assert told[partition] == (LENGTH - len(held), len(held), LENGTH - 1), ranges
        assert len(verified[partition]) == len(held), ranges
        for after, last in ((-1, LENGTH - 1), (-1, 0), (-1, 7), (0, 7), (4, 20)):
            if after < 0:
                assert lost(client, ("small", partition), last) == 0, ranges
            found = extent(client, Stretch("small", partition, LENGTH - 1, "", 1), [], after, last)
            assert found.offsets == last - after, (ranges, after, last)
