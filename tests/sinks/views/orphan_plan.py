"""A plan whose every link is there, events of it counted by the worker's own fold, and who is an orphan, by definition."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cmp_to_key
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import xxhash
from clickhouse_connect.driver.client import Client

from schemas.catalogue.links import Link, links
from schemas.catalogue.model import Catalogue, Feed
from schemas.event import Event, Record, Version
from sinks.clickhouse.tables import arrow
from streams.commands import Write
from streams.counting.calendar import Calendar
from streams.counting.fold import Fold
from streams.flush import Flush
from tests.sinks.plan import CITY, REGIONS, A, B, C
from tests.streams.counting.oracle import cells as naive_cells
from tests.streams.counting.oracle import compared, takes_over

TOPIC = "small"
ZONE = ZoneInfo("Asia/Shanghai")


def _name(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def _measure(reducer: str, *feeds: dict[str, Any], **words: Any) -> dict[str, Any]:
    found = [feed | {"type": f"{TOPIC}.{feed['type']}"} for feed in feeds]
    return {"name": _name("数"), "topic": TOPIC, "reducer": reducer, "feeds": found, **words}


ROSTER = {"type": "elder", "value": "on", "member": "roster", "home": True}
MEASURES = {
    "elders": _measure("timeline", {"type": "elder", "value": "on"}),
    "visited": _measure("condition", ROSTER, {"type": "visit", "member": "visit", "lapses": "month"}),
    "aided": _measure("condition", ROSTER, {"type": "aid", "value": "on", "member": "aid", "lapses": "quarter"}),
    "included": _measure("condition", ROSTER, {"type": "included", "value": "on", "member": "included"}),
    "accepted": _measure("distinct", {"type": "case"}),
    "settled": _measure(
        "condition", {"type": "case", "member": "case", "home": True}, {"type": "settled", "member": "settled"},
        cohort=True,
    ),
    "places": _measure("timeline", {"type": "place", "value": "on"}),
    "stations": _measure("timeline", {"type": "station", "value": "on"}),
    "served": _measure("distinct", {"type": "served"}, period="quarter"),
    "lists": _measure("timeline", {"type": "list", "value": "on"}),
    "devices": _measure("timeline", {"type": "device", "value": "on"}),
    "beats": _measure("seen", {"type": "beat"}),
}  # fmt: skip
FORMULAS: dict[str, dict[str, Any]] = {
    "visit_rate": {"formula": {"kind": "ratio", "numerator": "visited", "denominator": "elders"}},
    "aid_rate": {"formula": {"kind": "ratio", "numerator": "aided", "denominator": "elders"}},
    "inclusion": {"formula": {"kind": "ratio", "numerator": "included", "denominator": "elders"}},
    "settled_rate": {"formula": {"kind": "ratio", "numerator": "settled", "denominator": "accepted"}},
    "stations": {"formula": {"kind": "coverage", "places": "places", "needs": {"stations": 1}}},
    "served": {"formula": {"kind": "coverage", "places": "places", "needs": {"served": 1}}, "window": "quarter"},
    "lists": {"formula": {"kind": "coverage", "places": "counties", "needs": {"lists": 1}}, "level": "county"},
    "online": {"formula": {"kind": "online", "seen": "beats", "registered": "devices"}, "cadence": "hour"},
}  # fmt: skip
CATALOGUE = Catalogue.model_validate(
    {
        "plan": {"id": "small", "name": _name("小"), "start": date(2023, 1, 1), "due": date(2023, 12, 31)},
        "departments": {TOPIC: {"name": _name("局")}},
        "actions": [{"no": 1, "name": _name("一")}],
        "measures": MEASURES,
        "indicators": [
            {
                "id": f"a01.{id}", "name": _name("标"), "sentence": "s", "kind": "monitor", "department": TOPIC,
                "unit": "件", "cadence": "always", "pace": {"kind": "none"},
            } | words
            for id, words in FORMULAS.items()
        ],
    }
)  # fmt: skip
LINKS = {link.measure: link for link in links(CATALOGUE)}
PERSONS = ("visit", "aid", "included", "elder", "case", "settled")
IN_PLACES = ("station", "served", "place")


class Data(msgspec.Struct, frozen=True):
    on: bool


def event(
    type: str, subject: str = "甲", time: datetime | str = "2023-06-01T08:30:00", *, id: str = "1", revision: int = 0,
    void: bool = False, region: str = A, on: bool = True, recorded: int | None = None,
) -> Event:  # fmt: skip
    """`time` in the city's own."""
    at = datetime.fromisoformat(time) if isinstance(time, str) else time
    micros = int((at if at.tzinfo else at.replace(tzinfo=ZONE)).timestamp()) * 1_000_000
    content = f"{type}\0{subject}\0{micros}\0{region}\0{on}".encode()
    version = Version(revision, void, xxhash.xxh3_64_intdigest(content))
    return Event(
        Record("//a", id, f"{TOPIC}.{type}", subject),
        version,
        micros,
        recorded,
        region,
        Data(on),
        content,
        "",
    )


