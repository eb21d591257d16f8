"""The whole verification: ledger → statements → spells → figures, compared with what ClickHouse answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from clickhouse_connect.driver.client import Client

from pulse.errors import Stopped
from pulse.verify.answers import Expected, figure_differences
from pulse.verify.balance import (
    balance_differences,
    letter_differences,
    offset_differences,
    position_differences,
    settled,
)
from pulse.verify.counted import Counted
from pulse.verify.counts import Counts
from pulse.verify.days import local_days
from pulse.verify.difference import Difference
from pulse.verify.facts import digests, fact_differences
from pulse.verify.formulas import figures
from pulse.verify.gaps import gaps
from pulse.verify.ledger import LedgerRow, rows, topics
from pulse.verify.logs import TopicLog, logs_of
from pulse.verify.measures import Digest, spells, statements
from pulse.verify.moment import Moment, moment
from pulse.verify.online import Devices, rosters
from pulse.verify.regions import Area
from pulse.verify.replay import replay
from pulse.verify.report import Report
from pulse.verify.statements import readers
from pulse.verify.stored import cell_differences, device_hour_differences
from pulse.verify.topic import Topic
from schemas.catalogue.model import Catalogue
from schemas.event_type import EventType
from schemas.regions import Regions

_PAUSE = 0.5


def verify(
    client: Client,
    catalogue: Catalogue,
    regions: Regions,
    types: Mapping[str, EventType],
    wait: float = 0,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Recompute everything from the ledger and report each difference.

    A worker may be counting: for up to `wait` seconds this waits until no flush is half done, and starts
    again where it found differences and counting went on meanwhile. `stop`: asked before each query, row and
    figure. Raises Stopped where `stop` is true, and CannotVerify where no generation answers yet.
    """
    began = time.monotonic()
    while True:
        before = moment(client, catalogue, regions)
        while not settled(client, before.generation, before.logs) and time.monotonic() - began < wait:
            _heed(stop)
            time.sleep(_PAUSE)
            before = moment(client, catalogue, regions)
        run = _Run(client, catalogue, regions, types, before, stop)
        differences = tuple(run.differences())
        moved = moment(client, catalogue, regions) != before
        if not (differences and moved) or time.monotonic() - began >= wait:
            return Report(
                len(catalogue.indicators), run.regions, len(before.hours), run.rows, differences,
                time.monotonic() - began, moved,
            )  # fmt: skip


class _Run:
    """One verification. Topics are read one after the other; only what was counted is kept of each."""

    def __init__(
        self,
        client: Client,
        catalogue: Catalogue,
        regions: Regions,
        types: Mapping[str, EventType],
        at: Moment,
        stop: Callable[[], bool],
    ) -> None:
        self.rows = self.regions = 0
        self._client, self._catalogue, self._city, self._types = client, catalogue, regions, types
        self._moment = at
        self._stop = stop
        self._local_day = local_days(regions.zone)
        self._readers = readers(catalogue, types)
        self._rosters = rosters(catalogue)
        self._devices = Devices(at.hours)
        self._counts: dict[str, Counts] = {}

    def differences(self) -> Iterator[Difference]:
        """Everything that does not agree with the ledger."""
        read = []
        known = self._moment.logs
        for name in sorted(topics(self._client) | {m.topic for m in self._catalogue.measures.values()}):
            topic = replay(
                name,
                logs_of(known, name),
                self._rows,
                partial(gaps, self._client),
                self._types,
                self._readers,
                self._local_day,
            )
            yield from topic.differences
            yield from self._measures(topic)
            topic.standing.clear()
            topic.device_hours.clear()
            read.append(topic)
            self.rows += topic.received.total()
        self._heed()
        yield from position_differences(read, known, self._moment.positions)
        yield from letter_differences(self._client, read, known)
        self._heed()
        yield from balance_differences(self._client, read)
        self._heed()
        yield from offset_differences(self._client, read)
        self._heed()
        yield from cell_differences(self._client, self._moment.generation, self._counts)
        yield from self._figures()

    def _measures(self, topic: Topic) -> Iterator[Difference]:
        """Count a topic's measures, and compare stored facts and device hours with what the events say."""
        log = logs_of(self._moment.logs, topic.name)[-1].name
        facts = digests(self._client, self._moment.generation, log)
        for key, measure in self._catalogue.counted.items():
            if measure.topic != topic.name:
                continue
            self._heed()
            if measure.reducer == "seen":
                device_hours = set().union(*(topic.device_hours.get(feed.type, ()) for feed in measure.feeds))
                self._devices.add_device_hours(key, device_hours)
                yield from device_hour_differences(self._client, key, device_hours)
                continue
            said, digest = statements(key, topic.standing, self._readers, self._local_day)
            by_subject = {subject: list(spells(measure, about)) for subject, about in said.items()}
            if key in self._rosters:
                for device, time_on in by_subject.items():
                    self._devices.register(key, device, time_on)
            self._counts[key] = Counts.of(measure.flow, (s for own in by_subject.values() for s in own))
            if facts.get(key, Digest(0, 0)) != digest:
                yield from fact_differences(self._client, self._moment.generation, log, key, said)

    def _figures(self) -> Iterator[Difference]:
        recorded = {region for counts in self._counts.values() for region in counts.regions}
        area = Area(self._city, self._catalogue.plan, recorded)
        self.regions = len(area.codes)
        days = list(self._moment.hours)
        counted = Counted(self._catalogue, area, days, self._counts, self._devices)
        found = []
        for indicator in self._catalogue.indicators:
            self._heed()
            found.append(figures(counted, indicator))
        expected = Expected(self._catalogue.indicators, area, days, found)
        yield from figure_differences(self._client, expected, self._heed)

    def _rows(self, log: TopicLog) -> Iterator[LedgerRow]:
        for row in rows(self._client, log):
            self._heed()
            yield row

    def _heed(self) -> None:
        _heed(self._stop)


def _heed(stop: Callable[[], bool]) -> None:
    """Raises Stopped where `stop` is true."""
    if stop():
        raise Stopped
