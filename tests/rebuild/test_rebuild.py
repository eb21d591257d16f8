"""A rebuilt generation is, row by row, what a worker would have written that had counted so from the first event on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

import pulse.rebuild.history
import pulse.rebuild.run
import streams.generation
from pulse.rebuild import CannotRebuild, drop_old, leftovers, preview
from pulse.verify import verify
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from sinks.clickhouse.generations import OtherGeneration, enter
from sinks.clickhouse.migrate import NewerDatabase, migrate
from streams.counting.fold import CORE
from streams.generation import generation
from tests.rebuild import world
from tests.rebuild.world import NEW, OLD, TOPICS
from tests.verify import toy

Rows = dict[str, list[tuple[Any, ...]]]


def clean(client: Client, catalogue: Catalogue = NEW) -> None:
    assert verify(client, catalogue, toy.REGIONS, toy.TYPES).differences == ()


def without(*types: str) -> Catalogue:
    """The old catalogue without the measures that event types feed."""
    gone = {key for key, m in OLD.measures.items() if any(feed.type in types for feed in m.feeds)}
    kept = {key: words for key, words in toy.MEASURES.items() if key not in gone}
    formulas = {"elders": toy.FORMULAS["elders"], "average": toy.FORMULAS["average"]}
    return world.catalogue(kept, formulas if "stations" in kept else {"elders": toy.FORMULAS["elders"]})


# --- The same rows ---


def test_the_same_rows_as_a_fresh_count(client: Client, fresh: Rows) -> None:
    before, old = world.snapshot(client), world.stored(client, OLD)
    done = world.run(client)
    assert world.stored(client, NEW) == fresh
    assert (done.passes, done.mended) == (1, None)
    assert (
        done.rows
        == world.one(client, "SELECT count() FROM events FINAL WHERE outcome NOT IN ('refused', 're-keyed')")[
            0
        ]
    )
    assert world.stored(client, OLD) == old
    after = world.snapshot(client)
    assert after["events"] == before["events"]
    assert after["dead_letters"] == before["dead_letters"]
    clean(client)


def test_small_blocks_give_the_same(client: Client, fresh: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse.rebuild.history, "BLOCK", 37)
    world.run(client)
    assert world.stored(client, NEW) == fresh
    clean(client)


def test_the_views_are_those_that_a_worker_would_make(client: Client) -> None:
    views = "SELECT name, as_select FROM system.tables WHERE engine = 'View' ORDER BY name"
    world.run(client)
    switched = client.query(views).result_rows
    world.answer(client, NEW)
    assert client.query(views).result_rows == switched


def test_a_worker_of_the_new_catalogue_goes_on(client: Client, fresh: Rows) -> None:
    world.fill(client, world.counted("old", 0.6))
    world.run(client)
    assert not enter(client, world.made(NEW), "toy")
    world.work_on(client, NEW)
    assert world.stored(client, NEW) == fresh
    clean(client)


def test_what_an_old_worker_writes_meanwhile_is_counted_before_the_switch(
    client: Client, fresh: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse.rebuild.history, "BLOCK", 100)
    world.fill(client, world.counted("old", 0.3))
    shares = iter((0.5, 0.8, 1.0))

    def told(*_: Any) -> None:
        if share := next(shares, 0.0):
            world_on(client, share)

    shown = preview(client, NEW, toy.REGIONS, TOPICS)
    done = asyncio.run(
        pulse.rebuild.run.rebuild(client, shown.plan, NEW, toy.REGIONS, toy.TYPES, "stream", told)
    )
    assert done.passes > 1
    assert world.stored(client, NEW) == fresh
    clean(client)


def world_on(client: Client, share: float) -> None:
    """An old worker, in a loop of its own beside the rebuild's."""
    from threading import Thread

    thread = Thread(target=world.work_on, args=(client, OLD, share))
    thread.start()
    thread.join()


def test_a_worker_that_never_rests_does_not_keep_it_from_the_switch(
    client: Client, fresh: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse.rebuild.run, "PASSES", 1)
    world.fill(client, world.counted("old", 0.3))
    shown = preview(client, NEW, toy.REGIONS, TOPICS)
    asyncio.run(
        pulse.rebuild.run.rebuild(
            client, shown.plan, NEW, toy.REGIONS, toy.TYPES, "stream", lambda *_: world_on(client, 0.9)
        )
    )
    world.work_on(client, NEW)
    assert world.stored(client, NEW) == fresh
    clean(client)


