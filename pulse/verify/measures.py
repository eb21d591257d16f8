"""Computes measures by their definition: what each subject is or did, from the events that stand.

A level is a list of spells: a region, the day from which, the day until which, and how much. A flow is a list
of spells without an end. Nothing is updated step by step here: each subject is looked at once, with all that
is known about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from xxhash import xxh3_64_intdigest

from pulse.verify.days import FOREVER, first_after, first_of
from pulse.verify.statements import Reader
from pulse.verify.topic import Key, RecordState
from schemas.catalogue.model import Measure


class Statement(NamedTuple):
    """What a standing event says for one measure. Sorts in the order in which things happened, with a fixed
    order of ties."""

    time: int
    undated: int
    """0 if the event says when it was recorded. If one of two events does not, their order is unknown, and
    "on" wins: it is 1, after all others, if on, and -1, before them, if off."""
    recorded: int
    on: bool
    source: str
    id: str
    type: str
    day: int
    region: str
    value: int
    member: str

    @property
    def rank(self) -> int:
        """The order among statements of one time as a single number, as in the table `facts`."""
        return self.undated << 62 if self.undated else 2 * self.recorded + self.on


class Spell(NamedTuple):
    """An amount in a region from day `first` on, up to but not on day `until`."""

    region: str
    first: int
    until: int
    value: int


Said = Mapping[str, list[Statement]]
"""Subject → its statements, in the order in which things happened."""


class Digest(NamedTuple):
    """A digest of a measure's statements, to be compared with that of its live facts."""

    facts: int
    mixed: int
    """Exclusive or of the hashes of all statements."""


Standing = Mapping[str, Mapping[Key, RecordState]]


def statements(
    measure: str, standing: Standing, readers: Mapping[str, Reader], local_day: Callable[[int], int]
) -> tuple[Said, Digest]:
    """All statements for a measure, and their digest."""
    said: defaultdict[str, list[Statement]] = defaultdict(list)
    facts = mixed = 0
    fed = [
        (t, n, one)
        for t, reader in readers.items()
        for n, one in enumerate(reader.fed)
        if one.measure == measure
    ]
    for event_type, index, (_, member, _) in fed:
        for (source, event_id, subject), state in standing.get(event_type, {}).items():
            if (measured := state.values[index]) is not None:
                (value, on), undated, recorded = measured, 0, state.recorded
                if recorded is None:
                    undated, recorded = 1 if on else -1, 0
                region, time, (revision, _, digest) = state.region, state.time, state.version
                statement = Statement(
                    time,
                    undated,
                    recorded,
                    on,
                    source,
                    event_id,
                    event_type,
                    local_day(time),
                    region,
                    value,
                    member,
                )
                said[subject].append(statement)
                parts = (
                    member,
                    source,
                    event_id,
                    event_type,
                    subject,
                    region,
                    time,
                    statement.rank,
                    value,
                    revision,
                    digest,
                )
                mixed ^= xxh3_64_intdigest("\n".join(map(str, parts)).encode())
                facts += 1
    for about in said.values():
        about.sort()
    return said, Digest(facts, mixed)


def spells(measure: Measure, said: list[Statement]) -> Iterator[Spell]:
    """The spells that one subject adds to a measure."""
    if measure.reducer == "sum":
        return (Spell(s.region, s.day, FOREVER, s.value) for s in said)
    if measure.reducer == "distinct":
        return _distinct(measure.period, said)
    if measure.reducer == "timeline":
        return _timeline(said)
    if measure.cohort:
        return _cohort(measure, said)
    if measure.within:
        return _within(measure, said)
    return _condition(measure, said)


def _distinct(period: str | None, said: list[Statement]) -> Iterator[Spell]:
    """1 for the earliest statement, of all or of each period."""
    met: set[int] = set()
    for s in said:
        start = first_of(period, s.day) if period else 0
        if start not in met:
            met.add(start)
            yield Spell(s.region, s.day, FOREVER, 1)


def _timeline(said: list[Statement]) -> Iterator[Spell]:
    """At the end of a day, the value of the last statement."""
    for s, later in pairwise([*said, None]):
        until = later.day if later else FOREVER
        if s and s.value and s.day < until:
            yield Spell(s.region, s.day, until, s.value)


def _condition(measure: Measure, said: list[Statement]) -> Iterator[Spell]:
    """1 at the end of each day on which each member's last value is above 0. The value of a member that
    lapses holds only in its own period."""
    lapses = {feed.member: feed.lapses for feed in measure.feeds}
    home = next(feed.member for feed in measure.feeds if feed.home)
    days = {s.day for s in said}
    days |= {first_after(period, s.day) for s in said if (period := lapses[s.member])}
    latest: dict[str, Statement] = {}
    unread = iter([*said, None])
    following = next(unread)

    def on(member: str, day: int) -> bool:
        s, period = latest.get(member), lapses[member]
        if s is None or s.value <= 0:
            return False
        return period is None or first_of(period, s.day) == first_of(period, day)

    for day, until in pairwise([*sorted(days), FOREVER]):
        while following is not None and following.day <= day:
            latest[following.member] = following
            following = next(unread)
        if all(on(member, day) for member in lapses):
            yield Spell(latest[home].region, day, until, 1)


def _cohort(measure: Measure, said: list[Statement]) -> Iterator[Spell]:
    """1 on the day the case began, if by now each member's last value is above 0."""
    home = next(feed.member for feed in measure.feeds if feed.home)
    latest = {s.member: s.value for s in said}
    began = [s for s in said if s.member == home and s.value > 0]
    if began and all(latest.get(feed.member, 0) > 0 for feed in measure.feeds):
        yield Spell(began[0].region, began[0].day, FOREVER, 1)


def _within(measure: Measure, said: list[Statement]) -> Iterator[Spell]:
    """1 in the region where the case began, at the end of each day of its window on which each member's last
    value is above 0."""
    home = next(feed.member for feed in measure.feeds if feed.home)
    began = next((s for s in said if s.member == home and s.value > 0), None)
    if began is None:
        return
    over = FOREVER if measure.within in (None, "ever") else first_after(measure.within, began.day)
    days = sorted({s.day for s in said if began.day <= s.day < over})
    for day, until in pairwise([*days, over]):
        latest = {s.member: s.value for s in said if s.day <= day}
        if all(latest.get(feed.member, 0) > 0 for feed in measure.feeds):
            yield Spell(began.region, day, until, 1)
