"""Groups: a measure's live facts by subject, and what the cells gain or lose when a fact joins or leaves."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Protocol

from schemas.catalogue.model import Measure
from streams.counting.calendar import Calendar, Period
from streams.counting.facts import Fact, order
from streams.counting.reducers import Delta, cohort, condition, distinct, lapsing, timeline, total, within

Deltas = Callable[[Sequence[Fact]], list[Delta]]


class Groups(Protocol):
    """The groups of one measure. Both methods return (what falls away, what takes its place)."""

    def put(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """Add a live fact to its group."""

    def take(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """Remove a live fact from its group."""


def groups(measure: Measure, calendar: Calendar) -> Groups:
    """The groups for a measure's reducer. Raises ValueError for `seen`, which is not folded."""
    members = frozenset(feed.member for feed in measure.feeds)
    home = next((feed.member for feed in measure.feeds if feed.home), "")
    lapses = {feed.member: feed.lapses for feed in measure.feeds if feed.lapses}
    if measure.reducer == "sum":
        return Alone()
    if measure.reducer == "distinct":
        return BySubject(distinct, calendar, measure.period or "")
    if measure.reducer == "timeline":
        return Levels()
    if measure.reducer == "condition" and lapses:
        return ByPeriod(calendar, next(iter(lapses.values())), frozenset(lapses), members, home)
    if measure.within:
        end = _end(calendar, "" if measure.within == "ever" else measure.within)
        return BySubject(lambda facts: within(facts, members, home, end), calendar)
    if measure.reducer == "condition":
        reduce = cohort if measure.cohort else condition
        return BySubject(lambda facts: reduce(facts, members, home), calendar)
    raise ValueError(f"reducer {measure.reducer!r} is not folded")


def _end(calendar: Calendar, period: Period) -> Callable[[int], int | None]:
    """A function from a day to the first one after its period; without a period it returns None."""
    return lambda day: calendar.end(period, calendar.start(period, day)) if period else None


class Alone:
    """`sum`: each fact is a group of its own, so none need be kept."""

    def put(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """Its value is added."""
        return [], total((fact,))

    def take(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """Its value is taken back."""
        return total((fact,)), []


class BySubject:
    """One group for each subject, or each subject and period. It is reduced anew when it changes: groups
    are small."""

    def __init__(self, reduce: Deltas, calendar: Calendar, period: Period = "") -> None:
        self._reduce = reduce
        self._calendar = calendar
        self._period = period
        self._groups: dict[tuple[str, int], list[Fact]] = {}

    def put(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """The group's deltas without and with the fact."""
        key = self._key(fact)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = [fact]
            return [], self._reduce(group)
        before = self._reduce(group)
        insort(group, fact, key=order)
        return before, self._reduce(group)

    def take(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """The group's deltas with and without the fact."""
        key = self._key(fact)
        group = self._groups[key]
        before = self._reduce(group)
        group.remove(fact)
        if not group:
            del self._groups[key]
        return before, self._reduce(group)

    def _key(self, fact: Fact) -> tuple[str, int]:
        start = self._calendar.start(self._period, fact.day) if self._period else 0
        return fact.record[3], start


class Levels:
    """`timeline`: a fact changes only what lies between its neighbours, so only that is reduced, however
    many a subject has."""

    def __init__(self) -> None:
        self._groups: dict[str, list[Fact]] = {}

    def put(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """The deltas from the fact before to the one after, without and with the fact."""
        subject = fact.record[3]
        group = self._groups.get(subject)
        if group is None:
            group = self._groups[subject] = [fact]
            return [], timeline(group)
        at = bisect_left(group, order(fact), key=order)
        first = max(at - 1, 0)
        before = timeline(group[first : at + 1])
        group.insert(at, fact)
        return before, timeline(group[first : at + 2])

    def take(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """The deltas from the fact before to the one after, with and without the fact."""
        subject = fact.record[3]
        group = self._groups[subject]
        at = bisect_left(group, order(fact), key=order)
        first = max(at - 1, 0)
        before = timeline(group[first : at + 2])
        del group[at]
        if not group:
            del self._groups[subject]
        return before, timeline(group[first : at + 1])


class ByPeriod:
    """A condition with lapsing members: a subject's lasting facts, and its lapsing ones by period.

    A visit touches its own month only; a change of the roster touches every month with a visit.
    """

    def __init__(
        self, calendar: Calendar, period: Period, lapsing: frozenset[str], members: frozenset[str], home: str
    ) -> None:
        self._calendar = calendar
        self._period = period
        self._lapsing = lapsing
        self._members = members
        self._home = home
        self._lasting: dict[str, list[Fact]] = {}
        self._visits: dict[str, dict[int, list[Fact]]] = {}

    def put(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """The deltas of the periods it touches, without and with the fact."""
        return self._change(fact, lambda group: insort(group, fact, key=order))

    def take(self, fact: Fact) -> tuple[list[Delta], list[Delta]]:
        """The deltas of the periods it touches, with and without the fact."""
        return self._change(fact, lambda group: group.remove(fact))

    def _change(self, fact: Fact, change: Callable[[list[Fact]], None]) -> tuple[list[Delta], list[Delta]]:
        subject = fact.record[3]
        periods = self._visits.setdefault(subject, {})
        touched: Sequence[int]
        if fact.member in self._lapsing:
            start = self._calendar.start(self._period, fact.day)
            group, touched = periods.setdefault(start, []), (start,)
        else:
            group, touched = self._lasting.setdefault(subject, []), list(periods)
        before = list(chain.from_iterable(self._deltas(subject, touched)))
        change(group)
        return before, list(chain.from_iterable(self._deltas(subject, touched)))

    def _deltas(self, subject: str, starts: Sequence[int]) -> Iterator[list[Delta]]:
        lasting = self._lasting.get(subject, ())
        for start in starts:
            visits = self._visits[subject][start]
            end = self._calendar.end(self._period, start)
            yield lapsing(lasting, visits, end, self._members, self._home)
