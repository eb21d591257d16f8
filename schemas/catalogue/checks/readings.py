"""Checks of how formulas are read: over which window, how often, for which regions, in which unit."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.catalogue.draft import Draft
from schemas.catalogue.faults import Path, Problem
from schemas.catalogue.model import COUNTIES, PERCENT, Coverage, Indicator, Measure, Online


def windows(draft: Draft) -> Iterator[Problem]:
    """Only flows have a window. In any formula but a count a flow needs one; a distinct count by period
    needs that period."""
    for index, indicator in draft.indicators.items():
        path: Path = ("indicators", index)
        read = _read(draft, indicator)
        if len(read) < len(set(indicator.formula.reads)):
            continue
        flows = [key for key, measure in read.items() if measure.flow]
        if indicator.window and not flows:
            remedy = "take it out: a level is read up to the day"
            yield Problem((*path, "window"), "a window, but only levels in the formula", "none", remedy)
        if flows and not indicator.window and indicator.formula.kind != "count":
            found = f"no window for {flows[0]}, which counts what happens"
            yield Problem(path, found, "a window: month, quarter or year", "add it")
        for key in flows:
            period = read[key].period
            if period and period != indicator.window:
                found = f"{key} is distinct by {period}, read over {indicator.window or 'all time'}"
                remedy = f"let the window be {period}, or make a measure of another period"
                at = (*path, "window") if indicator.window else path
                yield Problem(at, found, "a window like the period", remedy)


def units(draft: Draft) -> Iterator[Problem]:
    """Indicators that are shares are in percent, and no others are. A fixed denominator equals the target."""
    for index, indicator in draft.indicators.items():
        path: Path = ("indicators", index)
        if (indicator.unit == "%") != (indicator.formula.kind in PERCENT):
            found = f"the unit {indicator.unit!r} for a formula of the kind {indicator.formula.kind}"
            expected = "%" if indicator.formula.kind in PERCENT else "the unit of what is counted"
            yield Problem((*path, "unit"), found, expected)
        of, target = getattr(indicator.formula, "of", None), indicator.target
        if of is not None and target is not None and target.value != of:
            yield Problem((*path, "formula", "of"), f"of {of}", f"the target's value, {target.value}")


def english(draft: Draft) -> Iterator[Problem]:
    """Every unit has its English. A missing one is reported at the first entry that names the unit."""
    said = {"", "%"}
    for section, entries in (("measures", draft.measures), ("indicators", draft.indicators)):
        for key, entry in entries.items():
            if entry.unit not in said and draft.unknown("units", entry.unit):
                found, remedy = f"the unit {entry.unit!r} has no English", "add it under units"
                yield Problem((section, key, "unit"), found, "such as {one: person, many: persons}", remedy)
            said.add(entry.unit)


def cadences(draft: Draft) -> Iterator[Problem]:
    """What is read each month counts by the month, and each quarter by the quarter. The cadence hour is
    for `online` only."""
    for index, indicator in draft.indicators.items():
        path: Path = ("indicators", index)
        cadence = indicator.cadence
        if (cadence == "hour") != isinstance(indicator.formula, Online):
            found = f"the cadence {cadence} for a formula of the kind {indicator.formula.kind}"
            yield Problem((*path, "cadence"), found, "hour for online, and for nothing else")
        if cadence not in ("month", "quarter"):
            continue
        if indicator.window not in (None, cadence):
            yield Problem(
                (*path, "window"), f"a window of a {indicator.window}, read each {cadence}", cadence
            )
        for key, measure in _read(draft, indicator).items():
            for feed in measure.feeds:
                if feed.lapses not in (None, cadence):
                    found = f"{feed.member} of {key} lapses by the {feed.lapses}, read each {cadence}"
                    remedy = "change the cadence, or make another measure"
                    yield Problem((*path, "cadence"), found, f"members that lapse by the {cadence}", remedy)


def levels(draft: Draft) -> Iterator[Problem]:
    """An indicator that is known only by county has no values below the counties."""
    for index, indicator in draft.indicators.items():
        formula = indicator.formula
        by_county = isinstance(formula, Online) or (
            isinstance(formula, Coverage) and formula.places == COUNTIES
        )
        if by_county and indicator.level == "place":
            remedy = "add `level: county`"
            yield Problem(
                ("indicators", index), f"level place for {formula.kind} by county", "county or city", remedy
            )


def _read(draft: Draft, indicator: Indicator) -> dict[str, Measure]:
    """The measures of a formula that could be read."""
    return {key: draft.measures[key] for key in indicator.formula.reads if key in draft.measures}


CHECKS = (windows, cadences, levels, units, english)
