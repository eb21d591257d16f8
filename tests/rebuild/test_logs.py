"""A topic that gets more partitions, or is deleted and made anew: counted on in place, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

import pulse.rebuild.history
from pulse.rebuild import CannotRebuild, drop_old, preview
from pulse.rebuild.repair import Mended
from pulse.verify import verify
from sinks.clickhouse.generations import OtherGeneration, enter
from sinks.clickhouse.logs import beginnings
from sinks.clickhouse.store import ClickHouseStore
from sinks.clickhouse.tables import arrow
from streams.counting.calendar import Calendar
from streams.partition import partition_of
from tests.rebuild import world
from tests.rebuild.test_kills import Dying, Killed
from tests.rebuild.town import Town
from tests.rebuild.world import NEW
from tests.verify import toy

Figures = list[tuple[Any, ...]]


@pytest.fixture
def empty(_database: Client) -> Iterator[Town]:
    """Nothing was said yet."""
    yield Town(_database)
    _database.command("TRUNCATE TABLE logs")


@pytest.fixture
def town(empty: Town) -> Town:
    """Half of what there is to say is said and counted, all but the last of each partition."""
    empty.publish(450)
    empty.work(0.85)
    return empty


@pytest.fixture(scope="module")
def whole(_database: Client) -> Figures:
    """The figures where everything was said to topics that never changed."""
    return _whole(_database, world.OLD)


@pytest.fixture(scope="module")
def whole_new(_database: Client) -> Figures:
    """The same with the new catalogue."""
    return _whole(_database, NEW)


def _whole(client: Client, catalogue: Any) -> Figures:
    town = Town(client, catalogue=catalogue)
    town.publish()
    town.work()
    town.check()
    return town.figures()


def finish(town: Town) -> None:
    """The departments say the rest, and new workers count it with what lies there."""
    town.publish()
    town.work()
    town.check()


# --- More partitions ---


def test_more_partitions(town: Town, whole: Figures) -> None:
    town.grow("homes", 5)
    town.publish(100)
    with pytest.raises(OtherGeneration, match=r"partitions: homes 3 → 5\nRun `pulse rebuild`"):
        town.work()
    before = town.figures()
    town.rebuild()
    assert town.figures() == before
    finish(town)
    assert town.figures() == whole


def test_old_workers_are_refused_from_the_switch_on(town: Town) -> None:
    old = town.generation()
    town.grow("homes", 5)
    town.rebuild()
    with pytest.raises(OtherGeneration, match=r"logs: homes 2 → 1\n  partitions: homes 5 → 3"):
        enter(town.client, old, "toy")


def test_more_partitions_in_small_blocks(town: Town, whole: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse.rebuild.history, "BLOCK", 23)
    town.grow("homes", 5)
    town.grow("works", 4)
    town.rebuild()
    finish(town)
    assert town.figures() == whole


def test_more_partitions_twice(town: Town, whole: Figures) -> None:
    town.grow("homes", 5)
    town.rebuild()
    town.publish(150)
    town.work(0.7)
    town.grow("homes", 8)
    town.publish(50)
    town.rebuild()
    finish(town)
    assert town.figures() == whole
    assert [log.name for log in beginnings(town.client)] == ["homes@2", "homes@3"]


def test_where_nothing_was_counted_yet(empty: Town, whole: Figures) -> None:
    town = empty
    enter(town.client, town.generation(), "toy")
    town.grow("homes", 5)
    town.publish(100)
    town.rebuild()
    assert beginnings(town.client)[0].firsts == (0, 0, 0, 0, 0)
    finish(town)
    assert town.figures() == whole


def test_a_changed_catalogue_at_once(town: Town, whole_new: Figures) -> None:
    town.grow("works", 4)
    town.rebuild(catalogue=NEW)
    finish(town)
    assert town.figures() == whole_new


def test_a_changed_catalogue_later(town: Town, whole_new: Figures) -> None:
    """The positions of the first log are deleted long since."""
    town.grow("homes", 5)
    town.grow("works", 4)
    town.rebuild()
    town.work(0.9)
    town.publish(200)
    town.work(0.8)
    drop_old(town.client)
    town.rebuild(catalogue=NEW)
    finish(town)
    assert town.figures() == whole_new


# --- Made anew ---


@pytest.mark.parametrize("partitions", [2, 6])
def test_made_anew(empty: Town, whole: Figures, partitions: int) -> None:
    town = empty
    town.publish(450)
    town.work()
    town.make_anew("works", partitions)
    town.publish(100)
    before = town.figures()
    shown = preview(town.client, town.catalogue, toy.REGIONS, town.topics)
    assert (
        "Of the works that was deleted this was counted (partition: last offset): 0: "
        in shown.plan.notices[1]
    )
    town.rebuild()
    assert town.figures() == before
    finish(town)
    assert town.figures() == whole


def test_a_worker_of_a_topic_made_anew_stops_until_then(town: Town) -> None:
    town.make_anew("works", 3)
    with pytest.raises(AssertionError, match=r"made anew. Stop all workers and run `pulse rebuild`"):
        town.work()


def test_what_was_sent_on_in_a_topic_that_is_gone(empty: Town, whole: Figures) -> None:
    """It was never read where it was sent to; the ledger has it all the same."""
    town = empty
    town.publish(450, misplaced=3)
    town.work(again=False)
    town.make_anew("homes", 4)
    town.make_anew("works", 3)
    town.rebuild()
    town.check()
    finish(town)
    assert town.figures() == whole
    town.rebuild(catalogue=NEW)
    town.check()


def test_made_anew_and_then_more_partitions(town: Town, whole: Figures) -> None:
    town.work()
    town.make_anew("homes", 2)
    town.rebuild()
    town.publish(100)
    town.work(0.8)
    town.grow("homes", 3)
    town.rebuild()
    finish(town)
    assert town.figures() == whole


def test_a_log_that_starts_too_late(town: Town) -> None:
    town.make_anew("works", 2)
    starts = {("works", 1): 7}
    with pytest.raises(
        CannotRebuild, match=r"works/1: counting would go on at offset 0.*starts at 7: offsets 0–6 were"
    ):
        town.rebuild(starts=starts)
    assert beginnings(town.client) == []
    town.rebuild(starts=starts, accept_start=True)
    assert beginnings(town.client)[0].firsts == (0, 7)
    town.check(behind=True)


# --- Kills, stalls, damage ---


def killed(town: Town, nth: int, *, done: bool) -> bool:
    """Rebuild with a client that dies at its nth write; whether it did."""
    try:
        town.rebuild(Dying(town.client, nth, done=done))
    except (Killed, RuntimeError) as error:  # the writer hands an error on as a RuntimeError
        if not isinstance(error.__cause__ or error, Killed):
            raise
        return True
    return False


@pytest.mark.parametrize("done", [False, True], ids=["before it is done", "before it is heard"])
def test_killed_at_any_write(town: Town, whole: Figures, done: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run after the other is killed, each at a later write than the last."""
    monkeypatch.setattr(pulse.rebuild.history, "BLOCK", 150)
    town.work()
    town.grow("homes", 5)
    town.make_anew("works", 2)
    before, kills = town.figures(), 0
    for nth in (1, 2, 4, 9, 20, 33):
        kills += killed(town, nth, done=done)
        assert town.figures() == before
    assert kills > 4
    if town.generation().id != world.one(town.client, "SELECT generation FROM answering")[0]:
        town.rebuild()
    assert len(beginnings(town.client)) == 2
    finish(town)
    assert town.figures() == whole


