"""Two departments that talk all the while, a known share of it refused: for tests of what rings about that."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice

import orjson

from pulse.simulate.dispatch import Dispatch
from streams.partition import partition_of
from tests.faults.waiting import meanwhile

TYPES = {"civil-affairs": "civil-affairs.elder-visit", "smart-community": "smart-community.device"}
_DATA = {"civil-affairs": {}, "smart-community": {"listed": True, "kind": "video"}}
_SUBJECTS = 6_000
EVERY, AT_ONCE = 0.2, 10
"""Every so many seconds each department says so much: some 250 in five seconds."""
_LONG = 4_000
"""Bytes: a worker that takes 4 MiB of a partition at a time gets a thousand messages of this length."""


class Talk:
    """What both say. `shares`: department → which share of its messages is refused from now on, exactly."""

    def __init__(self, send: Callable[[Sequence[Dispatch]], None], partitions: int) -> None:
        self.shares = dict.fromkeys(TYPES, 0.0)
        self._send, self._partitions = send, partitions
        self._said: defaultdict[str, int] = defaultdict(int)
        self._owed: defaultdict[str, float] = defaultdict(float)
        self._one_at_a_time = threading.Lock()

    def say(self, department: str, count: int, region: str = "370811") -> None:
        """So many messages more, of other subjects in each region."""
        with self._one_at_a_time:
            self._send(self._make(department, region, count))

    def make(self, department: str, count: int) -> list[Dispatch]:
        """So many messages more, which are not sent."""
        with self._one_at_a_time:
            return self._make(department, "370811", count)

    def flood(self, department: str, count: int) -> None:
        """So many at once, all long and in one partition."""
        here = [n for n in range(_SUBJECTS) if partition_of(_subject("370811", n), self._partitions) == 0]
        with self._one_at_a_time:
            said = [self._next(department, "370811", n) for n in islice(cycle(here), count)]
            self._send([one._replace(value=(one.value or b"").ljust(_LONG)) for one in said])

    def refusable(self, department: str, partition: int, count: int) -> None:
        """So many that are refused, one after the other in one partition, with nothing between them."""
        with self._one_at_a_time:
            self._send(
                [self._one(department, "", "", b"{")._replace(partition=partition) for _ in range(count)]
            )

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """All the while."""

        def talk(over: threading.Event) -> None:
            while not over.wait(EVERY):
                for department in TYPES:
                    self.say(department, AT_ONCE)

        with meanwhile(talk):
            yield

    def _make(self, department: str, region: str, count: int) -> list[Dispatch]:
        return [self._next(department, region, self._said[department]) for _ in range(count)]

    def _next(self, department: str, region: str, number: int) -> Dispatch:
        self._owed[department] += self.shares[department]
        refused = self._owed[department] >= 1
        self._owed[department] -= refused
        return self._one(department, _subject(region, number), region, b"{" if refused else None)

    def _one(self, department: str, subject: str, region: str, broken: bytes | None) -> Dispatch:
        self._said[department] += 1
        event = {
            "specversion": "1.0", "id": f"{department}-{self._said[department]}", "source": f"//{department}/system",
            "type": TYPES[department], "subject": subject, "time": "2023-11-10T09:00:00+08:00",
            "data": {**_DATA[department], "region": region},
        }  # fmt: skip
        headers = [("content-type", b"application/cloudevents+json")]
        return Dispatch(0, department, subject.encode(), broken or orjson.dumps(event), headers, None)


def _subject(region: str, number: int) -> str:
    return f"{region}-{number % _SUBJECTS}"
