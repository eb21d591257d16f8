"""Checks of what departments publish: it exists, it is theirs, and all of it counts."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.catalogue.draft import Draft
from schemas.catalogue.faults import Problem, nearest


def published(draft: Draft) -> Iterator[Problem]:
    """The listed event types are the department's own."""
    for key, department in draft.departments.items():
        own = [kind.type for kind in draft.types.values() if kind.topic == key]
        for index, type in enumerate(department.events or ()):
            if type not in own:
                found = f"{key} has no event type {type!r}"
                yield Problem(("departments", key, "events", index), found, nearest(type, own))


def every_type_counts(draft: Draft) -> Iterator[Problem]:
    """Every event type that a department publishes feeds a measure; otherwise it would be sent for
    nothing."""
    if not draft.complete("measures"):
        return
    fed = {feed.type for _, _, feed in draft.feeds()}
    for key, department in draft.departments.items():
        for type in _events(draft, key):
            if type not in fed:
                remedy = "add a measure" + ("" if department.events is None else ", or take it off `events`")
                found = f"the event type {type} feeds nothing"
                yield Problem(("departments", key), found, "a measure that counts it", remedy)


def only_published(draft: Draft) -> Iterator[Problem]:
    """Nothing is counted that its department does not publish under this plan."""
    for path, _, feed in draft.feeds():
        kind = draft.types.get(feed.type)
        if (
            kind is not None
            and kind.topic in draft.departments
            and feed.type not in _events(draft, kind.topic)
        ):
            found = f"{kind.topic} does not publish {feed.type} under this plan"
            remedy = f"add it to `events` of {kind.topic}, or take that list out"
            yield Problem((*path, "type"), found, "one of its `events`", remedy)


def _events(draft: Draft, topic: str) -> list[str]:
    """The event types that a department publishes."""
    events = draft.departments[topic].events
    if events is not None:
        return [type for type in events if type in draft.types]
    return [kind.type for kind in draft.types.values() if kind.topic == topic]


CHECKS = (published, every_type_counts, only_published)