def test_late_words_of_a_stalled_worker(town: Town, whole: Figures) -> None:
    """It has read on in the old log, and wakes up when the new one is counted: its rows count for nothing."""
    late = [
        write for topic, n in (("homes", 0), ("homes", 1), ("works", 2))
        for write in _flush(town, topic, n)
    ]  # fmt: skip
    town.grow("homes", 5)
    town.grow("works", 4)
    town.rebuild()
    town.work(0.6)
    for table, columns in late:
        town.client.insert_arrow(table, arrow(table, columns))
    finish(town)
    assert town.figures() == whole
    town.rebuild(catalogue=NEW)
    town.check()


def _flush(town: Town, topic: str, partition: int) -> list[tuple[str, Any]]:
    """What an old worker would write next."""
    store = ClickHouseStore(town.client, town.generation().id, Calendar(toy.REGIONS.zone))
    shard = town.taken_over(store, topic, partition)
    store.close()
    found = list(town.writes(shard, len(town.logs[topic][partition])))
    assert found
    return found


def test_an_old_worker_that_works_on_while_the_ledger_is_counted(town: Town, whole: Figures) -> None:
    late = _flush(town, "homes", 0)
    town.grow("homes", 5)
    shown = preview(town.client, town.catalogue, toy.REGIONS, town.topics)
    for table, columns in late:  # the plan is made, and the positions move
        town.client.insert_arrow(table, arrow(table, columns))
    asyncio.run(
        pulse.rebuild.rebuild(town.client, shown.plan, town.catalogue, toy.REGIONS, toy.TYPES, "stream")
    )
    finish(town)
    assert town.figures() == whole


