"""The civil affairs bureau: the roster of places, organizations, elder care, children, lists, surveys."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, constant, status
from pulse.simulate.geography import COMMUNITIES
from pulse.simulate.seasons import DAY, END, HOUR, MONTHS, QUARTERS, START, before, instants, midnight

_OFFICE = "//minzheng.jining/office"
_LISTS = ("affairs", "assessment", "seals")


def tell(city: SimulatedCity) -> Story:
    """All event tables of the system except those about elders."""
    yield _communities(city)
    yield from _organizations(city)
    yield from _elder_care(city)
    yield _children(city)
    yield _funds(city)
    yield from _surveys(city)
    yield _aid_stations(city)
    yield _three_lists(city)


def _communities(city: SimulatedCity) -> EventTable:
    """The roster of places. A few villages become communities; two villages are struck off."""
    rng = city.rng("community")
    places = city.places
    rows = np.arange(len(places))
    roster = EventTable(
        "civil-affairs.community", "//minzheng.jining/divisions", city.codes(rows), city.codes(rows),
        before(rng, len(rows), 6.0), {"kind": places.kind, "name": places.name},
        moves=False, shifts=False, voids=False,
    )  # fmt: skip
    changed = city.becoming
    merged = rng.choice(np.setdiff1d(places.of(("village",)), changed), size=2, replace=False)
    table = status(roster, "listed", merged, instants(rng, 2, "office", last=START + 200 * DAY))
    names = np.array([name.removesuffix("村") + "社区" for name in places.name[changed]], dtype=object)
    return table.followed(
        EventTable(
            roster.type,
            roster.source,
            city.codes(changed),
            city.codes(changed),
            instants(rng, len(changed), "plan"),
            {
                "kind": constant("rural", len(changed)),
                "name": names,
                "listed": np.ones(len(changed), dtype=bool),
            },
        )
    )


def _organizations(city: SimulatedCity) -> Story:
    """Social organizations: some 13 in an urban community, some 6 in other places, fewer in weak counties."""
    rng = city.rng("social-organization")
    places = city.places
    mean = np.select([places.kind == "urban"], [13.9], 6.5) * (
        0.94 + 0.12 * city.reach("organization", 0.5)[places.county]
    )
    homes = np.repeat(np.arange(len(places)), np.maximum(1, np.round(rng.normal(mean, 1.3))).astype(int))
    on = EventTable(
        "civil-affairs.social-organization", "//minzheng.jining/organizations",
        city.tokens("social-organization", len(homes), "org"), city.codes(homes),
        city.rollout("social-organization", len(homes), 0.8),
    )  # fmt: skip
    closed = np.flatnonzero(rng.random(len(homes)) < 0.015)
    yield status(on, "listed", closed, instants(rng, len(closed), "office"))


def _elder_care(city: SimulatedCity) -> Story:
    """Home adaptations, care beds at home, canteens and trainings of caregivers."""
    rng = city.rng("elder-care")
    homes = city.homes("home-adaptation", 2_130, least=0)
    households = city.tokens("home-adaptation", len(homes), "household")
    time = instants(rng, len(homes), "plan")
    # A household is sometimes reported twice, by the town and by the contractor; it must count once.
    twice = rng.random(len(homes)) < 0.02
    later = np.minimum(time[twice] + 9 * DAY, END - HOUR)
    yield EventTable(
        "civil-affairs.home-adaptation", _OFFICE,
        np.concatenate([households, households[twice]]),
        np.concatenate([city.codes(homes), city.codes(homes[twice])]),
        np.concatenate([time, later]),
    )  # fmt: skip

    homes = city.homes("care-beds", 70, least=0)
    providers = city.tokens("care-beds", len(homes), "provider")
    for quarter, first in enumerate(QUARTERS[:-1]):
        beds = np.round(rng.gamma(6.0, 2.0, len(homes)) * (0.75 + 0.16 * quarter)).astype(int)
        yield EventTable(
            "civil-affairs.care-beds", _OFFICE, providers, city.codes(homes),
            first + rng.integers(3, 25, len(homes)) * DAY + 10 * HOUR, {"beds": beds}, swaps=("beds",),
        )  # fmt: skip

    homes = city.homes("elder-canteen", 392, least=0)
    canteens = EventTable(
        "civil-affairs.elder-canteen", _OFFICE, city.tokens("elder-canteen", len(homes), "canteen"), city.codes(homes),
        city.rollout("elder-canteen", len(homes), 0.6),
    )  # fmt: skip
    closed = np.flatnonzero(rng.random(len(homes)) < 0.03)
    yield status(canteens, "open", closed, instants(rng, len(closed), "office"))

    homes = city.homes("caregiver-training", 88, least=0)
    yield EventTable(
        "civil-affairs.caregiver-training", _OFFICE, city.tokens("caregiver-training", len(homes), "session"),
        city.codes(homes), instants(rng, len(homes), "plan"),
        {"attendances": rng.integers(15, 52, len(homes))}, swaps=("attendances",),
    )  # fmt: skip


def _children(city: SimulatedCity) -> EventTable:
    """Services for children in difficulty or left behind, in most months, most often in the holidays."""
    rng = city.rng("child-service")
    homes = city.homes("child", 9_000)
    children = city.tokens("child", len(homes), "child")
    chance = city.reach("child-service", 0.62)[city.places.county[homes]]
    rows, times = [], []
    for month, (first, last) in enumerate(pairwise(MONTHS)):
        holidays = 1.25 if month in (0, 6, 7) else 1.0
        served = np.flatnonzero(rng.random(len(homes)) < np.minimum(0.99, chance * holidays))
        rows.append(served)
        times.append(instants(rng, len(served), "home", first, last))
    row = np.concatenate(rows)
    return EventTable(
        "civil-affairs.child-service", _OFFICE, children[row], city.codes(homes[row]), np.concatenate(times)
    )


def _funds(city: SimulatedCity) -> EventTable:
    """Community funds, dated by the day of founding. They are few and not scaled."""
    rng = city.rng("community-fund")
    count = int(rng.integers(13, 22)) + 24
    homes = rng.choice(city.places.of(COMMUNITIES), size=count)
    old = np.arange(count) < 24
    names = np.array([f"{name}社区基金" for name in city.places.name[homes]], dtype=object)
    return EventTable(
        "civil-affairs.community-fund", _OFFICE, city.tokens("community-fund", count, "fund"), city.codes(homes),
        np.where(old, before(rng, count), instants(rng, count, "plan")), {"name": names},
    )  # fmt: skip


def _surveys(city: SimulatedCity) -> Story:
    """Residents' surveys in the last weeks of each quarter; scores rise with a county's strength."""
    rng = city.rng("satisfaction-survey")
    for number, last in enumerate(QUARTERS[1:]):
        homes = city.homes(f"survey/{number}", 640)
        answers = rng.integers(20, 160, len(homes))
        strength = city.skill[city.places.county[homes]]
        mean = (86 + 1.1 * number + 2.2 * strength + rng.normal(0, 3.5, len(homes))).clip(40, 99.5)
        yield EventTable(
            "civil-affairs.satisfaction-survey", "//minzheng.jining/surveys",
            city.tokens(f"survey/{number}", len(homes), f"survey-q{number + 1}"), city.codes(homes),
            instants(rng, len(homes), "even", last - 24 * DAY, last),
            {"score_total": np.round(mean * answers, 1), "answers": answers}, shifts=False,
        )  # fmt: skip


def _aid_stations(city: SimulatedCity) -> EventTable:
    """Aid stations: one in almost every place. The last ones open in December, a few never."""
    rng = city.rng("aid-station")
    rows = np.arange(len(city.places))
    has = rows[city.hits("aid-station", rows, 0.998, 0.6)]
    homes = np.concatenate([has, rng.choice(has, size=city.count(120))])
    stations = EventTable(
        "civil-affairs.aid-station", _OFFICE, city.tokens("aid-station", len(homes), "station"), city.codes(homes),
        city.rollout("aid-station", len(homes), 0.7),
    )  # fmt: skip
    moving = np.flatnonzero(rng.random(len(homes)) < 0.004)
    return status(stations, "open", moving, instants(rng, len(moving), "office"))


def _three_lists(city: SimulatedCity) -> EventTable:
    """Three lists in each county, strong counties first. One list is repealed in the year and issued again."""
    rng = city.rng("work-list")
    order = np.argsort(-city.skill + rng.normal(0, 0.5, len(city.counties)))
    codes, lists, time = [], [], []
    for rank, county in enumerate(order):
        for number, name in enumerate(_LISTS):
            codes.append(city.counties[county])
            lists.append(name)
            day = -60 + 27 * rank + 9 * number + int(rng.integers(0, 20))
            time.append(START + min(day, 352) * DAY + 10 * HOUR)
    region = np.array(codes, dtype=object)
    names = np.array(lists, dtype=object)
    table = EventTable(
        "civil-affairs.work-list", _OFFICE, region + ":" + names, region, np.array(time), {"list": names},
        moves=False, shifts=False, voids=False,
    )  # fmt: skip
    repealed = np.array([len(codes) // 2])
    whole = status(table, "in_force", repealed, np.array([midnight(date(2023, 11, 20))]))
    again = table.take(repealed)
    return whole.followed(
        EventTable(
            again.type,
            again.source,
            again.subject,
            again.region,
            np.array([midnight(date(2023, 12, 12)) + 10 * HOUR]),
            {**again.data, "in_force": np.ones(1, dtype=bool)},
        )
    )
