"""A toy plan that has every reducer and every formula, on two topics, and a dirty random log for it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from schemas.catalogue.model import Catalogue
from schemas.event_type import EventType, System
from schemas.regions import Regions
from schemas.shapes import Heartbeat, RosterEntry, Service, Shape
from schemas.systems.rules import subject_is_place, subject_is_region

homes, works = System("homes"), System("works")


@homes.event("community", subject_is_place)
class Community(RosterEntry):
    """A place."""

    kind: Literal["urban", "village"]


@homes.event("elder")
class Elder(RosterEntry):
    """A person on a roster."""


@homes.event("visit")
class Visit(Service):
    """A person was visited."""


@homes.event("survey")
class Survey(Shape):
    """Scores and answers."""

    score: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=1)]
    answers: Annotated[int, Field(ge=1, le=100)]
    since: date | None = None
    hardship: bool = False


@works.event("station")
class Station(RosterEntry):
    """A station in a place."""


@works.event("pay")
class Pay(Shape):
    """A unit's pay."""

    yuan: Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2)]
    heads: Annotated[int, Field(ge=0, le=100)]


@works.event("wage", subject_is_region)
class Wage(Shape):
    """The reference."""

    yuan: Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2)]


@works.event("case")
class Case(Service):
    """A case began."""


@works.event("settled")
class Settled(Service):
    """A case was settled."""


@works.event("device")
class Device(RosterEntry):
    """A device."""


@works.event("beat", heartbeat=True)
class Beat(Heartbeat):
    """A sign of life."""


TYPES: dict[str, EventType] = {kind.type: kind for system in (homes, works) for kind in system.types}
REGIONS = Regions.model_validate(
    {
        "code": "990100", "zh": "某市", "en": "Some", "zone": "Asia/Shanghai",
        "counties": [
            {"code": "990102", "zh": "甲县", "en": "One", "kind": "statutory"},
            {"code": "990103", "zh": "乙县", "en": "Two", "kind": "statutory"},
            {"code": "990171", "zh": "丙区", "en": "Zone", "kind": "zone"},
        ],
    }
)  # fmt: skip


def _measure(topic: str, reducer: str, *feeds: dict[str, Any], **words: Any) -> dict[str, Any]:
    return {"name": _name("数"), "topic": topic, "reducer": reducer, "feeds": list(feeds)} | words


def _feed(type: str, **words: Any) -> dict[str, Any]:
    return {"type": type} | words


def _name(zh: str) -> dict[str, str]:
    return {"zh": zh, "en": zh}


ELDER = _feed("homes.elder", value="listed", member="roster", home=True)
MEASURES = {
    "places": _measure("homes", "timeline", _feed("homes.community", value="listed")),
    "urban": _measure("homes", "timeline", _feed("homes.community", value="listed", where={"kind": "urban"})),
    "elders": _measure("homes", "timeline", _feed("homes.elder", value="listed")),
    "visited": _measure("homes", "condition", ELDER, _feed("homes.visit", member="visit", lapses="month")),
    "ever_visited": _measure("homes", "condition", ELDER, _feed("homes.visit", member="visit")),
    "visited_quarterly": _measure("homes", "distinct", _feed("homes.visit"), period="quarter"),
    "first_visits": _measure("homes", "distinct", _feed("homes.visit")),
    "score": _measure("homes", "sum", _feed("homes.survey", value="score", scale=10), scale=10),
    "answers": _measure("homes", "sum", _feed("homes.survey", value="answers")),
    "dated": _measure("homes", "distinct", _feed("homes.survey", given=["since"]), period="year"),
    "hard": _measure("homes", "sum", _feed("homes.survey", where={"hardship": True})),
    "stations": _measure("works", "timeline", _feed("works.station", value="listed")),
    "pay": _measure("works", "timeline", _feed("works.pay", value="yuan", scale=100), scale=100),
    "heads": _measure("works", "timeline", _feed("works.pay", value="heads")),
    "wage": _measure("works", "timeline", _feed("works.wage", value="yuan", scale=100), scale=100),
    "cases": _measure("works", "distinct", _feed("works.case")),
    "settled": _measure(
        "works",
        "condition",
        _feed("works.case", member="case", home=True),
        _feed("works.settled", member="settled"),
        cohort=True,
    ),
    "devices": _measure("works", "timeline", _feed("works.device", value="listed")),
    "beats": _measure("works", "seen", _feed("works.beat")),
}
FORMULAS: dict[str, dict[str, Any]] = {
    "elders": {"formula": {"kind": "count", "measure": "elders"}},
    "first": {"formula": {"kind": "count", "measure": "first_visits", "of": 3}, "window": "year"},
    "hard": {"formula": {"kind": "count", "measure": "hard"}},
    "dated": {"formula": {"kind": "count", "measure": "dated"}, "window": "year"},
    "visit_rate": {"formula": {"kind": "ratio", "numerator": "visited", "denominator": "elders"}},
    "ever_rate": {"formula": {"kind": "ratio", "numerator": "ever_visited", "denominator": "elders"}},
    "settled": {
        "formula": {"kind": "ratio", "numerator": "settled", "denominator": "cases"},
        "window": "year",
    },
    "score": {"formula": {"kind": "average", "total": "score", "count": "answers"}, "window": "quarter"},
    "pay": {
        "formula": {"kind": "reference", "total": "pay", "count": "heads", "reference": "wage"},
        "level": "county",
    },
    "served": {
        "formula": {"kind": "coverage", "places": "urban", "needs": {"stations": 1, "visited_quarterly": 2}},
        "window": "quarter",
    },
    "counties": {
        "formula": {"kind": "coverage", "places": "counties", "needs": {"stations": 3}},
        "level": "county",
    },
    "average": {"formula": {"kind": "per_place", "places": "places", "measure": "stations"}},
    "online": {"formula": {"kind": "online", "seen": "beats", "registered": "devices"}, "cadence": "hour"},
}
CATALOGUE = Catalogue.model_validate(
    {
        "plan": {"id": "toy", "name": _name("玩"), "start": date(2023, 6, 1), "due": date(2023, 12, 31)},
        "departments": {system.topic: {"name": _name(system.topic)} for system in (homes, works)},
        "actions": [{"no": 1, "name": _name("一")}],
        "measures": MEASURES,
        "indicators": [
            {
                "id": f"a01.{id}", "name": _name(id), "sentence": "句", "kind": "monitor", "department": "homes",
                "unit": "个", "cadence": "always", "pace": {"kind": "none"},
            } | words
            for id, words in FORMULAS.items()
        ],
    }
)  # fmt: skip

