"""Checks of indicators: their names, who owns them, and target, due date, cadence and pace that fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from schemas.catalogue.draft import Draft
from schemas.catalogue.faults import Path, Problem, nearest
from schemas.catalogue.model import Indicator, Plan

PACES = {
    "once": ("linear", "checkpoints", "none"),
    "always": ("always",),
    "hour": ("period",),
    "month": ("period",),
    "quarter": ("period",),
}
"""The paces that a target of each cadence may have."""


def references(draft: Draft) -> Iterator[Problem]:
    """Ids are unique; the action and the department are those of the plan."""
    times = Counter(indicator.id for indicator in draft.indicators.values())
    actions = {action.no for action in draft.actions.values()}
    for index, indicator in draft.indicators.items():
        path: Path = ("indicators", index)
        if times[indicator.id] > 1:
            found = f"{times[indicator.id]} indicators are named {indicator.id}"
            yield Problem((*path, "id"), found, "each id once", "rename one")
        if indicator.action not in actions and draft.complete("actions"):
            found = f"the plan has no action {indicator.action}"
            yield Problem((*path, "id"), found, "an id that starts with the number of an action: a01. for 1")
        if draft.unknown("departments", indicator.department):
            found = f"there is no department {indicator.department!r}"
            yield Problem((*path, "department"), found, nearest(indicator.department, draft.departments))


def plan(draft: Draft) -> Iterator[Problem]:
    """Actions are numbered once, the plan ends after it starts, and "every county" includes at least one."""
    times = Counter(action.no for action in draft.actions.values())
    for index, action in draft.actions.items():
        if times[action.no] > 1:
            yield Problem(
                ("actions", index, "no"), f"{times[action.no]} actions numbered {action.no}", "each once"
            )
    if draft.plan is None:
        return
    if draft.plan.due < draft.plan.start:
        yield Problem(("plan", "due"), f"due {draft.plan.due}", f"a day after the start, {draft.plan.start}")
    statutory = any(county.kind == "statutory" for county in draft.regions.counties)
    if draft.plan.counties == "statutory" and not statutory:
        found = f"{draft.regions.zh} has no statutory county"
        yield Problem(("plan", "counties"), found, "`counties: all`, or statutory counties in the regions")


def kinds(draft: Draft) -> Iterator[Problem]:
    """Targets, milestones and monitors each have just the keys that they need."""
    for index, indicator in draft.indicators.items():
        path: Path = ("indicators", index)
        yield from _monitor(path, indicator) if indicator.kind == "monitor" else _aim(path, indicator)


def _monitor(path: Path, indicator: Indicator) -> Iterator[Problem]:
    remedy = "take it out, or make it a target"
    if indicator.target is not None:
        yield Problem((*path, "target"), "a monitor with a target", "none", remedy)
    if indicator.due is not None:
        yield Problem((*path, "due"), "a monitor with a due date", "none", remedy)
    if indicator.cadence == "once":
        yield Problem((*path, "cadence"), "a monitor that is read once", "always, hour, month or quarter")
    if indicator.pace.kind != "none":
        yield Problem((*path, "pace"), f"a monitor with the pace {indicator.pace.kind}", "none", remedy)


def _aim(path: Path, indicator: Indicator) -> Iterator[Problem]:
    kind, cadence = indicator.kind, indicator.cadence
    if indicator.target is None:
        yield Problem(path, f"a {kind} without a target", "a target", "add it, or make it a monitor")
    if kind == "milestone" and cadence != "once":
        yield Problem((*path, "cadence"), f"a milestone for each {cadence}", "once")
    elif cadence == "once" and indicator.due is None:
        yield Problem(path, f"a {kind} without a due date", "due", "add it, or give it another cadence")
    elif cadence != "once" and indicator.due is not None:
        found = f"a due date beside the cadence {cadence}"
        yield Problem((*path, "due"), found, "one of the two", "take it out, or let the cadence be once")
    if indicator.pace.kind not in PACES[cadence]:
        found = f"the pace {indicator.pace.kind} for the cadence {cadence}"
        yield Problem((*path, "pace"), found, " or ".join(PACES[cadence]))


def dates(draft: Draft) -> Iterator[Problem]:
    """Due dates lie within the plan; checkpoints rise, from the plan's start to the due date."""
    for index, indicator in draft.indicators.items():
        path: Path = ("indicators", index)
        points = indicator.pace.checkpoints
        if bool(points) != (indicator.pace.kind == "checkpoints"):
            found = f"{len(points)} checkpoints for the pace {indicator.pace.kind}"
            yield Problem((*path, "pace"), found, "checkpoints just where the pace is checkpoints")
        if indicator.pace.base is not None and indicator.pace.kind not in ("linear", "checkpoints"):
            found = f"a base for the pace {indicator.pace.kind}"
            yield Problem((*path, "pace", "base"), found, "none: it begins at nothing", "take it out")
        if draft.plan is not None:
            yield from _within(path, indicator, draft.plan)
        for number, (earlier, later) in enumerate(pairwise(points), start=1):
            if later.date <= earlier.date or later.share < earlier.share:
                here = (*path, "pace", "checkpoints", number)
                found = f"{later.share} by {later.date} after {earlier.share} by {earlier.date}"
                yield Problem(here, found, "later dates with shares that do not fall")


def _within(path: Path, indicator: Indicator, plan: Plan) -> Iterator[Problem]:
    due = indicator.due or plan.due
    if not plan.start <= due <= plan.due:
        yield Problem((*path, "due"), f"due {due}", f"a day of the plan, {plan.start} to {plan.due}")
    for number, point in enumerate(indicator.pace.checkpoints):
        if not plan.start <= point.date <= due:
            here = (*path, "pace", "checkpoints", number)
            yield Problem(here, f"a checkpoint on {point.date}", f"a day from {plan.start} to {due}")


CHECKS = (references, plan, kinds, dates)
