"""Departments that talk all the time and correct themselves a lot: small, dirty and the same for each seed.

A simulated year has one correction in 300 messages; here it is one in four, with revisions out of order, voids,
repeats, conflicts, heartbeats, and messages that are broken or lie in the wrong partition.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import numpy as np
import orjson

from pulse.simulate.dispatch import Dispatch
from pulse.simulate.faults import MALFORMED, MISROUTED

_SYSTEMS = ("civil-affairs", "smart-community")
_COUNTIES = ("370811", "370831", "370881")
_RECENT = 400
_PER_ROUND = 5
"""Revisions of a record before the next round begins."""

_ZONE = timezone(timedelta(hours=8))


class Chatter:
    """What the two departments of town.yaml publish. `malformed`, `misrouted`: their shares. `subjects`: how many of
    each kind; few, so that each is spoken of again and again. `records`: how many records there are of each type, at
    most; when all have been told they are told anew, again and again."""

    def __init__(
        self,
        seed: int,
        *,
        malformed: float = 0.03,
        misrouted: float = 0.03,
        subjects: int = 120,
        records: int | None = None,
    ) -> None:
        self._malformed, self._misrouted, self._subjects = malformed, misrouted, subjects
        self._most = records
        self._random, self._spoils = Random(seed), np.random.default_rng(seed)
        self._sent: deque[Dispatch] = deque(maxlen=_RECENT)
        self._told: deque[dict[str, Any]] = deque(maxlen=_RECENT)
        self._records = 0
        self._kind = 0
        self.broken = 0
        """How many messages were spoiled so that none of them may count."""

    def say(self, count: int) -> list[Dispatch]:
        """The next messages, in the order of their sending."""
        return [self._one() for _ in range(count)]

    def _one(self) -> Dispatch:
        chance = self._random.random()
        if self._sent and chance < 0.08:
            return self._random.choice(self._sent)
        again = self._told and chance < 0.33
        event = self._again(self._random.choice(self._told)) if again else self._first()
        chance = self._random.random()
        if chance < self._malformed:
            return self._spoiled(_structured(event))
        if chance < self._malformed + self._misrouted:
            return self._random.choice(MISROUTED)(_structured(event), self._spoils)
        plain = self._random.random() < 0.1 and "data" in event
        sent = _binary(event) if plain else _structured(event)
        self._sent.append(sent)
        return sent

    def _first(self) -> dict[str, Any]:
        """A record's first account, or the first of another round; or a heartbeat."""
        random = self._random
        round, record = divmod(self._records, self._most) if self._most else (0, self._records)
        self._records += 1
        number = record % self._subjects if self._most else random.randrange(self._subjects)
        region = f"{random.choice(_COUNTIES)}001{random.randrange(1, 9):03}"
        type, subject, data = random.choice((
            ("civil-affairs.elder", f"elder-{number}", {"listed": random.random() < 0.8}),
            ("civil-affairs.elder-visit", f"elder-{number}", {}),
            ("civil-affairs.caregiver-training", f"training-{number}", {"attendances": random.randrange(90)}),
            ("civil-affairs.child-service", f"child-{number}", {}),
            ("smart-community.device", f"device-{number}", {"listed": random.random() < 0.8, "kind": "video"}),
            ("smart-community.heartbeat", f"device-{number}", {}),
        ))  # fmt: skip
        event: dict[str, Any] = {
            "specversion": "1.0", "id": f"{type}-{record}", "source": f"//{type.partition('.')[0]}/system",
            "type": type, "subject": subject, "time": self._instant(), "data": {**data, "region": region},
        }  # fmt: skip
        if round:
            event["revision"] = _PER_ROUND * round
        if not type.endswith("heartbeat"):
            self._told.append(event)
        return event

    def _again(self, event: dict[str, Any]) -> dict[str, Any]:
        """The same record, told otherwise or withdrawn; revisions come in any order, and more than once."""
        random = self._random
        told = {**event, "revision": event.get("revision", 0) + random.randrange(4)}
        if random.random() < 0.2:
            told = {**told, "revision": 1 + told["revision"], "void": True}
            if random.random() < 0.5:
                del told["data"]
            return told
        region = f"{random.choice(_COUNTIES)}001{random.randrange(1, 9):03}"
        return {**told, "time": self._instant(), "data": {**event["data"], "region": region}}

    def _spoiled(self, sent: Dispatch) -> Dispatch:
        """Each kind of fault in turn."""
        fault = MALFORMED[self._kind % len(MALFORMED)]
        self._kind += 1
        self.broken += 1
        spoiled = fault(sent, self._spoils)
        if spoiled.topic not in _SYSTEMS:  # astray: in the other department's topic
            spoiled = spoiled._replace(topic=_SYSTEMS[sent.topic == _SYSTEMS[0]])
        return spoiled

    def _instant(self) -> str:
        moment = datetime(2023, 1, 1, tzinfo=_ZONE) + timedelta(minutes=self._random.randrange(525_600))
        return moment.isoformat()


def _structured(event: dict[str, Any]) -> Dispatch:
    headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    return _dispatch(event, orjson.dumps(event), headers)


def _binary(event: dict[str, Any]) -> Dispatch:
    headers = [("content-type", b"application/json")]
    for name, value in event.items():
        if name != "data":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            headers.append((f"ce_{name}", text.encode()))
    return _dispatch(event, orjson.dumps(event["data"]), headers)


def _dispatch(event: dict[str, Any], value: bytes, headers: list[tuple[str, bytes]]) -> Dispatch:
    return Dispatch(0, event["type"].partition(".")[0], event["subject"].encode(), value, headers, None)
