"""Hides small groups of persons on public boards, so that they cannot be computed from what is shown either. Pure.

Primary suppression: a county's row is hidden if one of its quantities (numerator, denominator, or their
difference) counts between 1 and `least` − 1 persons. Zero is shown, because nobody is in that group.

Complementary suppression: the city's total is shown, so the sum of the hidden rows is known. More rows are
hidden, the smallest first, until at least two are hidden and the sum of each quantity over them is 0 or at
least `least`. If all rows together cannot reach that, the total is hidden too.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from msgspec.structs import replace as changed

from dashboards.web.model.course import Course, Day
from dashboards.web.model.findings import Findings
from dashboards.web.model.light import Figure, Forecast, Light, Pace
from dashboards.web.model.snapshot import Snapshot

Key = TypeVar("Key", bound=Hashable)

PERSONS = frozenset({"人", "人次", "户"})
"""Units that count persons. A household is treated like a person."""


def hidden(
    rows: Mapping[Key, Sequence[float]], total: Sequence[float], least: int
) -> tuple[frozenset[Key], bool]:
    """The keys of the rows to hide, and whether to hide the total.

    `rows`: for each part of the total, its quantities (whole numbers ≥ 0) in the same order as in `total`.
    """
    if any(_small(quantity, least) for quantity in total):
        return frozenset(rows), True
    gone = {key for key, quantities in rows.items() if any(_small(each, least) for each in quantities)}
    rest = sorted((key for key in rows if key not in gone), key=lambda key: (sum(rows[key]), str(key)))
    while gone and not _safe([rows[key] for key in gone], least):
        if not rest:
            return frozenset(rows), True
        gone.add(rest.pop(0))
    return frozenset(gone), False


def _small(quantity: float, least: int) -> bool:
    return 0 < quantity < least


def _safe(gone: Sequence[Sequence[float]], least: int) -> bool:
    return len(gone) > 1 and not any(_small(sum(quantities), least) for quantities in zip(*gone, strict=True))


def guarded(snapshot: Snapshot, least: int) -> Snapshot:
    """The snapshot for a public board: hidden rows keep their status and lose all figures. Unchanged if `least` < 2."""
    if least < 2:
        return snapshot
    gone: set[tuple[str, str]] = set()
    for indicator in {light.indicator for light in snapshot.lights}:
        parts = {
            light.region: quantities
            for light in snapshot.of_indicator(indicator)
            if (quantities := _quantities(snapshot, light)) is not None
        }
        city = parts.pop(snapshot.city, None)
        sums = city if city is not None else [sum(column) for column in zip(*parts.values(), strict=True)]
        if not sums:
            continue
        rows, total = hidden(parts, sums, least)
        gone |= {(indicator, region) for region in rows}
        if total:
            gone.add((indicator, snapshot.city))
    lights = [_blank(light) if light.key in gone else light for light in snapshot.lights]
    return replace(snapshot, lights=lights, hidden=frozenset(gone))


def guarded_course(course: Course, snapshot: Snapshot, least: int) -> Course:
    """The course for a public board. If it counts persons, only the city's is shown, without days of small
    groups: otherwise a county hidden on one day could be computed from the other counties' lines."""
    counted = snapshot.frame.counts.get(course.indicator)
    if least < 2 or counted is None or not {counted.numerator, counted.denominator} & PERSONS:
        return course
    if course.region != snapshot.city or (course.indicator, course.region) in snapshot.hidden:
        return course._replace(days=(), ahead=())
    return course._replace(days=[_blank_day(day) if _small_day(day, least) else day for day in course.days])


def guarded_findings(found: Findings, least: int) -> Findings:
    """The findings for a public board: numbers of orphans without samples, and no conflicts."""
    if least < 2:
        return found
    orphans = [each._replace(samples=()) for each in found.orphans]
    return found._replace(orphans=orphans, conflicts=(), least=least)


def _quantities(snapshot: Snapshot, light: Light) -> list[float] | None:
    """The numbers of persons in a light; None if it does not count persons."""
    counted = snapshot.frame.counts.get(light.indicator)
    if counted is None:
        return None
    numerator = light.figure.numerator if counted.numerator in PERSONS else None
    denominator = light.figure.denominator if counted.denominator in PERSONS else None
    if counted.numerator not in PERSONS and counted.denominator not in PERSONS:
        return None
    between = abs(denominator - numerator) if numerator is not None and denominator is not None else None
    return [each or 0.0 for each in (numerator, denominator, between)]


def _blank(light: Light) -> Light:
    """The light without its figures. Only the fields named here are kept, so that a new field is withheld by default."""
    target = None if light.about.formula == "count" else light.goal.target
    return changed(
        light,
        figure=Figure(last_report=light.figure.last_report),
        goal=changed(light.goal, target=target, shortfall=None),
        pace=Pace(),
        forecast=Forecast(no_forecast=light.forecast.no_forecast),
    )


def _small_day(day: Day, least: int) -> bool:
    numerator, denominator = day.numerator or 0.0, day.denominator
    rest = [] if denominator is None else [denominator, abs(denominator - numerator)]
    if day.cohort is not None:
        by_now = day.cohort if denominator is None else day.cohort * denominator / 100
        rest += [by_now, *([] if denominator is None else [abs(denominator - by_now)])]
    return any(_small(quantity, least) for quantity in (numerator, *rest))


def _blank_day(day: Day) -> Day:
    return changed(day, value=None, numerator=None, denominator=None, cohort=None, why_zh="", why_en="")
