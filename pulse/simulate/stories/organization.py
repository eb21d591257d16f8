"""The party committee's organization department: community workers, their pay, grids, committees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, constant, lasting, status
from pulse.simulate.geography import COMMUNITIES
from pulse.simulate.seasons import DAY, END, HOUR, MONTHS, START, before, instants, midnight

_SOURCE = "//zuzhibu.jining/communities"
_WAGE = 68_400.0
"""Yuan a year: about the average wage in all urban units of the city in the year before."""


def tell(city: SimulatedCity) -> Story:
    """All event tables of the system."""
    yield from _staff(city)
    yield from _pay(city)
    yield from _systems(city)
    yield from _grid_members(city)
    yield from _vacancies(city)
    yield _documents()


def _staff(city: SimulatedCity) -> Story:
    """Posts and community workers. Workers are recruited in three campaigns; some leave during the year."""
    rng = city.rng("worker")
    units = city.places.of(COMMUNITIES)
    posts = np.where(
        city.places.kind[units] == "urban", rng.integers(12, 19, len(units)), rng.integers(5, 9, len(units))
    )
    yield EventTable(
        "organization.establishment", _SOURCE, _units(city), city.codes(units), before(rng, len(units)),
        {"posts": posts}, moves=False, shifts=False, voids=False,
    )  # fmt: skip

    wanted = city.reach("worker", 0.925, 0.35)[city.places.county[units]]
    homes = np.repeat(units, np.round(posts * wanted * 1.06).astype(int))
    count = len(homes)
    old = rng.random(count) < 0.86
    campaign = np.array([midnight(date(2023, 6, 5)), midnight(date(2023, 9, 1)), midnight(date(2023, 12, 4))])
    hired = (
        campaign[rng.integers(0, 3, count)]
        + rng.integers(0, 12, count) * DAY
        + rng.integers(9, 17, count) * HOUR
    )
    workers = EventTable(
        "organization.worker", _SOURCE, city.tokens("worker", count, "worker"), city.codes(homes),
        np.where(old, before(rng, count), hired),
    )  # fmt: skip
    leaving = np.flatnonzero(rng.random(count) < 0.06)
    yield status(workers, "listed", leaving, instants(rng, len(leaving), "office"))


def _units(city: SimulatedCity) -> np.ndarray:
    return np.array([f"unit-{code}" for code in city.codes(city.places.of(COMMUNITIES))], dtype=object)


def _pay(city: SimulatedCity) -> Story:
    """Each unit's monthly report of its payroll of the last twelve months, and the reference wage of a year."""
    rng = city.rng("pay")
    units = city.places.of(COMMUNITIES)
    county = city.places.county[units]
    level = 1.0 + 0.035 * city.skill[county] + rng.normal(0.01, 0.02, len(units))
    heads = np.where(
        city.places.kind[units] == "urban", rng.integers(11, 18, len(units)), rng.integers(4, 9, len(units))
    )
    for month, first in enumerate([MONTHS[0] - 28 * DAY, *MONTHS[:-1]]):
        number = np.maximum(1, heads + rng.integers(-1, 2, len(units)))
        total = np.round(number * _WAGE * level * (1 + 0.0035 * month) * rng.normal(1, 0.006, len(units)), 2)
        yield EventTable(
            "organization.pay-report", _SOURCE, _units(city), city.codes(units),
            first + rng.integers(4, 12, len(units)) * DAY + rng.integers(9, 17, len(units)) * HOUR,
            {"total_yuan": total, "heads": number}, moves=False, shifts=False, voids=False,
            nudges=("total_yuan",),
        )  # fmt: skip
    regions = np.array(["370800", *city.counties], dtype=object)
    for day, factor in ((date(2022, 6, 20), 0.955), (date(2023, 6, 19), 1.0)):
        wage = np.round(
            _WAGE * factor * np.concatenate([[1.0], rng.normal(1.0, 0.03, len(city.counties))]), 2
        )
        yield EventTable(
            "organization.reference-wage", _SOURCE, regions, regions, np.full(len(regions), midnight(day) + 10 * HOUR),
            {"yuan": wage}, moves=False, shifts=False, voids=False,
        )  # fmt: skip


