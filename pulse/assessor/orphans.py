"""Finds events that count in no figure: link by link, when something moved, and slowly enough not to disturb
other work."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from pulse.assessor.rows import Moment
from schemas.catalogue.links import Link, links
from schemas.catalogue.model import Catalogue
from schemas.masking import mask_value
from schemas.orphans import Sample
from sinks.clickhouse.logs import beginnings
from streams.logs import LogPartition, log_name, topic_of

REST = 10.0
"""The pause before the next look, as a multiple of the time that the last one took: a tenth of a core,
however large the city."""
FEW = 1000
"""The most subjects that are named in a query; where more are in doubt, all subjects are looked at."""
SAMPLES = 5
"""How many orphans of each kind in each county are named: the latest."""

_FOUND = """
SELECT measure, kind, left(region, 6) AS county, count() AS events,
    groupArraySorted({samples:UInt8})((
        -toUnixTimestamp64Micro(toDateTime64(time, 6)), source, id, type, subject, region, log, partition, offset
    )) AS latest
FROM (%s)
GROUP BY measure, kind, county
ORDER BY measure, kind, county
"""
_SUBJECTS = """
SELECT {measure:String} AS measure, * FROM subject_orphans(measure = {measure:String}, home = {home:String},
    cohort = {cohort:Bool}, lapsing = {lapsing:Array(String)}, period = {period:String}, among = {among:Array(String)},
    everyone = {everyone:Bool})
"""
_PLACES = """
SELECT * FROM place_orphans(measures = {measures:Array(String)}, among = {among:Array(String)}, everyone = {everyone:Bool})
"""
_DEVICES = """
SELECT {measure:String} AS measure, kind, region, time, '' AS source, '' AS id, '' AS type, subject, '' AS log,
    0 AS partition, toInt64(-1) AS offset
