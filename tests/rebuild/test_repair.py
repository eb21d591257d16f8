"""`--force`: whatever was changed by hand in the figures is put right, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from pulse.rebuild import CannotRebuild, RebuildPlan
from pulse.rebuild.repair import Mended, discard
from pulse.verify import verify
from tests.rebuild import world
from tests.rebuild.test_kills import killed
from tests.rebuild.world import OLD
from tests.verify import toy

NOTHING = Mended((0, 0), (0, 0), (0, 0))
SPOILT = {
    "a cell changed": "ALTER TABLE cells UPDATE value = value + 5 WHERE measure = 'elders' AND region = '990102001001'",
    "cells deleted": "DELETE FROM cells WHERE measure = 'score'",
    "a cell invented": "INSERT INTO cells VALUES ('{id}', 'homes', 0, 'elders', '990103', '2023-06-01', 7, 3)",
    "a cell of no measure": "INSERT INTO cells VALUES ('{id}', 'homes', 0, 'nonsense', '990103', '2023-06-01', 7, 3)",
    "a cell above all versions": (
        "INSERT INTO cells SELECT generation, topic, partition, measure, region, day, value + 1, 1000000"
        " FROM cells FINAL WHERE measure = 'places'"
    ),
    "a cell of no shard": "INSERT INTO cells VALUES ('{id}', 'homes', 9, 'elders', '990103', '2023-06-01', 7, 3)",
    "facts changed": "ALTER TABLE facts UPDATE region = '990103' WHERE measure = 'elders'",
    "facts deleted": "DELETE FROM facts WHERE measure = 'pay' AND offset % 2 = 0",
    "facts invented": (
        "INSERT INTO facts SELECT * REPLACE (concat(subject, 'x') AS subject) FROM facts WHERE measure = 'devices'"
    ),
    "facts inserted over the right ones": (
        "INSERT INTO facts SELECT * REPLACE (value + 1 AS value) FROM facts WHERE measure = 'stations'"
    ),
    "device hours deleted": "DELETE FROM device_hours WHERE hour < '2023-06-01 00:00:00'",
    "a device hour invented": "INSERT INTO device_hours VALUES ('beats', '2023-07-02 03:00:00', '990102', 'nobody')",
    "a position's time changed": (
        "INSERT INTO positions SELECT * REPLACE (toDateTime64('2023-01-01 00:00:00', 3, 'UTC') AS append_time)"
        " FROM positions FINAL WHERE topic = 'works'"
    ),
}  # fmt: skip


def differences(client: Client) -> tuple[Any, ...]:
    return verify(client, OLD, toy.REGIONS, toy.TYPES).differences


@pytest.mark.parametrize("statement", SPOILT.values(), ids=SPOILT)
def test_what_was_changed_is_put_right(client: Client, statement: str) -> None:
    right = world.stored(client, OLD)
    client.command(statement.format(id=world.made(OLD).id))
    client.command("OPTIMIZE TABLE facts FINAL")  # of two rows with one key the later is left
    assert world.stored(client, OLD) != right
    done = world.run(client, OLD, force=True)
    assert done.mended is not None
    assert done.mended != NOTHING or statement is SPOILT["a position's time changed"]
    assert world.stored(client, OLD) == right
    leftovers = "SELECT count() FROM facts WHERE endsWith(generation, '.repair')"
    assert world.one(client, leftovers) == (0,)


def test_all_of_it_and_killed_at_one_write_after_the_other(client: Client) -> None:
    right = world.stored(client, OLD)
    for statement in SPOILT.values():
        client.command(statement.format(id=world.made(OLD).id))
    kills = 0
    while killed(client, kills + 1, done=bool(kills % 2), catalogue=OLD, force=True):
        kills += 1
    assert kills > 20
    assert world.stored(client, OLD) == right
    assert differences(client) == ()
    assert world.run(client, OLD, force=True).mended == NOTHING


def test_a_worker_goes_on_after_a_repair(client: Client) -> None:
    whole = world.stored(client, OLD)
    world.fill(client, world.counted("old", 0.6))
    for statement in SPOILT.values():
        client.command(statement.format(id=world.made(OLD).id))
    world.run(client, OLD, force=True)
    world.work_on(client, OLD)
    assert world.stored(client, OLD) == whole
    assert differences(client) == ()


def test_another_generation_does_not_show_it(client: Client) -> None:
    """Where nobody repairs, a rebuild to another catalogue does not read what was changed."""
    client.command("DELETE FROM facts WHERE measure = 'pay'")
    world.run(client)
    assert verify(client, world.NEW, toy.REGIONS, toy.TYPES).differences == ()


def test_a_worker_that_counts_on_stops_a_repair(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fill(client, world.counted("old", 0.6))

    def discards(client: Client, plan: RebuildPlan) -> None:
        discard(client, plan)
        world.work_on(client, OLD)

    monkeypatch.setattr("pulse.rebuild.run.discard", discards)
    with pytest.raises(CannotRebuild, match="stop the workers"):
        world.run(client, OLD, force=True)
    assert differences(client) == ()
