"""The judge itself: what is wrong must be seen, or the other tests prove nothing."""

from __future__ import annotations

import pytest

from tests.faults.chatter import Chatter
from tests.faults.world import World

SPOILED = {
    "cell": "INSERT INTO cells SELECT * REPLACE (value + 1 AS value, offset + 1 AS offset) FROM cells FINAL LIMIT 1",
    "ledger": """
        INSERT INTO events SELECT * REPLACE ('counted' AS outcome)
        FROM (SELECT * FROM events WHERE outcome = 'refused' LIMIT 1)
    """,
    "device hour": "INSERT INTO device_hours SELECT * REPLACE ('nobody' AS device) FROM device_hours LIMIT 1",
    "dead letter": "INSERT INTO dead_letters SELECT * REPLACE (offset + 9999 AS offset) FROM dead_letters LIMIT 1",
    "position": "INSERT INTO positions SELECT * REPLACE (offset + 1 AS offset) FROM positions FINAL LIMIT 1",
}
"""What spoils one row; FINAL where a row that is replaced may still lie there, whose change nobody would see."""


def test_every_kind_of_difference_is_seen(world: World) -> None:
    chatter = Chatter(801, malformed=0.1)
    world.publish(chatter.say(300))
    world.start().stop()
    world.start()
    world.check()
    for statement in SPOILED.values():
        world.client.command(statement)
    with pytest.raises(AssertionError) as caught:
        world.compare()
    for kind in SPOILED:
        assert f"\n{kind} (" in f"\n{caught.value}"


def test_an_offset_that_is_event_and_gap_is_seen(world: World) -> None:
    world.publish(Chatter(802).say(100))
    world.start()
    world.settle()
    expected = world.expected(world.lying())
    assert world.compare(expected) == world.compare()
    world.client.command(
        "INSERT INTO gaps SELECT topic, partition, offset, offset, append_time FROM events FINAL LIMIT 1"
    )
    with pytest.raises(AssertionError, match=r"^gap \("):
        world.compare(expected)