def test_two_rebuilds_at_once(town: Town) -> None:
    """The second planned before the first began the log, and knows another end of the old one."""
    town.grow("homes", 5)
    shown = preview(town.client, town.catalogue, toy.REGIONS, town.topics)
    town.client.command(
        "INSERT INTO logs SELECT 'homes', 2, 'homes-1', false, [1, 1, 1, 0, 0], [0, 0, 0], now64(6)"
    )
    with pytest.raises(CannotRebuild, match="another rebuild has begun its log 2 meanwhile"):
        asyncio.run(
            pulse.rebuild.rebuild(town.client, shown.plan, town.catalogue, toy.REGIONS, toy.TYPES, "stream")
        )


def test_a_repair_finds_nothing_to_mend(town: Town) -> None:
    """What a history wrote stands at the same places, whatever is counted of it now."""
    town.grow("homes", 5)
    town.make_anew("works", 2)
    town.rebuild(catalogue=NEW)
    town.work()
    done = town.rebuild(force=True)
    assert done.mended == Mended((0, 0), (0, 0), (0, 0))
    town.client.command("ALTER TABLE cells UPDATE value = value + 5 WHERE measure = 'elders'")
    town.client.command("DELETE FROM facts WHERE measure = 'pay' AND offset < 0")
    town.rebuild(force=True)
    town.check()


def test_rows_that_were_deleted_from_an_ended_log(town: Town) -> None:
    town.grow("homes", 5)
    town.rebuild()
    last = beginnings(town.client)[0].lasts[0]
    town.client.command(f"DELETE FROM events WHERE topic = 'homes' AND partition = 0 AND offset > {last - 2}")
    found = verify(town.client, town.catalogue, toy.REGIONS, toy.TYPES).differences
    assert any(each.where.startswith(f"homes/0: offsets {last - 1}–{last} are missing") for each in found)
    with pytest.raises(
        CannotRebuild, match=f"homes/0: counted up to offset {last}, but the ledger ends before it"
    ):
        town.rebuild(catalogue=NEW)


# --- What people see ---


def test_the_balance_is_by_topic(town: Town) -> None:
    town.grow("homes", 5)
    town.rebuild()
    finish(town)
    lying = {topic: sum(map(len, log)) for topic, log in town.logs.items()}
    assert town.received() == lying
    assert sum(lying.values()) > town.sent


def test_letters_are_their_departments(town: Town) -> None:
    town.make_anew("homes", 2)
    town.rebuild()
    finish(town)
    rows = town.client.query("SELECT DISTINCT topic, log FROM letters ORDER BY ALL").result_rows
    assert [tuple(row) for row in rows] == [("homes", "homes"), ("homes", "homes@2"), ("works", "works")]


def test_clickhouse_and_python_know_the_same_partitions(empty: Town) -> None:
    subjects = ["", "a", "elder-17", "370831001001", "户主—张三", "x" * 300, *(f"s-{n}" for n in range(2000))]
    for partitions in (1, 3, 12, 1000):
        found = empty.client.query(
            "SELECT arrayMap(s -> kafkaMurmurHash(s) % {n:UInt16}, {subjects:Array(String)})",
            parameters={"n": partitions, "subjects": subjects},
        ).result_rows[0][0]
        assert found == [partition_of(subject, partitions) for subject in subjects]


def test_a_stalled_rebuild_that_wakes_up_does_not_switch_back(town: Town) -> None:
    """The topic has grown again meanwhile, and what was rebuilt for that answers."""
    town.work()
    town.grow("homes", 5)
    shown = preview(town.client, town.catalogue, toy.REGIONS, town.topics)
    town.rebuild()
    town.work(0.8)
    town.grow("homes", 7)
    town.rebuild()
    answering = town.client.query("SELECT generation FROM answering").result_rows
    with pytest.raises(CannotRebuild, match=r"Another rebuild has made generation .* answer meanwhile"):
        asyncio.run(
            pulse.rebuild.rebuild(town.client, shown.plan, town.catalogue, toy.REGIONS, toy.TYPES, "stream")
        )
    assert town.client.query("SELECT generation FROM answering").result_rows == answering


def test_what_was_sent_on_before_a_topic_grew_and_was_then_gone(empty: Town, whole: Figures) -> None:
    """Neither the log it was sent on in, nor the next one, was read to its end."""
    town = empty
    town.publish(450, misplaced=3)
    town.work(again=False)
    town.grow("homes", 5)
    town.rebuild()
    town.make_anew("homes", 4)
    town.rebuild()
    town.check(behind=True)
    finish(town)
    assert town.figures() == whole
