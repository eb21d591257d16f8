"""Both modes of CloudEvents, misplaced messages, fields of a newer schema: what must count, and once."""

from __future__ import annotations

import asyncio
from datetime import date

from schemas.event import Record
from tests.e2e import department
from tests.e2e.department import ARRIVAL, binary, event, structured
from tests.e2e.service import PARTITIONS, Service

END = date(2023, 12, 31)
COUNTY = "370811"


def games(service: Service, county: str = COUNTY) -> float | None:
    return service.figures(county, END)["a09.community_games"].value


def game(subject: str, **attributes: object) -> dict[str, object]:
    return event("sports.community-game", subject, {"region": COUNTY}, **attributes)


def outcomes(service: Service, subject: str) -> list[str]:
    sql = "SELECT outcome FROM events FINAL WHERE subject = {subject:String} ORDER BY offset"
    return [outcome for (outcome,) in service.query(sql, subject=subject)]


def test_one_event_in_both_modes_is_a_duplicate_of_itself(service: Service) -> None:
    before = games(service) or 0
    told = game("both-modes", revision=1, recordedtime="2023-06-10T09:30:00Z")
    service.publish([binary(told), structured(told), binary(told)])
    assert games(service) == before + 1
    assert outcomes(service, "both-modes") == ["counted", "duplicate", "duplicate"]


def test_a_correction_may_come_in_the_other_mode(service: Service) -> None:
    before = games(service) or 0
    service.publish([structured(game("other-mode")), binary(game("other-mode", revision=1, void=True))])
    assert games(service) == before


def test_a_misplaced_event_is_sent_on_and_counted_once(service: Service) -> None:
    before = games(service) or 0
    (right,) = service.publish([structured(game("misplaced"))])
    wrong = 1 - right.partition
    service.publish(
        [structured(game("misplaced", id=id), partition=wrong) for id in ("misplaced", "another")]
    )
    assert games(service) == before + 1
    sql = """
        SELECT partition, outcome FROM events FINAL WHERE subject = 'misplaced'
        ORDER BY partition = {wrong:UInt8}, offset
    """
    assert service.query(sql, wrong=wrong) == [
        (right.partition, "counted"), (right.partition, "duplicate"), (right.partition, "counted"),
        (wrong, "re-keyed"), (wrong, "re-keyed"),
    ]  # fmt: skip
    forwarded = [
        (record.partition, dict(record.headers)["pulse-origin"].rpartition(b"/")[0].decode())
        for record in service.read("pulse.sports", PARTITIONS)
        if record.key == b"misplaced" and "pulse-origin" in dict(record.headers)
    ]
    assert forwarded == [(right.partition, f"sports/{wrong}")] * 2


def test_a_misplaced_event_in_binary_mode_keeps_its_headers(service: Service) -> None:
    before = games(service) or 0
    service.publish([binary(game("everywhere"), partition=n) for n in range(PARTITIONS)])
    assert games(service) == before + 1
    assert sorted(outcomes(service, "everywhere")) == ["counted", "duplicate", "re-keyed"]


def test_a_field_of_a_newer_minor_schema_counts_and_warns(service: Service) -> None:
    before = games(service) or 0
    newer = game("newer", dataschema="urn:pulse:sports.community-game:1.7")
    newer["data"] = {"region": COUNTY, "spectators": 300}
    service.publish([structured(newer)])
    assert games(service) == before + 1
    sql = "SELECT dataschema, data FROM events FINAL WHERE subject = 'newer'"
    assert service.query(sql) == [
        ("urn:pulse:sports.community-game:1.7", '{"region":"370811","spectators":300}')
    ]
    service.until_metric('pulse_unknown_fields_total{topic="sports",type="sports.community-game"} 1.0')


def test_a_restarted_worker_knows_the_records_of_before(service: Service) -> None:
    """It loads them from the facts; Kafka's own offset plays no part: the group is a new one."""
    before = games(service) or 0
    service.publish([structured(game("of-before"))])
    held = {
        (shard.topic, shard.partition): (
            shard.position,
            dict(shard.counts.records),
            nonzero(shard.counts.cells),
        )
        for shard in service.shards
    }
    service.stop()
    service.start()
    service.catch_up()
    for shard in service.shards:
        position, records, cells = held[shard.topic, shard.partition]
        assert shard.position == position
        assert shard.counts.records == records
        assert nonzero(shard.counts.cells) == cells
    assert games(service) == before + 1
    service.publish([structured(game("of-before")), structured(game("of-before", revision=1, void=True))])
    assert games(service) == before
    assert outcomes(service, "of-before") == ["counted", "duplicate", "counted"]
    known = [record for shard in service.shards for record in shard.counts.records]
    assert Record("//sports.jining.gov.cn/system", "of-before", "sports.community-game", "of-before") in known


def nonzero(cells: dict[tuple[str, str, int], int]) -> dict[tuple[str, str, int], int]:
    return {cell: value for cell, value in cells.items() if value}


def test_what_is_published_while_no_worker_runs_is_counted_by_the_next(service: Service) -> None:
    before = games(service) or 0
    service.stop()
    messages = [structured(game(f"meanwhile-{n}")) for n in range(500)]
    asyncio.run(department.publish(service.address, messages + messages[:50]))
    service.start()
    service.catch_up()
    assert games(service) == before + 500


def test_received_is_the_sum_of_outcomes(service: Service) -> None:
    logged = len(service.read("pulse.sports", PARTITIONS))
    sql = "SELECT sum(received), sum(counted + duplicate + superseded + conflict + refused + rekeyed) FROM balance"
    assert service.query(sql) == [(logged, logged)]
    arrived = service.query("SELECT DISTINCT toUnixTimestamp64Milli(append_time) FROM events")
    assert (ARRIVAL,) in arrived


def test_the_judge_finds_no_difference(service: Service) -> None:
    report = service.verify()
    assert report.differences == ()
    assert report.rows > 500