def random_event(dice: random.Random) -> Event:
    """Of few subjects, ids, places and days, so that everything meets everything."""
    where = dice.random() < 0.5
    type = dice.choice(IN_PLACES if where else PERSONS)
    region = dice.choice((A, A, B, C, A[:9], CITY))
    day = dice.choice(((1, 1), (1, 31), (2, 1), (3, 31), (4, 1), (7, 9)))
    subject = dice.choice("甲乙丙")
    if type == "place":
        subject = region = dice.choice((A, B))
    return event(
        type, subject, datetime(2023, *day, dice.choice((0, 8, 23)), tzinfo=ZONE), id=dice.choice("1234"),
        revision=dice.choice((0, 0, 0, 1)), void=dice.random() < 0.1, region=region, on=dice.random() < 0.7,
        recorded=dice.choice((None, 1_700_000_000_000_000, 1_700_000_000_000_001)),
    )  # fmt: skip


# --- Counted as a worker counts ---


class _Message(NamedTuple):
    offset: int
    timestamp: int = 1_700_000_000_000
    key: bytes | None = None
    value: bytes | None = b""
    headers: tuple[tuple[str, bytes], ...] = ()


class Counted:
    """A database that events are counted into, as generation `g`."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.fold = Fold(CATALOGUE, Calendar("Asia/Shanghai"), TOPIC)
        self.offset = -1

    def add(self, events: Iterable[Event]) -> None:
        """What a worker would write of them."""
        flush = Flush("g", TOPIC, 0, self.offset)
        for each in events:
            self.offset += 1
            flush.event(_Message(self.offset), each, *self.fold.apply(each))
        flush.last = self.offset
        flush.time = 1_700_000_000_000
        for command in flush.commands(self.fold.changes(), "", 1):
            if isinstance(command, Write) and command.rows:
                self.client.insert_arrow(command.table, arrow(command.table, command.columns))

    def heard(self, device: str, hour: str, county: str = A[:6]) -> None:
        """A device was heard in the hour that begins then, in the city's own time."""
        at = int(datetime.fromisoformat(hour).replace(tzinfo=ZONE).timestamp())
        rows: dict[str, list[Any]] = {
            "measure": ["beats"],
            "hour": [at],
            "county": [county],
            "device": [device],
        }
        self.client.insert_arrow("device_hours", arrow("device_hours", rows))


# --- By definition ---


def standing(events: Iterable[Event]) -> list[Event]:
    """The highest version of each record that is not void."""
    winners: dict[Record, Event] = {}
    for each in events:
        if each.record not in winners or takes_over(each, winners[each.record]):
            winners[each.record] = each
    return [each for each in winners.values() if not each.version.void]


def naive(events: Sequence[Event], link: Link) -> Counter[tuple[str, str]]:
    """(kind, id of record) of the orphans of a link: for each event that says something, is there any moment at which it
    stands and what it needs is there?"""
    stands = standing(events)
    if link.needs == "place":
        return _naive_places(events, stands, link)
    return _naive_subjects(stands, link)


