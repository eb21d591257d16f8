"""Two departments that talk all the while, a known share of it refused: for tests of what rings about that."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import orjson

from simulate.dispatch import Dispatch
from tests.faults.waiting import meanwhile

TYPES = {"civil-affairs": "civil-affairs.elder-visit", "smart-community": "smart-community.device"}
_DATA = {"civil-affairs": {}, "smart-community": {"listed": True, "kind": "video"}}
_SUBJECTS = 60
EVERY, AT_ONCE = 0.2, 5
"""Every so many seconds each department says so much: some hundred in four seconds."""


class Talk:
    """What both say. `shares`: department → which share of its messages is refused from now on, exactly."""

    def __init__(self, send: Callable[[Sequence[Dispatch]], None]) -> None:
        self.shares = dict.fromkeys(TYPES, 0.0)
        self._send = send
        self._said: defaultdict[str, int] = defaultdict(int)
        self._owed: defaultdict[str, float] = defaultdict(float)

    def say(self, department: str, count: int, region: str = "370811") -> None:
        """So many messages more, of other subjects in each region."""
        said = []
        for _ in range(count):
            self._owed[department] += self.shares[department]
            refused = self._owed[department] >= 1
            self._owed[department] -= refused
            said.append(self._one(department, region, b"{" if refused else None))
        self._send(said)

    def refusable(self, department: str, partition: int, count: int) -> None:
        """So many that are refused, one after the other in one partition."""
        self._send([self._one(department, "", b"{")._replace(partition=partition) for _ in range(count)])

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """All the while."""

        def talk(over: threading.Event) -> None:
            while not over.wait(EVERY):
                for department in TYPES:
                    self.say(department, AT_ONCE)

        with meanwhile(talk):
            yield

    def _one(self, department: str, region: str, broken: bytes | None) -> Dispatch:
        self._said[department] += 1
        number = self._said[department]
        subject = f"{region}-{number % _SUBJECTS}"
        event = {
            "specversion": "1.0", "id": f"{department}-{number}", "source": f"//{department}/system",
            "type": TYPES[department], "subject": subject, "time": "2023-11-10T09:00:00+08:00",
            "data": {**_DATA[department], "region": region},
        }  # fmt: skip
        headers = [("content-type", b"application/cloudevents+json")]
        return Dispatch(0, department, subject.encode(), broken or orjson.dumps(event), headers, None)
