"""Which generation answers: the first is written down, another one is refused with what to do."""

from __future__ import annotations

import pytest
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.generations import OtherGeneration, enter, guard
from streams.generation import Generation, generation
from tests.sinks import plan

FIRST = generation(plan.CATALOGUE, plan.REGIONS, {"small": 2})


def stored(client: Client) -> list[tuple[str, str, str]]:
    return [
        tuple(row) for row in client.query("SELECT generation, plan, detail FROM generations").result_rows
    ]


def test_the_first_is_written_down(client: Client) -> None:
    assert enter(client, FIRST, "small-2023")
    assert stored(client) == [(FIRST.id, "small-2023", FIRST.detail)]


def test_the_same_again_goes_on(client: Client) -> None:
    enter(client, FIRST, "small")
    assert not enter(client, FIRST, "small")
    assert not enter(client, FIRST, "another name of the plan")
    assert len(stored(client)) == 1


def test_another_is_refused_and_told_why(client: Client) -> None:
    enter(client, FIRST, "small")
    measures = dict(plan.MEASURES) | {"attendances": plan.measure("distinct"), "fresh": plan.measure("sum")}
    other = generation(plan.catalogue(measures, plan.FORMULAS), plan.REGIONS, {"small": 4})
    with pytest.raises(OtherGeneration) as caught:
        enter(client, other, "small")
    said = str(caught.value)
    assert f"counted with generation {FIRST.id}, now it would be {other.id}" in said
    assert "\n  measures: attendances is counted otherwise, fresh is new\n" in said
    assert "\n  partitions: small 2 → 4\n" in said
    assert "`pulse rebuild`" in said
    assert stored(client) == [(FIRST.id, "small", FIRST.detail)]


def test_the_latest_switched_answers(client: Client) -> None:
    client.command(
        "INSERT INTO generations SELECT 'new', 'p', toDateTime64('2023-03-01 00:00:00', 3, 'UTC'), '{}'"
    )
    client.command(
        "INSERT INTO generations SELECT 'old', 'p', toDateTime64('2023-01-01 00:00:00', 3, 'UTC'), '{}'"
    )
    assert not enter(client, Generation("new", "{}"), "p")
    with pytest.raises(OtherGeneration):
        enter(client, Generation("old", "{}"), "p")


def test_a_catalogue_that_counts_otherwise_makes_no_views(client: Client) -> None:
    """The partitions are Kafka's: only measures and regions are looked at."""
    enter(client, FIRST, "small")
    guard(client, plan.catalogue(plan.MEASURES, plan.FORMULAS), plan.REGIONS)
    measures = {key: measure for key, measure in plan.MEASURES.items() if key != "beats"}
    with pytest.raises(OtherGeneration, match="is gone"):
        guard(client, plan.catalogue(measures, {}), plan.REGIONS)


def test_a_topic_with_another_log_makes_views_all_the_same(client: Client) -> None:
    counted = generation(plan.CATALOGUE, plan.REGIONS, {"small": 2}, {"small": 3})
    enter(client, counted, "small")
    guard(client, plan.CATALOGUE, plan.REGIONS)
    with pytest.raises(OtherGeneration, match="logs: small 3 → 1"):
        enter(client, FIRST, "small")


def test_an_empty_database_takes_any_catalogue(client: Client) -> None:
    guard(client, plan.catalogue(plan.MEASURES, plan.FORMULAS), plan.REGIONS)