PLACES = ("990102001001", "990102001002", "990102002001", "990103001001", "990171001001")
OPENS = datetime(2022, 11, 1, tzinfo=UTC)
DAYS = 290
ENDS = int((OPENS + timedelta(DAYS)).timestamp() * 1000)
"""The log ends in the middle of August 2023: milliseconds."""


def log(seed: int, length: int) -> Iterator[tuple[str, str, bytes, int]]:
    """(topic, subject, CloudEvents JSON, append time in ms), with corrections, voids, repeats and noise."""
    dice = random.Random(seed)
    published: list[tuple[str, dict[str, Any]]] = []
    for number in range(length):
        arrives = OPENS + timedelta(DAYS * (number + 1) / length)
        if published and dice.random() < 0.25:
            topic, event = dice.choice(published)
            event = _again(dice, event)
        else:
            kind = dice.choice(list(TYPES.values()))
            topic, event = kind.topic, _event(dice, kind, number, arrives)
        if not event["type"].endswith(".beat"):
            published.append((topic, event))
        noise = dice.random() < 0.02
        body = b"{}" if noise else orjson.dumps(event)
        yield topic, event["subject"], body, int(arrives.timestamp() * 1000)


def _event(dice: random.Random, kind: EventType, number: int, arrives: datetime) -> dict[str, Any]:
    name = kind.type.partition(".")[2]
    region = dice.choice(PLACES)
    if name in ("pay", "wage", "station") and dice.random() < 0.5:
        region = dice.choice((region[:6], region[:9], REGIONS.code))
    subject = (
        region if name in ("community", "wage") else f"{name[:4]}-{dice.randrange(8)}".replace("sett", "case")
    )
    subject = subject.replace("visi", "elde").replace("beat", "devi")
    data: dict[str, Any] = {"region": region}
    match name:
        case "community":
            data |= {"listed": dice.random() < 0.8, "kind": dice.choice(("urban", "urban", "village"))}
        case "elder" | "device" | "station":
            data["listed"] = dice.random() < 0.75
        case "survey":
            data |= {"score": dice.randrange(1000) / 10, "answers": dice.randrange(1, 9)}
            data |= {"hardship": True} if dice.random() < 0.5 else {"since": "2023-01-02"}
        case "pay":
            data |= {"yuan": dice.randrange(900_000) / 100, "heads": dice.randrange(4)}
        case "wage":
            data["yuan"] = dice.randrange(500_000) / 100
    late = timedelta(hours=0 if name == "beat" else dice.choice((0, 1, 5, 30, 900)))
    happened = arrives - late
    if name == "beat":  # in the last hour of a local month, and in other hours
        month = happened.replace(day=1, hour=15, minute=dice.randrange(60)) - timedelta(1)
        happened = dice.choice((month, month, happened))
    else:
        happened = _midnight(happened) if number % 3 else happened
    source = f"//toy/{dice.choice('ab')}"
    return {
        "specversion": "1.0", "id": f"{number}", "source": source, "type": kind.type,
        "subject": subject, "time": happened.isoformat(), "data": data,
    } | _recorded(number, happened)  # fmt: skip


def _midnight(time: datetime) -> datetime:
    """The midnight before in Shanghai, of every twentieth day: much happens at the same time."""
    day = (time.date() - OPENS.date()) // timedelta(20)
    return min(time, OPENS + day * timedelta(20) - timedelta(hours=8))


def _recorded(number: int, happened: datetime) -> dict[str, str]:
    """Some systems do not say when they recorded it, and many do it in the same hour."""
    hours = number % 7
    return {"recordedtime": (happened + timedelta(hours=hours // 2)).isoformat()} if hours > 2 else {}


def _again(dice: random.Random, event: dict[str, Any]) -> dict[str, Any]:
    """A repeat, a correction, a void with or without data, or another content under the same revision."""
    match dice.randrange(5):
        case 0:
            late = {"recordedtime": event["time"]} if "recordedtime" in event and dice.random() < 0.5 else {}
            return event | late
        case 1:
            return event | {"revision": event.get("revision", 0) + 1, "void": True}
        case 2:
            bare = {key: value for key, value in event.items() if key != "data"}
            return bare | {"revision": event.get("revision", 0) + 1, "void": True}
    data = dict(event.get("data") or {})
    if "listed" in data:
        data["listed"] = not data["listed"]
    time = (datetime.fromisoformat(event["time"]) - timedelta(days=dice.randrange(40))).isoformat()
    changed = event | {"time": time} | ({"data": data} if data else {})
    return changed | (
        {"revision": event.get("revision", 0) + 1, "void": not data} if dice.random() < 0.7 else {}
    )
