"""Offsets that hold no event: the table `gaps`, whose ranges may overlap."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from pulse.verify.logs import TopicLog

_GAPS = """
SELECT partition, first, last, toUnixTimestamp64Milli(append_time) * 1000 FROM gaps FINAL
WHERE topic = {topic:String} ORDER BY partition, first, last
"""


class Gap(NamedTuple):
    """No event lies from `first` up to and including `last`."""

    first: int
    last: int
    time: int
    """When the last event before it was appended, in microseconds UTC; 0 where there is none."""


class Gaps:
    """The gaps of one partition, in order and merged, so that they do not touch."""

    def __init__(self, ranges: Iterable[Gap] = ()) -> None:
        """`ranges` in the order of their first offsets; they may overlap."""
        self.all: list[Gap] = []
        for gap in ranges:
            if self.all and gap.first <= self.all[-1].last + 1:
                before = self.all[-1]
                self.all[-1] = before._replace(last=max(before.last, gap.last))
            else:
                self.all.append(gap)
        self._firsts = [gap.first for gap in self.all]

    def __contains__(self, offset: int) -> bool:
        at = bisect_right(self._firsts, offset) - 1
        return at >= 0 and offset <= self.all[at].last

    def __len__(self) -> int:
        """How many offsets they hold."""
        return sum(gap.last - gap.first + 1 for gap in self.all)

    def missing(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The ranges from `first` up to and including `last` that no gap covers."""
        at = max(0, bisect_right(self._firsts, first) - 1)
        for gap in self.all[at:]:
            if gap.first > last:
                break
            if first < gap.first:
                yield first, gap.first - 1
            first = max(first, gap.last + 1)
        if first <= last:
            yield first, last


NONE = Gaps()


def gaps(client: Client, log: TopicLog) -> Mapping[int, Gaps]:
    """Partition → its gaps in a log. What lies after the log's end is left out."""
    found: dict[int, list[Gap]] = {}
    for partition, first, last, time in client.query(_GAPS, parameters={"topic": log.name}).result_rows:
        end = last if log.lasts is None else min(last, log.lasts.get(partition, -1))
        if first <= end:
            found.setdefault(partition, []).append(Gap(first, end, time))
    return {partition: Gaps(ranges) for partition, ranges in found.items()}
