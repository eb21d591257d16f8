"""What the assessor adds up of arrivals, against the same questions asked of the whole ledger."""

from __future__ import annotations

import random
from datetime import timedelta
from string import Template
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client

from pulse.assessor.assessor import Assessor
from pulse.errors import Stopped
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.views.create import create_views
from tests.sinks import plan
from tests.sinks.conftest import empty
from tests.sinks.plan import CITY, QUFU, RENCHENG, A, B, utc

# The views of before there were sums, which read the ledger each time. The stream's clock is the last event's append
# time: that one belongs to it.
DEPARTMENTS = """    SELECT department, sumIf(received, week = 0) AS received_7d,
        arrayReduce('median', arrayMap(w -> sum_of[w], range(1, 9))) AS usual_7d,
        sumIf(refused, ago < 28) AS refused_28d, sumIf(duplicate, ago < 28) AS duplicate_28d,
        sumIf(conflict, ago < 28) AS conflict_28d, sumIf(received, ago < 28) AS received_28d,
        sumMap(map(week, received)) AS sum_of
    FROM
    (
        SELECT splitByChar('@', topic)[1] AS department,
            greatest(0, dateDiff(
                'day', toDate32(toTimeZone(append_time, $zone)), assumeNotNull((SELECT day FROM clock))
            )) AS ago,
            toUInt8(intDiv(ago, 7)) AS week, count() AS received,
            countIf(outcome = 'refused') AS refused, countIf(outcome = 'duplicate') AS duplicate,
            countIf(outcome = 'conflict') AS conflict
        FROM events FINAL
        WHERE append_time >= addDays(toDateTime64((SELECT day FROM clock), 3, $zone), -62)
            AND append_time <= (SELECT until FROM clock)
        GROUP BY department, ago
    )
    GROUP BY department
"""
REPORTS = """
SELECT h.department AS department, h.county AS county, h.last_day AS last_day, e.events_28d AS events_28d,
    h.silent AS silent
FROM reporters AS h
LEFT JOIN
(
    SELECT splitByChar('@', topic)[1] AS department, left(region, 6) AS county, count() AS events_28d
    FROM events FINAL
    WHERE append_time >= addDays(toDateTime64((SELECT day FROM clock), 3, $zone), -27)
        AND append_time <= (SELECT until FROM clock) AND region != ''
    GROUP BY department, county
) AS e ON h.department = e.department AND h.county = e.county
WHERE h.county != '' AND h.county != $city
"""
COMMUNITIES = """
SELECT p.community AS community, p.kind AS kind, left(p.community, 6) AS county, e.last_day AS last_day
FROM
(
    SELECT region AS community, argMin(kind, size) AS kind
    FROM
    (
        SELECT c.region AS region, r.kind AS kind, sum(count()) OVER (PARTITION BY r.kind) AS size
        FROM counts AS c INNER JOIN rosters AS r ON c.measure = r.measure
        WHERE c.day <= (SELECT day FROM clock) AND length(c.region) = 12
            AND c.measure IN (SELECT measure FROM rosters)
        GROUP BY c.region, r.kind
        HAVING sum(c.value) > 0
    )
    GROUP BY region
) AS p
LEFT JOIN
(
    SELECT region, toNullable(toDate32(toTimeZone(max(append_time), $zone))) AS last_day
    FROM events
    WHERE length(region) = 12 AND type NOT IN (SELECT type FROM roster_types)
        AND append_time <= (SELECT until FROM clock)
    GROUP BY region
) AS e ON p.community = e.region
WHERE last_day IS NULL OR dateDiff('day', last_day, (SELECT day FROM clock)) >= 90
"""
LATE = """
SELECT dateDiff('second', time, append_time) / 3600 AS hours FROM events FINAL
WHERE outcome = 'counted' AND append_time >= addDays(toDateTime64((SELECT day FROM clock), 3, $zone), -27)
ORDER BY hours
"""
CATALOGUE = plan.catalogue(
    plan.MEASURES, {name: plan.FORMULAS[name] for name in ("total", "police", "elders", "score")}
)
COLUMNS = (
    "topic", "partition", "offset", "append_time", "outcome", "type", "time", "region",
)  # fmt: skip
END = utc(2023, 6, 30, 4)


