"""Events that count for nobody, found by the assessor: link by link, when something moved, at a rate that nobody feels."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from schemas.catalogue.links import Link, links
from schemas.catalogue.model import Catalogue
from schemas.masking import mask_value
from sinks.clickhouse.light_rows import Moment, Place
from sinks.clickhouse.logs import beginnings
from streams.logs import log_name, topic_of

REST = 20.0
"""How many times longer than a look took it is rested before the same link is looked at again: 5 % of a core a link."""
LEAST = 5.0
"""Seconds between two looks at one link, however quick they are."""
SAMPLES = 5
"""Orphans that are named of each kind in each county: the latest."""

_FACTS = """
SELECT kind, left(region, 6) AS county, count() AS events,
    groupArraySorted({samples:UInt8})((
        -toUnixTimestamp64Micro(time), source, id, type, subject, region, log, partition, offset
    )) AS latest
FROM %s
GROUP BY kind, county
ORDER BY kind, county
"""
_SUBJECTS = (
    "subject_orphans(measure = {measure:String}, home = {home:String}, cohort = {cohort:Bool}, "
    "lapsing = {lapsing:Array(String)}, period = {period:String})"
)
_PLACES = (
    "place_orphans(measure = {measure:String}, home = {home:String}, level = {level:Bool}, period = {period:String}, "
    "counties = {counties:Bool})"
)
_DEVICES = """
SELECT kind, left(region, 6) AS county, count() AS events,
    groupArraySorted({samples:UInt8})((
        -toUnixTimestamp(time) * 1000000, '', '', '', subject, region, '', 0, toInt64(-1)
    )) AS latest
FROM device_orphans(measure = {measure:String})
GROUP BY kind, county
ORDER BY kind, county
"""


class Sample(NamedTuple):
    """An orphan, as it may be shown: ids and subjects that look like a person's are masked."""

    time: datetime
    """UTC."""
    source: str
    id: str
    type: str
    subject: str
    region: str
    place: str
    """topic/partition/offset of the message; empty where nobody knows: of events that were counted in an earlier log of
    their topic. Of heartbeats only the device is known, and when and where it was last heard."""

    def text(self) -> str:
        """As the table keeps it."""
        return json.dumps([self.time.isoformat(), *self[1:]], ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> Sample:
        """Read back what `text` wrote."""
        time, *rest = json.loads(text)
        return cls(datetime.fromisoformat(time), *rest)


class Found(NamedTuple):
    """The orphans of one kind that a link has in one county."""

    kind: str
    county: str
    events: int
    samples: tuple[Sample, ...]


def find(client: Client, link: Link, firsts: Mapping[Place, int]) -> list[Found]:
    """The orphans of a link as the facts are now. `firsts`: of logs that are not their topic's first, the first offset of
    each partition. Blocks."""
    words: dict[str, Any] = {"measure": link.measure, "samples": SAMPLES}
    if link.needs == "device":
        query = _DEVICES
    elif link.needs == "place":
        query = _FACTS % _PLACES
        words |= {"home": link.home, "level": link.level, "period": link.period, "counties": link.counties}
    else:
        query = _FACTS % _SUBJECTS
        words |= {
            "home": link.home, "cohort": link.cohort, "lapsing": list(link.lapsing), "period": link.period,
        }  # fmt: skip
    rows = client.query(query, parameters=words).result_rows
    return [
        Found(kind, county, events, tuple(_sample(each, firsts) for each in latest))
        for kind, county, events, latest in rows
    ]


def _sample(row: Sequence[Any], firsts: Mapping[Place, int]) -> Sample:
    before, source, id, type, subject, region, log, partition, offset = row
    known = offset >= firsts.get((log, partition), 0)
    return Sample(
        datetime.fromtimestamp(-before / 1_000_000, UTC),
        mask_value(source),
        mask_value(id),
        type,
        mask_value(subject),
        region,
        f"{log}/{partition}/{offset}" if known else "",
    )


class Orphans:
    """Keeps the table `orphans` true. One thread at a time; every method blocks."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._links = links(catalogue)
        self._at: dict[Link, dict[Place, int]] = {}
        """The positions that a link was last looked at with."""
        self._next: dict[Link, float] = {}
        self._written: dict[Link, list[Found]] = {}

    def update(self, client: Client, now: Moment, stop: Callable[[], bool] = lambda: False) -> int:
        """Look at the links that something was said of since, unless they were looked at a moment ago; how many rows were
        written. What is put off is seen by a later call, though nothing moved meanwhile."""
        written = 0
        firsts: dict[Place, int] | None = None
        for link in self._links:
            upto = {place: at for place, at in now.positions.items() if topic_of(place[0]) in link.topics}
            begun = monotonic()
            if upto == self._at.get(link) or begun < self._next.get(link, 0.0) or stop():
                continue
            if firsts is None:
                firsts = _firsts(client)
            found = find(client, link, firsts)
            if found != self._written.get(link):
                _write(client, now, link, found)
                self._written[link] = found
                written += 1
            self._at[link] = upto
            ended = monotonic()
            self._next[link] = ended + max(LEAST, REST * (ended - begun))
        return written


def _firsts(client: Client) -> dict[Place, int]:
    return {
        (log_name(each.topic, each.number), partition): first
        for each in beginnings(client)
        for partition, first in enumerate(each.firsts)
    }


def _write(client: Client, now: Moment, link: Link, found: Sequence[Found]) -> None:
    samples = [json.dumps([each.text() for each in part.samples]) for part in found]
    row = (
        now.generation, link.measure, link.needs, [part.kind for part in found], [part.county for part in found],
        [part.events for part in found], samples, now.version,
    )  # fmt: skip
    names = ["generation", "measure", "needs", "kinds", "counties", "events", "samples", "version"]
    client.insert("orphans", [row], column_names=names)


_NOW = """
SELECT department, measure, measure_zh, measure_en, indicators, types, kind, kind_zh, kind_en, county, events, samples
FROM orphans_now
ORDER BY department, measure, kind, events DESC, county
"""


class Orphaned(NamedTuple):
    """A row of `orphans_now`: the orphans of one kind that a measure has in one county."""

    department: str
    measure: str
    measure_zh: str
    measure_en: str
    indicators: tuple[str, ...]
    """Those that they would have moved."""
    types: tuple[str, ...]
    """The event types that would have told what is missing."""
    kind: str
    kind_zh: str
    kind_en: str
    county: str
    events: int
    samples: tuple[Sample, ...]


def orphaned(client: Client) -> list[Orphaned]:
    """What the assessor found. Blocks."""
    return [
        Orphaned(*row[:4], tuple(row[4]), tuple(row[5]), *row[6:11], tuple(map(Sample.of, json.loads(row[11]))))
        for row in client.query(_NOW).result_rows
    ]
