"""Links: what else must be known before an event counts. Pure.

A visit counts if the elder is on the roster, a settlement if the case was accepted, a station if a roster
lists its place, a device's heartbeat if the device is registered. An event without its counterpart is an
*orphan*: valid, in the ledger, and in no figure. The links of a plan follow from the conditions and formulas
of its catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from schemas.catalogue.formula import COUNTIES, Coverage, Online, PerPlace
from schemas.catalogue.model import Catalogue, Indicator, Measure
from schemas.catalogue.part import PeriodName

Needs = Literal["subject", "place", "device"]
_LENGTH = {"": 9, "year": 3, "quarter": 2, "month": 1}


class Link(NamedTuple):
    """What an event of a measure needs, to count in some indicators.

    `needs` is one of three. `subject`: the event's subject in the home member of the condition. `place`: the
    event's region on a roster of places (any county, if the counties are the places). `device`: the event's
    subject on a roster of devices.
    """

    measure: str
    topic: str
    needs: Needs
    indicators: tuple[str, ...]
    """The indicators that the event would have moved."""
    types: tuple[str, ...]
    """The event types that would have supplied what is needed."""
    topics: frozenset[str]
    """The topics whose events may make an orphan, or end one."""
    home: str = ""
    """The member whose facts say when the subject is known. In a place's link: the member whose facts have
    the region."""
    lapsing: tuple[str, ...] = ()
    period: PeriodName | Literal[""] = ""
    """subject: the period with which the members in `lapsing` end. place: the period over which a count is
    read; "": for ever."""
    cohort: bool = False
    level: bool = False
    """place: the measure is a level, which stands until it is taken back or moves."""
    counties: bool = False
    """place: every county is a place."""
    registers: tuple[str, ...] = ()
    """device: the measures that are rosters of devices."""


class Kind(NamedTuple):
    """Why events are orphans. A row of the view `orphan_kinds`."""

    kind: str
    zh: str
    en: str


KINDS = (
    Kind("subject-unknown", "对象没有登记", "subject on no roster"),
    Kind("subject-out-of-time", "不在对象登记期间", "outside the subject's time on the roster"),
    Kind("place-unknown", "地点不在名册", "place on no roster"),
    Kind("place-out-of-time", "不在地点列入名册期间", "outside the place's time on a roster"),
    Kind("device-unknown", "设备没有登记", "device on no roster"),
    Kind("device-out-of-time", "不在设备登记期间", "outside the device's time on the roster"),
)
"""`…-unknown`: what is needed was never published. `…-out-of-time`: it was, but not for the time of the
event."""


def kinds(needs: Needs) -> tuple[str, ...]:
    """The kinds of orphans that a link can have."""
    return tuple(kind.kind for kind in KINDS if kind.kind.startswith(f"{needs}-"))


def links(catalogue: Catalogue) -> list[Link]:
    """All links of a plan, in the order of its measures."""
    found = [
        *_subjects(catalogue),
        *_places(catalogue),
        *_devices(catalogue),
    ]
    order = {key: n for n, key in enumerate(catalogue.measures)}
    return sorted(found, key=lambda link: order[link.measure])


def rosters(catalogue: Catalogue) -> tuple[str, ...]:
    """The measures that are rosters of places."""
    formulas = [indicator.formula for indicator in catalogue.indicators]
    places = [formula.places for formula in formulas if isinstance(formula, Coverage | PerPlace)]
    return tuple(key for key in dict.fromkeys(places) if key != COUNTIES)


def _subjects(catalogue: Catalogue) -> Iterator[Link]:
    for key, measure in catalogue.measures.items():
        home = next((feed for feed in measure.feeds if feed.home), None)
        readers = tuple(each.id for each in catalogue.indicators if key in each.formula.reads)
        if measure.reducer != "condition" or home is None or not readers:
            continue
        lapsing = {feed.member: feed.lapses for feed in measure.feeds if feed.lapses}
        yield Link(
            key, measure.topic, "subject", readers, (home.type,), frozenset({measure.topic}), home.member,
            tuple(lapsing), next((period for period in lapsing.values() if period), ""), measure.cohort,
        )  # fmt: skip


def _places(catalogue: Catalogue) -> Iterator[Link]:
    every = rosters(catalogue)
    for key, measure in catalogue.measures.items():
        readers = [each for each in catalogue.indicators if key in _in_places(each)]
        if not readers:
            continue
        places = {_places_of(each) for each in readers}
        listing = () if places == {COUNTIES} else every
        windows = [each.window or "" if measure.flow else "" for each in readers]
        home = next((feed.member for feed in measure.feeds if feed.home), "")
        yield Link(
            key, measure.topic, "place", tuple(each.id for each in readers), _types(catalogue, listing),
            frozenset({measure.topic, *(catalogue.measures[roster].topic for roster in listing)}), home,
            period=max(windows, key=lambda window: _LENGTH[window]), level=_level(measure), counties=COUNTIES in places,
        )  # fmt: skip


def _places_of(indicator: Indicator) -> str:
    return indicator.formula.places if isinstance(indicator.formula, Coverage | PerPlace) else ""


def _in_places(indicator: Indicator) -> tuple[str, ...]:
    """The measures that an indicator reads place by place."""
    match indicator.formula:
        case Coverage(needs=needs):
            return tuple(needs)
        case PerPlace(measure=measure):
            return (measure,)
    return ()


def _level(measure: Measure) -> bool:
    return measure.reducer == "timeline" or (
        measure.reducer == "condition" and any(feed.home and feed.value for feed in measure.feeds)
    )


def _devices(catalogue: Catalogue) -> Iterator[Link]:
    for key, measure in catalogue.measures.items():
        readers = [
            (each.id, each.formula.registered)
            for each in catalogue.indicators
            if isinstance(each.formula, Online) and each.formula.seen == key
        ]
        if readers:
            registers = tuple(dict.fromkeys(register for _, register in readers))
            topics = frozenset({measure.topic, *(catalogue.measures[each].topic for each in registers)})
            yield Link(
                key, measure.topic, "device", tuple(id for id, _ in readers), _types(catalogue, registers), topics,
                registers=registers,
            )  # fmt: skip


def _types(catalogue: Catalogue, measures: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(feed.type for key in measures for feed in catalogue.measures[key].feeds))