def _systems(city: SimulatedCity) -> Story:
    """Pay systems of 3 posts and 18 grades by county; fixed grid posts by community."""
    rng = city.rng("post-grade-pay")
    counties = np.array(city.counties, dtype=object)
    order = np.argsort(-city.skill + rng.normal(0, 0.3, len(counties)))
    rank = np.empty(len(counties), dtype=int)
    rank[order] = np.arange(len(counties))
    late = END + 20 * DAY
    # With about every second seed, the weakest county is too late for the year.
    weakest = late if rng.random() < 0.5 else END - 9 * DAY
    time = np.where(rank < 5, START - (40 + 30 * rank) * DAY, START + (60 + 22 * (rank - 5)) * DAY)
    time = np.where(rank == len(counties) - 1, weakest, time) + 10 * HOUR
    table = EventTable(
        "organization.post-grade-pay", _SOURCE, counties, counties, time,
        {"in_force": constant(True, len(counties))}, moves=False, shifts=False, voids=False,
    )  # fmt: skip
    yield table.take(table.time < END)

    places = np.concatenate([city.places.of(COMMUNITIES), city.becoming])
    posts = EventTable(
        "organization.grid-post", _SOURCE, city.codes(places), city.codes(places),
        city.rollout("grid-post", len(places), 0.55), moves=False, voids=False,
    )  # fmt: skip
    stopped = np.flatnonzero((rng.random(len(places)) < 0.03) & (posts.time < START))
    times = instants(rng, len(stopped), "office", first=START + 7 * DAY, last=START + 250 * DAY)
    table = status(posts, "in_force", stopped, times)
    resumed = posts.take(stopped)
    again = instants(rng, len(stopped), "office", first=START + 270 * DAY)
    yield table.followed(replace(resumed, time=again, data={"in_force": np.ones(len(stopped), dtype=bool)}))


def _grid_members(city: SimulatedCity) -> Story:
    """Full-time grid members: who is eligible, and who has become a community worker."""
    rng = city.rng("grid-member")
    homes = city.homes("grid-member", 7_600, COMMUNITIES)
    members = city.tokens("grid-member", len(homes), "member")
    eligible = EventTable(
        "organization.grid-member-eligible", _SOURCE, members, city.codes(homes),
        city.rollout("grid-member-eligible", len(homes), 0.9),
    )  # fmt: skip
    leaving = np.flatnonzero(rng.random(len(homes)) < 0.04)
    yield status(eligible, "listed", leaving, instants(rng, len(leaving), "office"))
    taken = np.flatnonzero(city.hits("grid-member-included", homes, 0.993, 0.5))
    included = EventTable(
        "organization.grid-member-included", _SOURCE, members[taken], city.codes(homes[taken]),
        city.rollout("grid-member-included", len(taken), 0.45),
    )  # fmt: skip
    yield lasting(included, "listed")


def _vacancies(city: SimulatedCity) -> Story:
    """Committee seats that fall vacant; most are filled within weeks."""
    rng = city.rng("vacancy")
    homes = city.homes("vacancy", 900)
    seats = city.tokens("vacancy", len(homes), "seat")
    time = instants(rng, len(homes), "office")
    yield EventTable("organization.vacancy-arisen", _SOURCE, seats, city.codes(homes), time)
    filled = time + rng.gamma(2.0, 16.0, len(homes)).astype(int) * DAY + 2 * HOUR
    done = city.hits("vacancy-filled", homes, 0.95) & (filled < END)
    yield EventTable(
        "organization.vacancy-filled", _SOURCE, seats[done], city.codes(homes)[done], filled[done]
    )


def _documents() -> EventTable:
    """The three documents of the city that the plan requires."""
    papers = (
        ("team-measures", "关于加强和规范城市社区工作队伍建设的若干措施", date(2023, 6, 28)),
        ("worker-assessment", "社区工作者监督考核办法", date(2023, 9, 15)),
        ("beautiful-village-standard", "美丽乡村建设标准", date(2023, 11, 7)),
    )
    return EventTable(
        "organization.document", _SOURCE,
        np.array([code for code, _, _ in papers], dtype=object), constant("370800", len(papers)),
        np.array([midnight(day) + 10 * HOUR for _, _, day in papers]),
        {"name": np.array([name for _, name, _ in papers], dtype=object)},
        moves=False, shifts=False, voids=False,
    )  # fmt: skip