def test_a_flush_that_is_half_done_is_left_to_the_workers(client: Client, fresh: Rows) -> None:
    rows = dict(world.counted("old", 0.6)) | {"events": world.counted("old")["events"]}
    world.fill(client, rows)
    world.run(client)
    ends = {(row[0], row[1]): row[2] for row in world.stored(client, NEW)["positions"]}
    assert ends == {place: int(len(log) * 0.6) - 1 for place, log in world.logs().items()}
    world.work_on(client, NEW)
    assert world.stored(client, NEW) == fresh
    clean(client)


def test_back_again_counts_only_what_came_since(client: Client) -> None:
    whole = world.stored(client, OLD)
    world.fill(client, world.counted("old", 0.5))
    world.run(client)
    world.work_on(client, NEW)
    back = preview(client, OLD, toy.REGIONS, TOPICS)
    assert 0 < back.rows < 0.6 * world.LENGTH
    world.run(client, OLD)
    assert world.stored(client, OLD) == whole
    clean(client, OLD)


def test_a_release_that_counts_otherwise_is_another_generation(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams.generation, "CORE", "next")
    shown = preview(client, OLD, toy.REGIONS, TOPICS)
    assert shown.plan.differences == (f"core: {CORE} → next",)
    world.run(client, OLD)
    clean(client, OLD)


