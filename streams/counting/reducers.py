"""The reducers: from a group's live facts, in order, to what they add to which region on which day.

Each is a plain function of the facts. A group is one subject (and, for `distinct`, one period). It never
spans subjects, which keeps it in one partition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streams.counting.facts import Fact, order

Delta = tuple[str, int, int]
"""(region, local day, what it adds to the cell)."""


def total(facts: Sequence[Fact]) -> list[Delta]:
    """`sum`: the value of each fact, in its region and on its day."""
    return [(fact.region, fact.day, fact.value) for fact in facts]


def distinct(facts: Sequence[Fact]) -> list[Delta]:
    """One for the group, in the region and on the day of its earliest fact, so that the counties' figures
    add up to the city's."""
    return [(fact.region, fact.day, 1) for fact in facts[:1]]


def timeline(facts: Sequence[Fact]) -> list[Delta]:
    """The subject's level, as differences on the days it changes.

    The level on any date, even in a past month, is the sum of all days up to it.
    """
    deltas: list[Delta] = []
    region, level = "", 0
    for fact in facts:
        if level:
            deltas.append((region, fact.day, -level))
        region, level = fact.region, fact.value
        if level:
            deltas.append((region, fact.day, level))
    return deltas


def condition(facts: Sequence[Fact], members: frozenset[str], home: str) -> list[Delta]:
    """One while all members are on, in the region of the member named home."""
    deltas: list[Delta] = []
    on: set[str] = set()
    region = stands = ""
    for fact in facts:
        if fact.value > 0:
            on.add(fact.member)
        else:
            on.discard(fact.member)
        if fact.member == home:
            region = fact.region
        now = region if len(on) == len(members) else ""
        if now != stands:
            if stands:
                deltas.append((stands, fact.day, -1))
            if now:
                deltas.append((now, fact.day, 1))
            stands = now
    return deltas


def lapsing(
    lasting: Sequence[Fact], visits: Sequence[Fact], end: int, members: frozenset[str], home: str
) -> list[Delta]:
    """A condition in one period, with some members that end with the period (on the roster, and visited this
    month).

    `visits` are the lapsing members' facts of the period. `end` is the first day after it: what still stands
    then is taken back on that day.
    """
    if not visits:
        return []
    within = [fact for fact in lasting if fact.day < end]
    deltas = condition(sorted([*within, *visits], key=order), members, home)
    if deltas and deltas[-1][2] > 0:
        deltas.append((deltas[-1][0], end, -1))
    return deltas


def cohort(facts: Sequence[Fact], members: frozenset[str], home: str) -> list[Delta]:
    """A condition that counts where and when home began: a case of January that is settled in March counts in
    January.

    So it never exceeds the distinct count of home in any window.
    """
    starts = [fact for fact in facts if fact.member == home and fact.value > 0]
    latest = {fact.member: fact.value > 0 for fact in facts}
    if not starts or len(latest) < len(members) or not all(latest.values()):
        return []
    return [(starts[0].region, starts[0].day, 1)]


def within(
    facts: Sequence[Fact], members: frozenset[str], home: str, end: Callable[[int], int | None]
) -> list[Delta]:
    """The part of a cohort that is complete on each day: one, where home began, while all members are on.

    `end` gives the first day after the window that holds a day, or None. After the window of home's start the
    case counts nowhere.
    """
    begun = next((fact for fact in facts if fact.member == home and fact.value > 0), None)
    if begun is None:
        return []
    last = end(begun.day)
    seen = [fact for fact in facts if last is None or fact.day < last]
    deltas = [(begun.region, day, delta) for _, day, delta in condition(seen, members, home)]
    if last is not None and deltas and deltas[-1][2] > 0:
        deltas.append((begun.region, last, -1))
    return deltas
