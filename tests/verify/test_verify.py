"""A database that a worker wrote has no differences; whatever is changed in it by hand is found and named."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from pulse.errors import Stopped
from pulse.verify import CannotVerify, Report, verify
from tests.verify import toy, world
from tests.verify.conftest import LENGTH


def run(client: Client) -> Report:
    return verify(client, toy.CATALOGUE, toy.REGIONS, toy.TYPES)


def named(report: Report, kind: str) -> list[str]:
    return [difference.where for difference in report.differences if difference.kind == kind]


def one(client: Client, query: str) -> Any:
    return client.query(query).result_rows[0]


def test_what_a_worker_wrote_has_no_differences(client: Client, rows: dict[str, Any]) -> None:
    outcomes = set(rows["events"].column("outcome").to_pylist())
    assert outcomes == {"counted", "duplicate", "superseded", "conflict", "refused", "re-keyed"}
    report = run(client)
    assert report.differences == ()
    assert report.rows == rows["events"].num_rows > LENGTH
    assert report.days == 3  # June, July, and the day that runs
    assert report.figures == len(toy.FORMULAS) * report.regions * 3
    assert not report.moved


def test_told_to_stop_it_ends_wherever_it_is(client: Client) -> None:
    """Asked at every row and before every query: whenever the answer turns, nothing more is asked."""
    answers = 0

    def stop_after(asked: int) -> Callable[[], bool]:
        def stop() -> bool:
            nonlocal answers
            answers += 1
            return answers > asked

        return stop

    verify(client, toy.CATALOGUE, toy.REGIONS, toy.TYPES, stop=stop_after(sys.maxsize))
    questions = answers
    assert questions > LENGTH
    for asked in (0, 1, LENGTH, questions - 2, questions - 1):
        answers = 0
        with pytest.raises(Stopped):
            verify(client, toy.CATALOGUE, toy.REGIONS, toy.TYPES, stop=stop_after(asked))
        assert answers == asked + 1


@pytest.mark.parametrize("seed", [11, 12])
def test_other_logs_have_no_differences_either(client: Client, seed: int) -> None:
    world.fill(client, world.written(seed, 500))
    assert run(client).differences == ()


def test_a_deleted_row_of_the_ledger_is_named_with_its_figures(client: Client) -> None:
    partition, offset = one(
        client,
        "SELECT partition, offset FROM events WHERE type = 'homes.survey' AND outcome = 'counted' AND offset > 9"
        " AND id NOT IN (SELECT id FROM events WHERE revision > 0 OR outcome != 'counted') ORDER BY offset LIMIT 1",
    )
    client.command(
        f"DELETE FROM events WHERE topic = 'homes' AND partition = {partition} AND offset = {offset}"
    )
    report = run(client)
    assert named(report, "offset") == [f"homes/{partition}: offset {offset} is missing from the ledger"]
    assert any(where.startswith("score: homes.survey") for where in named(report, "fact"))
    assert any(where.startswith("score in ") for where in named(report, "cell"))
    assert named(report, "balance") == []  # the view reads the same ledger; offsets and facts give it away


def test_the_last_rows_of_the_ledger_are_missed_by_their_position(client: Client) -> None:
    last = one(client, "SELECT max(offset) FROM events WHERE topic = 'works' AND partition = 0")[0]
    client.command(f"DELETE FROM events WHERE topic = 'works' AND partition = 0 AND offset = {last}")
    report = run(client)
    assert named(report, "position") == ["works/0"]
    (difference,) = [d for d in report.differences if d.kind == "position"]
    assert f"offset {last - 1}," in difference.expected
    assert f"offset {last}," in difference.found
    assert "deleted" in difference.remedy


def test_a_changed_cell_is_named_with_the_figures_that_it_spoils(client: Client) -> None:
    region, day = one(
        client,
        "SELECT region, day FROM cells FINAL WHERE measure = 'elders' AND value = 1 ORDER BY day LIMIT 1",
    )
    client.command(
        f"ALTER TABLE cells UPDATE value = value + 5 WHERE measure = 'elders' AND region = '{region}' AND day = '{day}'"
    )
    report = run(client)
    assert named(report, "cell") == [f"elders in {region} on {day}"]
    assert f"a01.elders in {region} on 2023-06-30 (indicator_at)" in named(report, "figure")
    assert "a01.elders in 990100 on 2023-08-18 (indicator_now)" in named(report, "figure")
    assert f"a01.elders in {region[:6]} on 2023-07-31 (indicator_days)" in named(report, "figure")
    assert {d.kind for d in report.differences} == {"cell", "figure"}
    assert all(d.region in (region, region[:9], region[:6], "990100") for d in report.differences)


def test_a_deleted_cell_is_named(client: Client) -> None:
    client.command("DELETE FROM cells WHERE measure = 'score'")
    report = run(client)
    assert all(where.startswith("score in ") for where in named(report, "cell"))
    assert all(where.startswith("a01.score in ") for where in named(report, "figure"))


def test_a_changed_event_is_named_by_its_place(client: Client) -> None:
    partition, offset, id = one(
        client,
        "SELECT partition, offset, id FROM events WHERE type = 'homes.survey' AND outcome = 'counted'"
        " AND id NOT IN (SELECT id FROM events WHERE revision > 0 OR outcome != 'counted') ORDER BY time DESC LIMIT 1",
    )
    place = f"topic = 'homes' AND partition = {partition} AND offset = {offset}"
    client.command(
        f"ALTER TABLE events UPDATE data = replaceRegexpOne(data, '\"answers\":', '\"answers\":1') WHERE {place}"
    )
    report = run(client)
    assert named(report, "event") == [f"homes/{partition}/{offset} (homes.survey, id {id})"]
    assert any(where.startswith(f"answers: homes.survey {id} of") for where in named(report, "fact"))
    assert any(where.startswith("a01.score in ") for where in named(report, "figure"))


def test_data_that_is_no_json_is_named_and_the_rest_is_still_verified(client: Client) -> None:
    client.command(
        "ALTER TABLE events UPDATE data = unhex('ff7b') WHERE topic = 'homes' AND type = 'homes.survey' AND partition = 0"
    )
    report = run(client)
    changed = one(
        client,
        "SELECT count() FROM events FINAL WHERE type = 'homes.survey' AND topic = 'homes' AND partition = 0",
    )[0]
    assert len(named(report, "event")) > changed  # its fingerprint, and its data where it counts
    assert named(report, "offset") == []


def test_a_changed_outcome_is_named(client: Client) -> None:
    place = one(
        client,
        "SELECT topic, partition, offset FROM events WHERE outcome = 'duplicate' ORDER BY offset LIMIT 1",
    )
    topic, partition, offset = place
    client.command(
        "ALTER TABLE events UPDATE outcome = 'counted'"
        f" WHERE topic = '{topic}' AND partition = {partition} AND offset = {offset}"
    )
    report = run(client)
    assert named(report, "outcome") == [f"{topic}/{partition}/{offset}"]
    assert {d.kind for d in report.differences} == {"outcome", "balance"}


def test_an_event_hidden_as_re_keyed_is_missed(client: Client) -> None:
    topic, partition, offset = one(
        client,
        "SELECT topic, partition, offset FROM events WHERE outcome = 'counted' AND type = 'homes.visit'"
        " AND id NOT IN (SELECT id FROM events WHERE revision > 0 OR outcome != 'counted') LIMIT 1",
    )
    client.command(
        f"ALTER TABLE events UPDATE outcome = 're-keyed'"
        f" WHERE topic = '{topic}' AND partition = {partition} AND offset = {offset}"
    )
    report = run(client)
    assert [where.split(" ")[0] for where in named(report, "outcome")] == [f"{topic}/{partition}/{offset}"]
    assert named(report, "fact")


def test_a_deleted_dead_letter_is_named(client: Client) -> None:
    topic, partition, offset = one(client, "SELECT topic, partition, offset FROM dead_letters LIMIT 1")
    client.command(
        f"DELETE FROM dead_letters WHERE topic = '{topic}' AND partition = {partition} AND offset = {offset}"
    )
    report = run(client)
    assert named(report, "dead letter") == [f"{topic}/{partition}/{offset}"]
    assert len(report.differences) == 1


def test_a_changed_fact_is_named(client: Client) -> None:
    id, source = one(
        client, "SELECT id, source FROM facts WHERE measure = 'elders' AND live AND revision = 0 LIMIT 1"
    )
    client.command(
        f"ALTER TABLE facts UPDATE region = '990103' WHERE measure = 'elders' AND id = '{id}' AND source = '{source}'"
    )
    report = run(client)
    assert [where.split(",")[0] for where in named(report, "fact")] == [
        f"elders: homes.elder {id} of {source}"
    ]
    assert {d.kind for d in report.differences} == {"fact"}


def test_a_deleted_and_an_invented_device_hour_are_named(client: Client) -> None:
    device = one(client, "SELECT device FROM device_hours WHERE hour = '2023-06-30 15:00:00' LIMIT 1")[0]
    client.command(f"DELETE FROM device_hours WHERE device = '{device}' AND hour = '2023-06-30 15:00:00'")
    client.command("INSERT INTO device_hours VALUES ('beats', '2023-07-02 03:00:00', '990102', 'nobody')")
    found = named(run(client), "device hour")
    assert "beats: nobody in 990102, hour of 2023-07-02 03:00 UTC" in found
    assert any(device in where and "2023-06-30 15:00" in where for where in found)


def test_a_database_in_which_nothing_was_counted_is_told_apart(client: Client) -> None:
    client.command("TRUNCATE TABLE generations")
    try:
        with pytest.raises(CannotVerify, match="start a worker first"):
            run(client)
    finally:
        client.command("INSERT INTO generations SELECT 'g', 'toy', now64(3), ''")


def test_a_flush_that_is_half_done_is_waited_for_and_then_reported(client: Client) -> None:
    client.command(
        "INSERT INTO events (topic, partition, offset, append_time, outcome, reason)"
        " SELECT topic, partition, max(offset) + 1, max(append_time), 'refused', 'not-json' FROM events"
        " WHERE topic = 'homes' AND partition = 1 GROUP BY topic, partition"
    )
    report = verify(client, toy.CATALOGUE, toy.REGIONS, toy.TYPES, wait=0.2)
    assert named(report, "position") == ["homes/1"]
    assert (
        "start a worker" in report.differences[0].remedy or "start a worker" in report.differences[1].remedy
    )
