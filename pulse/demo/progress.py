"""Progress of the demo's year, for the bar in the terminal and for the board until it has lights."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from datetime import time as Clock
from zoneinfo import ZoneInfo

from dashboards.web.model.frame import DepartmentInfo, PlanInfo
from dashboards.web.pages.waiting import Progress
from pulse.app.city import City
from pulse.simulate.dispatch import Dispatch
from streams.shard import Shard

LATELY = 10.0
"""Seconds over which the rate is averaged."""


class YearProgress:
    """Progress of a year that is published, counted and judged, as reported by its parts.

    Any thread may read `now`, because it is always replaced as a whole.
    """

    def __init__(self, city: City) -> None:
        plan, regions = city.catalogue.plan, city.regions
        self._zone = ZoneInfo(regions.zone)
        self._offices = [
            DepartmentInfo(topic, name.zh.removeprefix(regions.zh), name.en)
            for topic in city.topics
            for name in (city.catalogue.departments[topic].name,)
        ]
        self._days: list[tuple[int, date]] = []
        self._lately: deque[tuple[float, int]] = deque()
        self.published = 0
        self.now = Progress(
            PlanInfo(plan.name.zh, plan.name.en, plan.start, plan.due, regions.zone, regions.code),
            sent=[(office, 0) for office in self._offices],
        )

    def watched(self, dispatches: Iterable[Dispatch]) -> Iterator[Dispatch]:
        """Pass the dispatches through, recording at which message each day of the year begins."""
        start, due = self.now.plan.start, self.now.plan.due
        turns = self._midnight(start)  # messages from before the plan's first day begin no day of the plan
        for dispatch in dispatches:
            if dispatch.published_at_us >= turns:
                day = datetime.fromtimestamp(dispatch.published_at_us / 1_000_000, self._zone).date()
                self._days.append((self.published, min(day, due)))
                turns = self._midnight(day + timedelta(1))
            self.published += 1
            yield dispatch

    def counting(self, shards: Iterable[Shard], total: int) -> Progress:
        """Update from the worker's positions. `total`: messages to be published.

        The worker sends misplaced messages on, so it may count more than `total`.
        """
        at, sent = time.monotonic(), dict.fromkeys((office.department for office in self._offices), 0)
        for shard in shards:
            sent[shard.topic] += shard.position + 1
        counted = sum(sent.values())
        rate = self._rate(at, counted)
        total = max(total, counted)
        self.now = self.now._replace(
            stage="counting", done=counted / total if total else 0.0, day=self._day(counted), counted=counted, total=total,
            rate=rate, seconds=(total - counted) / rate if rate else None,
            sent=[(office, sent[office.department]) for office in self._offices],
        )  # fmt: skip
        return self.now

    def judging(self, done: float, seconds: float) -> None:
        """Update while indicators are being judged: the share that is done, and the seconds it took."""
        left = seconds * (1 - done) / done if done else None
        self.now = self.now._replace(stage="judging", done=done, seconds=left)

    def _rate(self, at: float, counted: int) -> float:
        """Messages a second over the last LATELY seconds, because a worker is slower at its start."""
        lately = self._lately
        lately.append((at, counted))
        while len(lately) > 2 and lately[1][0] <= at - LATELY:
            lately.popleft()
        begun, before = lately[0]
        return (counted - before) / (at - begun) if at > begun else 0.0

    def _day(self, counted: int) -> date | None:
        """The day of the publisher's message number `counted`; None before the plan's first day."""
        n = bisect_right(self._days, counted - 1, key=lambda one: one[0])
        return self._days[n - 1][1] if n else None

    def _midnight(self, day: date) -> int:
        return int(datetime.combine(day, Clock(), self._zone).timestamp()) * 1_000_000