FROM device_orphans(measure = {measure:String})
"""
_DOUBTFUL_SUBJECTS = """
SELECT subject FROM doubtful_subjects(measure = {measure:String}, home = {home:String}, cohort = {cohort:Bool})
"""
_DOUBTFUL_PLACES = "SELECT measure, subject FROM doubtful_places"


class Found(NamedTuple):
    """The orphans of a link, of one kind and in one county."""

    kind: str
    county: str
    events: int
    samples: tuple[Sample, ...]


def find(
    client: Client, alike: Sequence[Link], firsts: Mapping[LogPartition, int]
) -> dict[Link, list[Found]]:
    """The orphans of one link, or of all links that need places, by the present facts. Blocks.

    `firsts`: the first offset of each partition, for logs that are not their topic's first.
    """
    found: dict[str, list[Found]] = {}
    for measure, kind, county, events, latest in _rows(client, alike):
        samples = tuple(_sample(each, firsts) for each in latest)
        found.setdefault(measure, []).append(Found(kind, county, events, samples))
    return {link: found.get(link.measure, []) for link in alike}


def _rows(client: Client, alike: Sequence[Link]) -> Sequence[Sequence[Any]]:
    """(measure, kind, county, events, the latest few). The first query finds the subjects in doubt, mostly
    none; the second looks only at those."""
    link = alike[0]
    parameters: dict[str, Any] = {
        "measure": link.measure, "home": link.home, "cohort": link.cohort, "lapsing": list(link.lapsing),
        "period": link.period, "samples": SAMPLES,
    }  # fmt: skip
    if link.needs == "device":
        return _ask(client, _FOUND % _DEVICES, parameters)
    if link.needs == "place":
        doubtful = _ask(client, _DOUBTFUL_PLACES, parameters)
        parameters["measures"] = sorted(
            {measure for measure, _ in doubtful} & {each.measure for each in alike}
        )
        query = _FOUND % _PLACES
    else:
        doubtful = _ask(client, _DOUBTFUL_SUBJECTS, parameters)
        query = _FOUND % _SUBJECTS
    among = sorted({subject for *_, subject in doubtful})
    parameters["everyone"] = len(among) > FEW
    parameters["among"] = among if len(among) <= FEW else []
    return _ask(client, query, parameters) if doubtful else ()


def _ask(client: Client, query: str, parameters: dict[str, Any]) -> Sequence[Sequence[Any]]:
    rows: Sequence[Sequence[Any]] = client.query(query, parameters=parameters).result_rows
    return rows


def _sample(row: Sequence[Any], firsts: Mapping[LogPartition, int]) -> Sample:
    before, source, record_id, event_type, subject, region, log, partition, offset = row
    known = offset >= firsts.get((log, partition), 0)
    return Sample(
        datetime.fromtimestamp(-before / 1_000_000, UTC),
        mask_value(source),
        mask_value(record_id),
        event_type,
        mask_value(subject),
        region,
        f"{log}/{partition}/{offset}" if known else "",
    )


_WRITTEN = """
SELECT measure, needs, kinds, counties, events, samples FROM orphans FINAL WHERE generation = {generation:String}
"""


class Orphans:
    """Keeps the table `orphans` up to date for one generation. One thread at a time; every method blocks."""

    def __init__(self, catalogue: Catalogue) -> None:
        every = links(catalogue)
        places = tuple(link for link in every if link.needs == "place")
        self._looks = [(link,) for link in every if link.needs != "place"] + ([places] if places else [])
        """Links that are looked at together: those that need places share the rosters."""
        self._at: dict[tuple[Link, ...], dict[LogPartition, int]] = {}
        """The positions at which links were last looked at; the links that have waited longest are first."""
        self._next = 0.0
        self._written: dict[tuple[str, str], OrphanRow] | None = None

    def update(self, client: Client, now: Moment, stop: Callable[[], bool] = lambda: False) -> int:
        """Look at links whose topics have moved since the last look; returns how many rows were written.

        Links that were never looked at are all looked at now. Otherwise a call takes one entry of `_looks`,
        and only after the pause that `REST` sets; a later call takes the next one, even if nothing has moved
        meanwhile. `stop`: asked before each; where it is true, the rest is left to a later call.
        """
        due = [look for look in self._looks if _positions(now, look) != self._at.get(look)]
        if not due or monotonic() < self._next:
            return 0
        if self._written is None:
            rows = client.query(_WRITTEN, parameters={"generation": now.generation}).result_rows
            self._written = {(measure, needs): OrphanRow(*map(tuple, row)) for measure, needs, *row in rows}
        firsts = _firsts(client)
        fresh = [look for look in due if look not in self._at]
        oldest = next((look for look in self._at if look in due), None)
        written = 0
        begun = monotonic()
        for look in fresh or ([oldest] if oldest else []):
            if stop():
                break
            for link, found in find(client, look, firsts).items():
                row = OrphanRow.of(found)
                if row != self._written.get((link.measure, link.needs), OrphanRow((), (), (), ())):
                    _write(client, now, link, row)
                    self._written[link.measure, link.needs] = row
                    written += 1
            self._at.pop(look, None)
            self._at[look] = _positions(now, look)
        ended = monotonic()
        self._next = ended + REST * (ended - begun)
        return written


def _positions(now: Moment, look: Sequence[Link]) -> dict[LogPartition, int]:
    """The positions of the topics that can change the orphans of these links."""
    topics = frozenset[str]().union(*(link.topics for link in look))
    return {place: at for place, at in now.positions.items() if topic_of(place[0]) in topics}


def _firsts(client: Client) -> dict[LogPartition, int]:
    return {
        (log_name(each.topic, each.number), partition): first
        for each in beginnings(client)
        for partition, first in enumerate(each.firsts)
    }


class OrphanRow(NamedTuple):
    """All orphans of a link as the table has them: kind, county, number and samples, one element each for
    every kind and county."""

    kinds: tuple[str, ...]
    counties: tuple[str, ...]
    events: tuple[int, ...]
    samples: tuple[str, ...]

    @classmethod
    def of(cls, found: Sequence[Found]) -> OrphanRow:
        """The row for what was found."""
        return cls(
            tuple(part.kind for part in found),
            tuple(part.county for part in found),
            tuple(part.events for part in found),
            tuple(json.dumps([each.plain() for each in part.samples], ensure_ascii=False) for part in found),
        )


def _write(client: Client, now: Moment, link: Link, row: OrphanRow) -> None:
    names = ["generation", "measure", "needs", *OrphanRow._fields, "version"]
    values = [now.generation, link.measure, link.needs, *map(list, row), now.version]
    client.insert("orphans", [values], column_names=names)