@pytest.fixture
def city(_engine: Client) -> plan.City:
    """The views of this plan, in a database of their own."""
    _engine.command("CREATE DATABASE IF NOT EXISTS arrivals")
    _engine.database = "arrivals"
    migrate(_engine)
    empty(_engine).command("INSERT INTO generations SELECT 'g', 'small', now64(3), '{}'")
    create_views(_engine, CATALOGUE, plan.REGIONS, "stream")
    found = plan.City(_engine)
    found.cells(*(("urban", place, "2023-01-02", 1) for place in (A, B)))
    return found


class Ledger:
    """A log of one topic, as departments fill it: some of it late, refused, said twice; some of it written twice."""

    def __init__(self, client: Client, seed: int, topic: str = "small") -> None:
        self._client, self._random, self.topic = client, random.Random(seed), topic
        self.last = [-1, -1]
        self._at = utc(2023, 3, 1)

    def grow(self, events: int, until: Any = END) -> None:
        """That many more, evenly until an instant, and how far they are counted."""
        draw, rows = self._random, []
        step = (until - self._at) / events
        for _ in range(events):
            self._at += step
            partition = draw.randrange(2)
            self.last[partition] += 1
            late = timedelta(seconds=draw.choice((draw.expovariate(1 / 9000), draw.uniform(-40, 3e6), 0)))
            region, kind = draw.choice((
                (A, "small.event"), (A, "small.event"), (RENCHENG, "small.other"), (QUFU, "small.other"),
                ("", "small.other"), (CITY, "small.other"), ("370881002001", "small.other"),
            ))  # fmt: skip
            if self._at < utc(2023, 3, 20) and region == QUFU:
                region, kind = B, "small.other"  # heard of once, long ago
            rows.append((
                self.topic, partition, self.last[partition], self._at,
                draw.choice(("counted", "counted", "counted", "duplicate", "refused", "conflict", "superseded")),
                kind, self._at - late, region,
            ))  # fmt: skip
        again = draw.sample(rows, len(rows) // 5)
        for part in (rows, again):
            self._client.insert("events", part, column_names=COLUMNS)
        self.counted()

    def counted(self, generation: str = "g") -> None:
        """All of it is in the figures of a generation."""
        rows = [(generation, self.topic, n, last, self._at, "", 2) for n, last in enumerate(self.last)]
        names = ["generation", "topic", "partition", "offset", "append_time", "topic_id", "partitions"]
        self._client.insert("positions", rows, column_names=names)


def asked(client: Client, query: str) -> list[tuple[Any, ...]]:
    """A question put to the whole ledger."""
    words = {"zone": "'Asia/Shanghai'", "city": f"'{CITY}'"}
    return sorted(client.query(Template(query).substitute(words)).result_rows)


def same(client: Client) -> None:
    """What the views answer is what the ledger says."""
    names = "received_7d, usual_7d, refused_28d, duplicate_28d, conflict_28d, received_28d"
    views = client.query(f"SELECT department, {names} FROM departments_now").result_rows
    assert [tuple(row) for row in views] == [row[:7] for row in asked(client, DEPARTMENTS)]
    for view, question in (("reports", REPORTS), ("unreported_communities", COMMUNITIES)):
        found = sorted(client.query(f"SELECT * FROM {view}").result_rows)
        assert found == asked(client, question)
        assert found
    hours = [hour for (hour,) in asked(client, LATE)]
    found = client.query("SELECT lateness_p50_hours, lateness_p90_hours FROM departments_now").result_rows[0]
    for level, value in zip((0.5, 0.9), found, strict=True):
        rank = int(level * len(hours))
        near = hours[max(0, rank - 1) : rank + 2]
        assert any(value == pytest.approx(hour, rel=0.01, abs=1e-9) for hour in near)


def assessor() -> Assessor:
    return Assessor(CATALOGUE, plan.REGIONS)


@pytest.mark.parametrize("seed", range(3))
def test_added_up_step_by_step_is_what_the_ledger_says(city: plan.City, seed: int) -> None:
    ledger, one = Ledger(city.client, seed), assessor()
    for until in (utc(2023, 5, 30), utc(2023, 6, 29, 3), utc(2023, 6, 29, 4), END):
        ledger.grow(400, until)
        one.refresh(city.client)
        same(city.client)
    assessor().refresh(city.client)  # another takes over
    same(city.client)


def test_what_is_not_counted_yet_is_counted_once_it_is(city: plan.City) -> None:
    ledger, one = Ledger(city.client, 7), assessor()
    ledger.grow(300, utc(2023, 6, 29))
    one.refresh(city.client)
    before = city.client.query("SELECT * FROM arrived ORDER BY ALL").result_rows
    rows = [
        ("small", 0, ledger.last[0] + 1, utc(2023, 6, 28), "counted", "small.other", utc(2023, 6, 28), QUFU)
    ]
    city.client.insert("events", rows, column_names=COLUMNS)
    assert one.refresh(city.client) is None
    assert city.client.query("SELECT * FROM arrived ORDER BY ALL").result_rows == before
    ledger.last[0] += 1
    ledger.counted()
    one.refresh(city.client)
    same(city.client)


def test_a_stale_assessor_loses(city: plan.City) -> None:
    ledger, one = Ledger(city.client, 1), assessor()
    ledger.grow(400, utc(2023, 6, 29))
    one.refresh(city.client)
    stale = {
        table: city.client.query_arrow(f"SELECT * FROM {table} FINAL")
        for table in ("arrivals", "lateness", "community_reports")
    }
    ledger.grow(400)
    one.refresh(city.client)
    for table, rows in stale.items():
        city.client.insert_arrow(table, pa.table(rows))
    same(city.client)


def test_another_generation_is_counted_by_itself(city: plan.City) -> None:
    """A rebuild after the topic got more partitions: the log before counts as far as it is said to."""
    ledger, one = Ledger(city.client, 2), assessor()
    ledger.grow(400, utc(2023, 6, 10))
    one.refresh(city.client)
    city.client.command(
        "INSERT INTO logs SELECT 'small', 2, '', false, [0, 0], %(lasts)s, now64(6)",
        parameters={"lasts": ledger.last},
    )
    later = Ledger(city.client, 3, "small@2")
    later._at = utc(2023, 6, 10)
    later.grow(300)
    later.counted("h")
    city.client.command("INSERT INTO generations SELECT 'h', 'small', now64(3) + 1, '{}'")
    city.client.command("INSERT INTO cells SELECT * REPLACE ('h' AS generation) FROM cells FINAL")
    one.refresh(city.client)
    same(city.client)


def test_who_never_sent_has_no_last_event(city: plan.City) -> None:
    assert city.client.query("SELECT last_event FROM departments_now").result_rows == [(None,)]


def test_told_to_stop_it_ends_between_two_indicators_and_the_next_goes_on(city: plan.City) -> None:
    ledger = Ledger(city.client, 4)
    ledger.grow(100)
    answers = iter(
        (False, False, True)
    )  # before the figures are read, before the first indicator, before the second
    progress: list[tuple[int, int]] = []
    with pytest.raises(Stopped):
        assessor().refresh(
            city.client,
            stop=lambda: next(answers),
            progress=lambda judged, due: progress.append((judged, due)),
        )
    assert progress == [(0, 4), (1, 4)]
    judged = "SELECT count(DISTINCT indicator) FROM lights"
    assert city.client.query(judged).result_rows == [(1,)]
    assert city.client.query("SELECT count() FROM assessments").result_rows == [(0,)]
    assessor().refresh(city.client)
    assert city.client.query(judged).result_rows == [(4,)]
    same(city.client)
