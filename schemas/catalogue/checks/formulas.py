"""Checks of formulas: their measures exist, and each is of the sort that its place in the formula needs."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.catalogue.draft import Draft
from schemas.catalogue.faults import Path, Problem, nearest
from schemas.catalogue.model import COUNTIES, Coverage, Indicator, Online, PerPlace, Reference
from schemas.systems.rules import subject_is_place, subject_is_region


def exist(draft: Draft) -> Iterator[Problem]:
    """Every measure that a formula reads exists."""
    for path, indicator in _formulas(draft):
        for key in indicator.formula.reads:
            if draft.unknown("measures", key):
                expected = nearest(key, draft.measures)
                yield Problem(_at(path, indicator, key), f"there is no measure {key!r}", expected)


def sorts(draft: Draft) -> Iterator[Problem]:
    """Only `seen` in the formula online reads a `seen` measure; `registered` and `reference` read levels."""
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


CHECKS = (exist, sorts, places)
