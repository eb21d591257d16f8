"""Adds up from the ledger who reported, when, how much and how late. Each update reads on from where the last
one ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from clickhouse_connect.driver.client import Client

from pulse.assessor.rows import Moment, wide
from pulse.lights.aim import heartbeats
from pulse.lights.silence import Ints, Reports
from schemas.catalogue.model import Catalogue, Online
from schemas.regions import Regions
from sinks.clickhouse.logs import beginnings
from sinks.clickhouse.tables import LATENESS_BIN
from sinks.clickhouse.views.dimensions import literal
from streams.logs import LogPartition, log_number, topic_of

# FINAL, as an offset may be in the ledger more than once until parts are merged. The condition follows the primary key.
_ARRIVED = """
SELECT splitByChar('@', topic)[1] AS department, type IN {heartbeats:Array(String)} AS heartbeat,
    left(region, 6) AS county, toDate32(toTimeZone(append_time, {zone:String})) AS day, count() AS received,
    countIf(outcome = 'refused') AS refused, countIf(outcome = 'duplicate') AS duplicate,
    countIf(outcome = 'conflict') AS conflict
FROM events FINAL WHERE outcome != 'passed-over' AND (%s)
GROUP BY department, heartbeat, county, day
"""
_LATE = """
SELECT department, day, groupArray(bin) AS bins, groupArray(events) AS counts
FROM
(
    SELECT splitByChar('@', topic)[1] AS department, toDate32(toTimeZone(append_time, {zone:String})) AS day,
        dateDiff('second', time, append_time) AS late,
        toInt16(sign(late) * if(late = 0, 0, 1 + ceil(log(abs(late)) / log({width:Float64}) - 1e-9))) AS bin,
        count() AS events
    FROM events FINAL WHERE outcome = 'counted' AND (%s)
    GROUP BY department, day, late
)
GROUP BY department, day
"""
_COMMUNITIES = """
SELECT region, toDate32(toTimeZone(max(append_time), {zone:String})) AS last_day
FROM events
WHERE length(region) = 12 AND type NOT IN (SELECT type FROM roster_types) AND (%s)
GROUP BY region
"""


class Arrived(NamedTuple):
    """How many events of one county were appended to a department's log on a day, by outcome."""

    received: int
    refused: int
    duplicate: int
    conflict: int


class _Days:
    """The days on which something came, each once."""

    def __init__(self) -> None:
        self._days: set[int] = set()
        self._in_order: Ints | None = None

    def add(self, day: int) -> bool:
        """Add a day; returns whether it is a new one."""
        if day in self._days:
            return False
        self._days.add(day)
        self._in_order = None
        return True

    @property
    def in_order(self) -> Ints:
        """The days in order; the same array until a day is added."""
        if self._in_order is None:
            self._in_order = np.array(sorted(self._days), np.int64)
        return self._in_order