def test_figures_of_a_release_whose_facts_had_no_order_are_counted_anew(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger has had the recorded time from the first release on."""
    whole = world.stored(client, OLD)
    with monkeypatch.context() as earlier:
        earlier.setattr(streams.generation, "CORE", 1)
        world.answer(client, OLD)
        before = world.made(OLD).id
    for table in ("facts", "cells", "positions"):
        client.command(f"INSERT INTO {table} SELECT * REPLACE ('{before}' AS generation) FROM {table}")
        client.command(f"DELETE FROM {table} WHERE generation != '{before}'")
    client.command("ALTER TABLE facts DROP COLUMN rank")
    client.command("DELETE FROM migrations WHERE version >= 10")
    with pytest.raises(CannotRebuild, match="run `pulse migrate` first"):
        preview(client, OLD, toy.REGIONS, TOPICS)
    migrate(client)
    with pytest.raises(OtherGeneration, match="Run `pulse rebuild`"):
        enter(client, world.made(OLD), "toy")
    shown = preview(client, OLD, toy.REGIONS, TOPICS)
    assert f"core: 1 → {CORE}" in shown.plan.differences
    world.run(client, OLD)
    assert world.stored(client, OLD) == whole
    clean(client, OLD)


@pytest.mark.parametrize(
    "types", [("works.case", "works.settled"), tuple(t for t in toy.TYPES if t.startswith("works"))]
)
def test_what_the_catalogue_knows_no_more_stays_in_the_ledger(client: Client, types: tuple[str, ...]) -> None:
    """An event type, or a whole department: it yields no facts, and its outcomes stay."""
    fewer = without(*types)
    world.run(client, fewer, topics={"homes": TOPICS["homes"]})
    found = client.query(
        "SELECT DISTINCT measure FROM facts WHERE generation = (SELECT generation FROM answering)"
    ).result_rows
    kept = {row[2] for row in world.stored(client, OLD)["facts"]} & set(fewer.measures)
    assert {row[0] for row in found} == kept
    clean(client, fewer)


# --- Regions ---


def regions(*codes: str) -> Regions:
    counties = [{"code": code, "zh": code, "en": code, "kind": "statutory"} for code in codes]
    return Regions.model_validate(toy.REGIONS.model_dump() | {"counties": counties})


def test_a_new_county(client: Client) -> None:
    more = regions("990102", "990103", "990171", "990104")
    client.command(
        "INSERT INTO dead_letters (topic, partition, offset, append_time, reason)"
        " SELECT 'homes', 0, offset, append_time, 'unknown-region' FROM dead_letters WHERE topic = 'homes' AND partition = 0"
    )
    shown = preview(client, OLD, more, TOPICS)
    assert len(shown.plan.differences) == 1
    assert shown.plan.differences[0].startswith("regions: ")
    assert any("redrive --reason unknown-region" in note for note in shown.notes)
    asyncio.run(pulse.rebuild.run.rebuild(client, shown.plan, OLD, more, toy.TYPES, "stream"))
    wrong = verify(client, OLD, more, toy.TYPES).differences
    assert {difference.kind for difference in wrong} == {"dead letter"}  # those that were invented above


def test_a_county_that_past_events_name_cannot_go(client: Client) -> None:
    before = world.figures(client)
    shown = preview(client, OLD, regions("990102", "990103"), TOPICS)
    with pytest.raises(CannotRebuild) as caught:
        asyncio.run(
            pulse.rebuild.run.rebuild(
                client, shown.plan, OLD, regions("990102", "990103"), toy.TYPES, "stream"
            )
        )
    said = str(caught.value)
    assert said.startswith("homes/0/")
    assert "would be refused now: [unknown-region] data.region" in said
    assert "Keep in the catalogue and the regions what past events name" in said
    assert world.figures(client) == before


# --- A ledger that was changed ---


def first(client: Client, condition: str) -> tuple[str, int, int]:
    found = world.one(
        client, f"SELECT topic, partition, offset FROM events FINAL WHERE {condition} ORDER BY ALL LIMIT 1"
    )
    return found[0], found[1], found[2]


@pytest.mark.parametrize(
    ("condition", "change", "words"),
    [
        (
            "outcome = 'duplicate'",
            "outcome = 'counted'",
            "is counted there, and duplicate when it is replayed",
        ),
        ("outcome = 'superseded'", "revision = 900", "is superseded there, and counted when it is replayed"),
        (
            "outcome = 'counted' AND type = 'homes.survey'",
            "data = replaceRegexpOne(data, '\"answers\":', '\"answers\":1')",
            "has content of fingerprint ",
        ),
        (
            "outcome = 'counted' AND type = 'homes.survey'",
            "data = unhex('ff7b')",
            "would be refused now: [not-",
        ),
    ],
)
def test_a_changed_row_is_named_by_its_place(client: Client, condition: str, change: str, words: str) -> None:
    before = world.figures(client)
    topic, partition, offset = first(client, condition)
    place = f"topic = '{topic}' AND partition = {partition} AND offset = {offset}"
    client.command(f"ALTER TABLE events UPDATE {change} WHERE {place}")
    with pytest.raises(CannotRebuild) as caught:
        world.run(client)
    assert str(caught.value).startswith(f"{topic}/{partition}/{offset} (")
    assert words in str(caught.value)
    assert world.figures(client) == before


def test_a_deleted_row_is_noted(client: Client) -> None:
    topic, partition, offset = first(client, "outcome = 'refused' AND offset > 3")
    client.command(
        f"DELETE FROM events WHERE topic = '{topic}' AND partition = {partition} AND offset = {offset}"
    )
    notes = preview(client, NEW, toy.REGIONS, TOPICS).notes
    assert any(note.startswith(f"{topic}/{partition}: 1 offsets are not in the ledger") for note in notes)


def test_a_ledger_that_ends_before_its_position_is_refused(client: Client) -> None:
    last = world.one(client, "SELECT max(offset) FROM events WHERE topic = 'works' AND partition = 0")[0]
    client.command(f"DELETE FROM events WHERE topic = 'works' AND partition = 0 AND offset = {last}")
    with pytest.raises(
        CannotRebuild, match=f"works/0: counted up to offset {last}, but the ledger ends before"
    ):
        preview(client, NEW, toy.REGIONS, TOPICS)


# --- Before and after ---


def test_looking_writes_nothing(client: Client) -> None:
    before = world.snapshot(client)
    shown = preview(client, NEW, toy.REGIONS, TOPICS)
    assert shown.plan.differences == (
        "measures: beats is gone, dated is gone, hard is counted otherwise, signs is new, surveyed is new, "
        "visited_quarterly is counted otherwise",
    )
    assert (shown.shards, shown.notes) == (4, ())
    preview(client, OLD, toy.REGIONS, TOPICS, force=True)
    assert world.snapshot(client) == before


def test_types_that_were_refused_are_named(client: Client) -> None:
    client.command(
        "INSERT INTO dead_letters (topic, partition, offset, append_time, reason, type)"
        " SELECT topic, partition, offset, append_time, 'unknown-type', 'homes.visit' FROM dead_letters FINAL"
        " WHERE topic = 'homes' LIMIT 2"
    )
    (note,) = preview(client, NEW, toy.REGIONS, TOPICS).notes
    assert note.startswith("homes.visit: 2 messages were refused while no measure wanted this type")
    assert "redrive --reason unknown-type" in note


def test_the_old_figures_can_be_dropped(client: Client) -> None:
    world.run(client)
    kept = world.stored(client, NEW)
    (left,) = leftovers(client)
    assert left.generation == world.made(OLD).id
    assert left.answered.startswith("20")
    assert left.facts > 0
    assert left.cells > 0
    drop_old(client)
    assert leftovers(client) == []
    assert world.stored(client, NEW) == kept
    assert world.one(client, "SELECT countIf(measure = 'beats'), count() > 0 FROM device_hours") == (0, True)
    clean(client)
    world.run(client, OLD)  # from the ledger, as ever
    clean(client, OLD)


def test_a_rebuild_that_was_broken_off_can_be_dropped(client: Client) -> None:
    client.command("INSERT INTO facts SELECT * REPLACE ('half' AS generation) FROM facts LIMIT 3")
    (left,) = leftovers(client)
    assert (left.generation, left.answered, left.facts) == ("half", "", 3)
    drop_old(client)
    clean(client, OLD)


# --- Refusals ---


def refused(client: Client, catalogue: Catalogue = NEW, topics: Any = TOPICS) -> str:
    before = world.snapshot(client)
    with pytest.raises(CannotRebuild) as caught:
        preview(client, catalogue, toy.REGIONS, topics)
    assert world.snapshot(client) == before
    return str(caught.value)


def test_nothing_to_do(client: Client) -> None:
    said = refused(client, OLD)
    assert "there is nothing to do" in said
    assert "`pulse rebuild --force`" in said


def test_nothing_was_counted(client: Client) -> None:
    client.command("TRUNCATE TABLE generations")
    assert "Nothing was counted yet" in refused(client)


def test_an_empty_ledger(client: Client) -> None:
    for table in ("events", "positions"):
        client.command(f"TRUNCATE TABLE {table}")
    assert "The ledger is empty" in refused(client)


def test_a_newer_database(client: Client) -> None:
    client.command("INSERT INTO migrations (version, name) VALUES (9999, 'later')")
    try:
        with pytest.raises(NewerDatabase, match="install the newer release"):
            preview(client, NEW, toy.REGIONS, TOPICS)
    finally:
        client.command("DELETE FROM migrations WHERE version = 9999")


def test_an_older_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulse.rebuild.ledger.applied", lambda client: 1)
    assert "run `pulse migrate` first" in refused(client)
    monkeypatch.setattr("pulse.rebuild.ledger.applied", lambda client: 0)
    assert "This database is empty" in refused(client)


def test_a_topic_whose_partitions_nobody_knows(client: Client) -> None:
    measures = dict(toy.MEASURES) | {"else": world.measure("sum", {"type": "others.thing"}, topic="others")}
    more = world.catalogue(measures)
    assert "topics that were never counted: others" in refused(client, more)
    shown = preview(client, more, toy.REGIONS, TOPICS | {"others": (5, "")})
    made = generation(more, toy.REGIONS, {"homes": 2, "works": 2, "others": 5})
    assert shown.plan.generation == made


def test_kafka_need_not_answer(client: Client) -> None:
    assert preview(client, NEW, toy.REGIONS, {}).plan.generation == world.made(NEW)


def test_a_measure_of_heartbeats_keeps_its_meaning(client: Client) -> None:
    beats = world.measure("seen", {"type": "works.beat", "given": ["region"]}, topic="works")
    said = refused(client, world.catalogue(dict(toy.MEASURES) | {"beats": beats}))
    assert "beats counts heartbeats and is counted otherwise than before" in said
    assert "rename the measure" in said


def test_heartbeats_that_meet_a_filter_are_not_in_the_ledger(client: Client) -> None:
    some = world.measure("seen", {"type": "works.beat", "given": ["region"]}, topic="works")
    measures = {key: words for key, words in toy.MEASURES.items() if key != "beats"} | {"some": some}
    formulas = {id: words for id, words in toy.FORMULAS.items() if id != "online"}
    catalogue = world.catalogue(measures, formulas)
    (note,) = preview(client, catalogue, toy.REGIONS, TOPICS).notes
    assert "some counts heartbeats that meet a filter" in note
    world.run(client, catalogue)
    assert world.stored(client, catalogue)["device_hours"] == []
