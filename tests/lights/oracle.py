"""What a light should be, worked out day by day with plain numbers: slow, and written another way than `lights`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise


@dataclass(frozen=True)
class Rules:
    """One indicator in one region. `months`: a target in each month; else by the last of `length` days."""

    start: date
    length: int
    op: str
    target: int | None
    percent: bool
    months: bool
    starts: bool
    slack: int
    monitor: bool = False


def statuses(
    rules: Rules, numerators: list[int], denominators: list[int], silent: list[bool], complete: bool
) -> list[str]:
    """The status of each day by itself."""
    return [
        day_status(rules, numerators, denominators, silent, day, complete) for day in range(len(numerators))
    ]


def value(rules: Rules, numerator: int, denominator: int) -> Fraction | None:
    if not rules.percent:
        return Fraction(numerator)
    return Fraction(100 * numerator, denominator) if denominator else None


def is_met(rules: Rules, level: Fraction | None) -> bool:
    assert rules.target is not None
    if level is None:
        return False
    if rules.op == ">":
        return level > rules.target
    if rules.op == "~":
        return rules.target * Fraction(9, 10) <= level <= rules.target * Fraction(11, 10)
    return level >= rules.target


def expected(rules: Rules, numerators: list[int], denominators: list[int], day: int) -> Fraction:
    """Where the straight way to the target is at the end of a day."""
    assert rules.target is not None
    first, last = span(rules, day)
    gone, length = day - first + 1, last - first + 1
    begun = Fraction(0)
    if rules.starts and not rules.months:
        levels = [value(rules, n, d) for n, d in zip(numerators, denominators, strict=True)]
        begun = min(
            next((level for level in levels if level is not None), Fraction(0)), Fraction(rules.target)
        )
    return begun + (rules.target - begun) * min(Fraction(1), Fraction(gone, length))


def span(rules: Rules, day: int) -> tuple[int, int]:
    """First and last day of the period that a day lies in."""
    if not rules.months:
        return 0, rules.length - 1
    at = rules.start + timedelta(day)
    first = max(rules.start, at.replace(day=1))
    after = (at.replace(day=28) + timedelta(4)).replace(day=1)
    end = min(after - timedelta(1), rules.start + timedelta(rules.length - 1))
    return (first - rules.start).days, (end - rules.start).days


def day_status(
    rules: Rules, numerators: list[int], denominators: list[int], silent: list[bool], day: int, complete: bool
) -> str:
    if silent[day]:
        return "silent"
    if rules.target is None and not rules.monitor:
        return "none"
    level = value(rules, numerators[day], denominators[day])
    if level is None:
        return "no_data"
    if rules.monitor:
        return "monitor"
    over = len(numerators) - 1 if complete else len(numerators) - 2
    ends = sorted({span(rules, each)[1] for each in range(len(numerators))})
    closed = [end for end in ends if end <= min(day, over)]
    judged = {end: value(rules, numerators[end], denominators[end]) for end in closed}
    missed = [end for end in closed if judged[end] is not None and not is_met(rules, judged[end])]
    met = is_met(rules, level)
    if closed and ((rules.months and closed[-1] in missed) or (not rules.months and not met)):
        return "overdue"
    if not met:
        pace = expected(rules, numerators, denominators, day)
        assert rules.target is not None
        piece = Fraction(100, denominators[day]) if rules.percent else Fraction(1)
        allowed = max(Fraction(rules.slack * rules.target, 100), piece)
        if pace - level > allowed + Fraction(1, 10**9):
            return "lagging"
    assert rules.target is not None
    if rules.op == "~" and level > rules.target * Fraction(11, 10):
        return "at_risk"
    if missed:
        return "recovered"
    return "achieved" if met else "on_track"


def shown(raw: list[str], settle: int) -> list[tuple[str, int]]:
    """(status shown, since which day) of each day."""
    found: list[tuple[str, int]] = []
    for day, today in enumerate(raw):
        if not found:
            found.append((today, 0))
            continue
        latest = raw[max(0, day - settle + 1) : day + 1]
        now = found[-1]
        steady = len(latest) == settle and set(latest) == {today}
        found.append((today, day) if today != now[0] and (steady or today == "overdue") else now)
    return found


def silences(reported: list[int], days: int, after: int, *, county: bool) -> list[bool]:
    """Whether it is silent, of each day."""
    found = []
    for day in range(days):
        past = sorted(each for each in reported if each <= day)
        if not county:
            found.append(day - max([*past, -1]) > after)
            continue
        if len(past) < 5:
            found.append(False)
            continue
        gaps = sorted(b - a for a, b in pairwise(past))
        at = (len(gaps) - 1) * Fraction(95, 100)
        low, part = math.floor(at), at - math.floor(at)
        habit = gaps[low] + part * (gaps[min(low + 1, len(gaps) - 1)] - gaps[low])
        found.append(day - past[-1] > after and day - past[-1] > 3 * habit)
    return found
