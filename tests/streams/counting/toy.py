"""A toy city: one topic that has every reducer, and random events for it."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import msgspec
import xxhash

from schemas.catalogue.model import Catalogue, Measure
from schemas.event import Event, Record, Version
from streams.counting.calendar import Calendar

TOPIC = "toy"
CALENDAR = Calendar("Asia/Shanghai")
REGIONS = ("370811001001", "370811001002", "370881", "370800")
SUBJECTS = ("甲", "乙", "丙")


class Data(msgspec.Struct, frozen=True):
    listed: bool
    kind: str
    number: int
    note: str | None = None


def _feed(type: str, **words: Any) -> dict[str, Any]:
    return {"type": f"{TOPIC}.{type}", **words}


def _measure(reducer: str, *feeds: dict[str, Any], **words: Any) -> Measure:
    return Measure(name={"zh": "数", "en": "count"}, topic=TOPIC, reducer=reducer, feeds=feeds, **words)


ROSTER = _feed("roster", value="listed", member="roster", home=True)
CATALOGUE = Catalogue.model_construct(  # type: ignore[call-arg]  # what is counted alone: no plan, no indicators
    measures={
        "attendances": _measure("sum", _feed("session", value="number")),
        "big_sessions": _measure("sum", _feed("session", where={"kind": ["big", "huge"]})),
        "people": _measure("distinct", _feed("person"), period="year"),
        "people_monthly": _measure("distinct", _feed("person", where={"listed": True}), period="month"),
        "noted": _measure("distinct", _feed("person", given=["note"]), period="year"),
        "first_ever": _measure("distinct", _feed("person", where={"kind": "big"})),
        "roster": _measure("timeline", _feed("roster", value="listed")),
        "big_roster": _measure("timeline", _feed("roster", value="listed", where={"kind": "big"})),
        "level": _measure("timeline", _feed("level", value="number", scale=10)),
        "visited": _measure("condition", ROSTER, _feed("visit", member="visit", lapses="month")),
        "aided_yearly": _measure(
            "condition", ROSTER, _feed("aid", value="listed", member="aid", lapses="year")
        ),
        "included": _measure(
            "condition",
            ROSTER,
            _feed("included", value="listed", member="included"),
            _feed("person", member="known"),
        ),
        "settled": _measure(
            "condition",
            _feed("case", member="case", home=True),
            _feed("settled", member="settled"),
            cohort=True,
        ),
        "accepted_settled": _measure(
            "condition",
            _feed("case", value="listed", member="case", home=True),
            _feed("settled", value="listed", member="settled"),
            cohort=True,
        ),
        "beats": _measure("seen", _feed("beat")),
    },
)
TYPES = tuple(sorted({feed.type for m in CATALOGUE.measures.values() for feed in m.feeds}))
FOLDED = tuple(type for type in TYPES if not type.endswith(".beat"))


def instant(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2023) -> int:
    """Microseconds UTC of a UTC wall time."""
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1_000_000


INSTANTS = tuple(
    instant(month, day, hour, year=year)
    for year in (2022, 2023)
    for month, day in ((1, 1), (1, 31), (2, 1), (2, 28), (12, 31))
    for hour in (1, 15, 16, 23)  # 16:00 UTC is the next day in Shanghai
)


def event(
    type: str,
    subject: str = "甲",
    *,
    id: str = "1",
    source: str = "//toy",
    revision: int = 0,
    void: bool = False,
    time: int = INSTANTS[0],
    region: str = REGIONS[0],
    listed: bool = True,
    kind: str = "big",
    number: int = 1,
    note: str | None = None,
    recorded: int | None = None,
) -> Event:
    data = Data(listed, kind, number, note)
    content = f"{type}\0{subject}\0{time}\0{region}\0{data}".encode()
    version = Version(revision, void, xxhash.xxh3_64_intdigest(content))
    record = Record(source, id, f"{TOPIC}.{type}", subject)
    return Event(record, version, time, recorded, "" if void else region, data, content, "")


def random_event(random: random.Random, types: tuple[str, ...] = FOLDED) -> Event:
    """One of few subjects, ids, revisions, instants: so that everything meets everything."""
    return event(
        random.choice(types).removeprefix(f"{TOPIC}."),
        random.choice(SUBJECTS),
        id=random.choice("123"),
        source=random.choice(("//a", "//b")),
        revision=random.choice((0, 0, 0, 1, 2)),
        void=random.random() < 0.15,
        time=random.choice(INSTANTS),
        region=random.choice(REGIONS),
        listed=random.random() < 0.7,
        kind=random.choice(("small", "big", "huge")),
        number=random.randrange(4),
        note=random.choice((None, "noted")),
        recorded=random.choice((None, None, *INSTANTS[:3])),
    )
