"""Checks of measures: one topic each, only keys that their reducer uses, and groups of one subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from schemas.catalogue.draft import Draft
from schemas.catalogue.faults import Path, Problem, listed, nearest
from schemas.catalogue.model import COUNTIES, Measure


def names(draft: Draft) -> Iterator[Problem]:
    """A measure may not be named like the list of counties; its topic must be a department's."""
    for key, measure in draft.measures.items():
        if key == COUNTIES:
            yield Problem(
                ("measures", key), f"a measure named {key}", "another name", "it means the city's counties"
            )
        if draft.unknown("departments", measure.topic):
            path = ("measures", key, "topic")
            expected = nearest(measure.topic, draft.departments)
            yield Problem(
                path, f"no department has the topic {measure.topic!r}", expected, "add it under departments"
            )


def one_topic(draft: Draft) -> Iterator[Problem]:
    """A measure is fed from its own topic only, and by each event type once."""
    for key, measure in draft.measures.items():
        known = [draft.types[feed.type] for feed in measure.feeds if feed.type in draft.types]
        topics = sorted({kind.topic for kind in known})
        if len(topics) > 1:
            remedy = "make a measure for each and let a formula bring them together"
            found = f"it is fed from {listed(topics)}: one group would lie in two places"
            yield Problem(("measures", key, "feeds"), found, "feeds of one topic", remedy)
        elif topics and topics != [measure.topic]:
            yield Problem(
                ("measures", key, "topic"), f"{measure.topic!r}", f"the topic of its event types, {topics[0]}"
            )
        times = Counter(feed.type for feed in measure.feeds)
        for type in (type for type, count in times.items() if count > 1):
            remedy = "list the values in one `where`, or make two measures"
            yield Problem(
                ("measures", key, "feeds"), f"{type} feeds it twice", "each event type once", remedy
            )


def reducer_words(draft: Draft) -> Iterator[Problem]:
    """Keys that a reducer does not use are refused, because they would seem to have an effect."""
    for key, measure in draft.measures.items():
        path: Path = ("measures", key)
        if measure.period and measure.reducer != "distinct":
            found = f"a period for the reducer {measure.reducer}"
            remedy = (
                "a group is a function of the subject: take the period out, and give the indicator a window"
            )
            yield Problem((*path, "period"), found, "a period for distinct only", remedy)
        if measure.within:
            yield Problem(
                (*path, "within"), "within", "it left out", "say `cohort: true`: this is made of it"
            )
        if measure.cohort and measure.reducer != "condition":
            yield Problem(
                (*path, "cohort"), f"cohort for the reducer {measure.reducer}", "it on conditions only"
            )
        if measure.reducer == "timeline" and len(measure.feeds) > 1:
            remedy = (
                "the later of two types would overwrite the level of the earlier: make a measure for each"
            )
            yield Problem((*path, "feeds"), "a timeline of several event types", "one event type", remedy)
        for index, feed in enumerate(measure.feeds):
            here = (*path, "feeds", index)
            if measure.reducer in ("distinct", "seen") and feed.value is not None:
                remedy = "it counts subjects: filter with `where` instead"
                yield Problem((*here, "value"), f"a value for the reducer {measure.reducer}", "none", remedy)
            if measure.reducer != "condition":
                for word in ("member", "home", "lapses"):
                    if getattr(feed, word):
                        found = f"{word} for the reducer {measure.reducer}"
                        yield Problem((*here, word), found, "it on conditions only", "take it out")


def conditions(draft: Draft) -> Iterator[Problem]:
    """A condition has named members, one home that lasts, and at most one period that ends others."""
    for key, measure in draft.measures.items():
        if measure.reducer == "condition":
            yield from _members(("measures", key, "feeds"), measure)


def _members(path: Path, measure: Measure) -> Iterator[Problem]:
    if len(measure.feeds) < 2:
        yield Problem(path, "a condition of one member", "two or more", "use timeline or distinct")
    times = Counter(feed.member for feed in measure.feeds)
    homes = [feed.member or str(index) for index, feed in enumerate(measure.feeds) if feed.home]
    if len(homes) != 1:
        found = f"{len(homes)} members with `home`" + (f": {listed(homes)}" if homes else "")
        yield Problem(path, found, "exactly one", "put `home: true` on the member whose region counts")
    for index, feed in enumerate(measure.feeds):
        here = (*path, index)
        if not feed.member:
            yield Problem(here, "a member without a name", "a `member`, such as roster or visit")
        elif times[feed.member] > 1:
            found = f"{times[feed.member]} members named {feed.member!r}"
            yield Problem((*here, "member"), found, "each name once")
        if feed.home and feed.lapses:
            remedy = "let the other member lapse"
            yield Problem((*here, "lapses"), "home lapses", "a home that lasts", remedy)
        if feed.lapses and measure.cohort:
            remedy = "a cohort stands on the day it began: take one of the two out"
            yield Problem((*here, "lapses"), "a member of a cohort lapses", "members that last", remedy)
    periods = list(dict.fromkeys(feed.lapses for feed in measure.feeds if feed.lapses))
    if len(periods) > 1:
        found = f"members lapse by {listed(periods)}"
        yield Problem(path, found, "one period for all", "make a measure for each period")


CHECKS = (names, one_topic, reducer_words, conditions)