def _day(micros: int) -> date:
    return datetime.fromtimestamp(micros // 1_000_000, UTC).astimezone(ZONE).date()


def _period(period: str, day: date) -> object:
    return {
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month - 1) // 3),
        "year": day.year,
        "": 0,
    }[period]


def _naive_subjects(stands: list[Event], link: Link) -> Counter[tuple[str, str]]:
    feeds = {feed.type: feed for feed in CATALOGUE.measures[link.measure].feeds}
    found: Counter[tuple[str, str]] = Counter()
    for each in stands:
        feed = feeds.get(each.record.type)
        if feed is None or feed.home or not _says(feed, each):
            continue
        own = [other for other in stands if other.record.subject == each.record.subject]
        homes = [other for other in own if (it := feeds.get(other.record.type)) and it.home]
        home = next(feed for feed in feeds.values() if feed.home)
        members = [other for other in own if other.record.type == each.record.type]
        if not any(_says(home, other) for other in homes):
            found["subject-unknown", str(each.record)] += 1
        elif link.cohort:
            if not _on(home, homes, max(other.time for other in homes)):
                found["subject-out-of-time", str(each.record)] += 1
        elif not any(
            _on(home, homes, moment)
            and not any(each.time < other.time <= moment and not _says(feed, other) for other in members)
            and (
                not feed.lapses or _period(feed.lapses, _day(moment)) == _period(feed.lapses, _day(each.time))
            )
            for moment in {other.time for other in own}
            if moment >= each.time
        ):
            found["subject-out-of-time", str(each.record)] += 1
    return found


def _says(feed: Feed, event: Event) -> bool:
    return True if feed.value is None else bool(event.data.on)


def _order(feed: Feed) -> Callable[[Event], Any]:
    """The key by which events of a feed stand in their order."""
    feeds = {feed.type: feed}
    return cmp_to_key(lambda one, other: compared(feeds, one, other) if one is not other else 0)


def _on(feed: Feed, said: list[Event], moment: int) -> bool:
    """Whether a level is on: by the last of what was said."""
    before = [event for event in said if event.time <= moment]
    return bool(before) and _says(feed, max(before, key=_order(feed)))


def _naive_places(events: Sequence[Event], stands: list[Event], link: Link) -> Counter[tuple[str, str]]:
    cells = naive_cells(CATALOGUE, events)
    roster = [
        (region, date.fromordinal(day + date(1970, 1, 1).toordinal()), value)
        for (key, region, day), value in cells.items()
        if key == "places"
    ]
    feed = CATALOGUE.measures[link.measure].feeds[0]
    days = {_day(event.time) for event in stands}
    found: Counter[tuple[str, str]] = Counter()
    for each in stands:
        if each.record.type != feed.type or not _says(feed, each):
            continue
        if link.counties:
            if each.region == CITY:
                found["place-unknown", str(each.record)] += 1
            continue
        begun = _day(each.time)
        others = [o for o in stands if o.record.type == feed.type and o.record.subject == each.record.subject]
        ends = [
            _day(other.time)
            for other in others
            if _order(feed)(other) > _order(feed)(each)
            and (not _says(feed, other) or other.region != each.region)
        ]
        end = min(ends, default=date(2299, 12, 30)) if link.level else None
        ever = {day: sum(v for r, on, v in roster if r == each.region and on <= day) > 0 for day in days}
        within = [
            day
            for day, listed in ever.items()
            if listed
            and day >= begun
            and (
                _period(link.period, day) == _period(link.period, begun)
                if end is None
                else day == begun or day < end
            )
        ]
        if not within:
            kind = "place-out-of-time" if any(ever.values()) else "place-unknown"
            found[kind, str(each.record)] += 1
    return found


__all__ = ["CATALOGUE", "LINKS", "REGIONS", "Counted", "event", "naive", "random_event"]
