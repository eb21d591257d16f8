"""Checks of formulas: measures that exist, of the sort that the place in the formula needs, read over a window."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.catalogue.draft import Draft
from schemas.catalogue.faults import Path, Problem, nearest
from schemas.catalogue.model import COUNTIES, PERCENT, Coverage, Indicator, Online, PerPlace, Reference
from schemas.systems.rules import subject_is_place, subject_is_region


def exist(draft: Draft) -> Iterator[Problem]:
    """Every measure that a formula reads exists."""
    for path, indicator in _formulas(draft):
        for key in indicator.formula.reads:
            if draft.unknown("measures", key):
                expected = nearest(key, draft.measures)
                yield Problem(_at(path, indicator, key), f"there is no measure {key!r}", expected)


def sorts(draft: Draft) -> Iterator[Problem]:
    """`seen` is only for what is online; what is registered and what is referred to are levels."""
    for path, indicator in _formulas(draft):
        formula = indicator.formula
        for key in formula.reads:
            measure = draft.measures.get(key)
            if measure is None:
                continue
            seen = isinstance(formula, Online) and key == formula.seen
            if seen != (measure.reducer == "seen"):
                expected = "a measure of the reducer seen" if seen else "a measure that is kept in cells"
                yield Problem(
                    _at(path, indicator, key), f"{key} is of the reducer {measure.reducer}", expected
                )
            level = (isinstance(formula, Online) and key == formula.registered) or (
                isinstance(formula, Reference) and key == formula.reference
            )
            if level and measure.reducer != "timeline":
                found = f"{key} is of the reducer {measure.reducer}"
                yield Problem(_at(path, indicator, key), found, "a level: a measure of the reducer timeline")


def places(draft: Draft) -> Iterator[Problem]:
    """A roster's subjects are its places, and a reference's are its regions."""
    for path, indicator in _formulas(draft):
        formula = indicator.formula
        if isinstance(formula, Coverage | PerPlace) and formula.places in draft.measures:
            if draft.measures[formula.places].reducer != "timeline" or not _ruled(
                draft, formula.places, subject_is_place
            ):
                expected = (
                    "a roster: a timeline of an event type whose subject is its place (subject_is_place)"
                )
                yield Problem((*path, "places"), f"{formula.places} is no roster", expected)
        elif isinstance(formula, PerPlace) and formula.places == COUNTIES:
            yield Problem((*path, "places"), "per_place of counties", "a roster measure")
        if isinstance(formula, Reference) and formula.reference in draft.measures:
            rules = (subject_is_region, subject_is_place)
            if not _ruled(draft, formula.reference, *rules):
                expected = "a level of an event type whose subject is its region (subject_is_region)"
                yield Problem((*path, "reference"), f"{formula.reference} is not a region's own", expected)


def windows(draft: Draft) -> Iterator[Problem]:
    """A window is for flows; beside other measures a flow needs one, and a distinct count its own period."""
    for index, indicator in draft.indicators.items():
        path: Path = ("indicators", index)
        read = {key: draft.measures[key] for key in indicator.formula.reads if key in draft.measures}
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
    """Shares are in percent, and nothing else is; a fixed denominator is the target."""
    for index, indicator in draft.indicators.items():
        path: Path = ("indicators", index)
        if (indicator.unit == "%") != (indicator.formula.kind in PERCENT):
            found = f"the unit {indicator.unit!r} for a formula of the kind {indicator.formula.kind}"
            expected = "%" if indicator.formula.kind in PERCENT else "the unit of what is counted"
            yield Problem((*path, "unit"), found, expected)
        of, target = getattr(indicator.formula, "of", None), indicator.target
        if of is not None and target is not None and target.value != of:
            yield Problem((*path, "formula", "of"), f"of {of}", f"the target's value, {target.value}")


def _formulas(draft: Draft) -> Iterator[tuple[Path, Indicator]]:
    for index, indicator in draft.indicators.items():
        yield ("indicators", index, "formula"), indicator


def _at(path: Path, indicator: Indicator, key: str) -> Path:
    """Where in the formula a measure is named."""
    formula = indicator.formula
    if isinstance(formula, Coverage) and key in formula.needs:
        return (*path, "needs", key)
    return (*path, next(name for name, value in formula if value == key))


def _ruled(draft: Draft, measure: str, *rules: object) -> bool:
    """Whether all event types of a measure keep one of the rules."""
    kinds = [draft.types.get(feed.type) for feed in draft.measures[measure].feeds]
    return all(kind is None or kind.rule in rules for kind in kinds)


CHECKS = (exist, sorts, places, windows, units)
