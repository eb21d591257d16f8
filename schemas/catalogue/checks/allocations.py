"""Checks of how targets are divided among counties: by weights that exist, for counties that exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.catalogue.draft import Draft
from schemas.catalogue.faults import Path, Problem, listed, nearest


def weights(draft: Draft) -> Iterator[Problem]:
    """Weights are given only for counties of the city."""
    for name, numbers in (draft.plan.weights if draft.plan else {}).items():
        yield from _counties(("plan", "weights", name), numbers, draft)


def allocations(draft: Draft) -> Iterator[Problem]:
    """A count's target is divided by a set of weights, or by numbers that add up to it."""
    for index, indicator in draft.indicators.items():
        divided = indicator.allocate
        if divided is None:
            continue
        path: Path = ("indicators", index, "allocate")
        if indicator.formula.kind != "count" or indicator.target is None or indicator.level == "city":
            aimed = "with" if indicator.target else "without"
            found = f"a {indicator.formula.kind} of level {indicator.level}, {aimed} a target"
            expected = "a count with a target, of level county or place"
            yield Problem(path, found, expected, "take it out: a rate's target holds in every county")
        if (divided.by is None) == (divided.numbers is None):
            yield Problem(path, "both or neither of `by` and `numbers`", "one of the two")
        elif divided.by is not None and draft.plan is not None and divided.by not in draft.plan.weights:
            expected = nearest(divided.by, draft.plan.weights)
            yield Problem((*path, "by"), f"the plan has no weights {divided.by!r}", expected)
        elif divided.numbers is not None:
            yield from _counties((*path, "numbers"), divided.numbers, draft)
            total = sum(divided.numbers.values())
            if indicator.target is not None and total != indicator.target.value:
                found = f"numbers that add up to {total}"
                yield Problem((*path, "numbers"), found, f"the city's target, {indicator.target.value}")


def _counties(path: Path, numbers: Mapping[str, object], draft: Draft) -> Iterator[Problem]:
    known = {county.code: county for county in draft.regions.counties}
    if not numbers:
        yield Problem(path, "no county", f"numbers for {listed(known)}")
    for code in numbers:
        if code not in known:
            yield Problem((*path, code), f"{draft.regions.zh} has no county {code!r}", nearest(code, known))


CHECKS = (weights, allocations)