class Arrivals:
    """What an assessor knows about arrivals, exact at the positions of the last update. One thread at a time."""

    def __init__(self, catalogue: Catalogue, regions: Regions) -> None:
        self._start, self._zone = catalogue.plan.start, regions.zone
        seen = {each.formula.seen for each in catalogue.indicators if isinstance(each.formula, Online)}
        self._heartbeats = sorted({feed.type for key in seen for feed in catalogue.measures[key].feeds})
        self._departments: dict[str, _Days] = defaultdict(_Days)
        self._counties: dict[tuple[str, str], _Days] = defaultdict(_Days)
        self._at: dict[LogPartition, int] = {}
        self._arrived: dict[tuple[date, str, str], Arrived] = {}
        self._late: dict[tuple[date, str], Counter[int]] = defaultdict(Counter)
        self._communities: dict[str, date] = {}
        self._moved: tuple[set[tuple[date, str, str]], set[tuple[date, str]], set[str]] = set(), set(), set()

    def update(self, client: Client, now: Mapping[LogPartition, int]) -> set[str]:
        """Read what was counted since the last update. Returns the sources with another day of reports, and
        those whose heartbeats came.

        All or nothing: where reading fails, the next update reads the same again.
        """
        upto = dict(now) if self._at else {**now, **_earlier(client, now)}
        where = spans(self._at, upto)
        if where == "false":
            return set()
        parameters = {"heartbeats": self._heartbeats, "zone": self._zone, "width": LATENESS_BIN}

        def ask(query: str) -> Sequence[Sequence[Any]]:
            rows: Sequence[Sequence[Any]] = client.query(query % where, parameters=parameters).result_rows
            return rows

        arrived, late, communities = ask(_ARRIVED), ask(_LATE), ask(_COMMUNITIES)
        self._at |= upto
        self._add(arrived, late, communities)
        return self._reported(arrived)

    def _add(
        self,
        arrived: Sequence[Sequence[Any]],
        late: Sequence[Sequence[Any]],
        communities: Sequence[Sequence[Any]],
    ) -> None:
        days, histograms, places = self._moved
        for department, _, county, day, *more in arrived:
            key = (day, department, county)
            known = self._arrived.get(key, Arrived(0, 0, 0, 0))
            self._arrived[key] = Arrived(*(a + b for a, b in zip(known, more, strict=True)))
            days.add(key)
        for department, day, bins, counts in late:
            histogram = self._late[day, department]
            for number, count in zip(bins, counts, strict=True):
                histogram[number] += count
            histograms.add((day, department))
        for community, day in communities:
            if community not in self._communities or self._communities[community] < day:
                self._communities[community] = day
                places.add(community)

    def _reported(self, arrived: Sequence[Sequence[Any]]) -> set[str]:
        fresh = set()
        for department, heartbeat, county, day, *_ in arrived:
            index = (day - self._start).days
            if heartbeat:
                fresh.add(heartbeats(department))  # no cell says which devices sent one
            for source in (department, heartbeats(department)) if heartbeat else (department,):
                new = self._departments[source].add(index)
                if county:
                    new |= self._counties[source, county].add(index)
                if new:
                    fresh.add(source)
        return fresh

    @property
    def reports(self) -> Reports:
        """Who reported when. The array of a source is the same object until a day is added."""
        return Reports(
            {source: days.in_order for source, days in self._departments.items()},
            {key: days.in_order for key, days in self._counties.items()},
        )

    def write(self, client: Client, now: Moment) -> None:
        """Write the rows that changed since they were last written."""
        for table, rows in self._tables(now):
            if rows.num_rows:
                client.insert_arrow(table, rows)
        for moved in self._moved:
            moved.clear()

    def _tables(self, now: Moment) -> list[tuple[str, pa.Table]]:
        days, histograms, places = sorted(self._moved[0]), sorted(self._moved[1]), sorted(self._moved[2])

        def common(count: int) -> dict[str, Any]:
            return {"generation": pa.repeat(now.generation, count), "version": wide(now.version, count)}

        def column(values: Sequence[Any], kind: Any) -> Any:
            return pa.array(values, kind)

        arrived = [self._arrived[key] for key in days]
        late = [sorted(self._late[key].items()) for key in histograms]
        numbers = {
            name: column([getattr(each, name) for each in arrived], pa.uint64()) for name in Arrived._fields
        }
        return [
            ("arrivals", pa.table({
                **common(len(days)), "day": column([day for day, _, _ in days], pa.date32()),
                "department": column([department for _, department, _ in days], pa.string()),
                "county": column([county for _, _, county in days], pa.string()), **numbers,
            })),
            ("lateness", pa.table({
                **common(len(late)), "day": column([day for day, _ in histograms], pa.date32()),
                "department": column([department for _, department in histograms], pa.string()),
                "bins": column([[number for number, _ in each] for each in late], pa.list_(pa.int16())),
                "counts": column([[count for _, count in each] for each in late], pa.list_(pa.uint64())),
            })),
            ("community_reports", pa.table({
                **common(len(places)), "community": column(places, pa.string()),
                "last_day": column([self._communities[each] for each in places], pa.date32()),
            })),
        ]  # fmt: skip


def _earlier(client: Client, now: Mapping[LogPartition, int]) -> dict[LogPartition, int]:
    """The ends of the logs before the current ones: the reports in them count as well."""
    today = {topic_of(log): log_number(log) for log, _ in now}
    return {
        (each.before, partition): last
        for each in beginnings(client)
        if each.number <= today.get(each.topic, 0)
        for partition, last in enumerate(each.lasts)
    }


def spans(
    before: Mapping[LogPartition, int], now: Mapping[LogPartition, int], *, open_ended: bool = False
) -> str:
    """The SQL condition for rows between two positions; without an upper bound if `open_ended`. It follows
    the primary key, so that no more is read."""
    parts = []
    for (topic, partition), at in now.items():
        since = before.get((topic, partition), -1)
        if since != at:
            end = "" if open_ended else f" AND offset <= {at}"
            parts.append(f"topic = {literal(topic)} AND partition = {partition} AND offset > {since}{end}")
    return "(" + ") OR (".join(parts) + ")" if parts else "false"
