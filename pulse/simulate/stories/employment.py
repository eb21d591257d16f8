"""The employment service: people who found work again, campaigns, benchmark agencies."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, status
from pulse.simulate.seasons import DAY, END, HOUR, OFFSET, instants, midnight

_SOURCE = "//renshe.jining/employment"
_EPOCH = date(1970, 1, 1)

_CAMPAIGNS = (
    ("spring-wind", "春风行动", 1, 16), ("assistance-month", "就业援助月", 1, 9), ("private-firms", "民营企业招聘月", 4, 10),
    ("graduates-spring", "大中城市联合招聘春季专场", 3, 6), ("hundred-days", "百日千万招聘专项行动", 5, 18),
    ("veterans", "退役军人招聘", 6, 1), ("graduates-summer", "高校毕业生服务攻坚行动", 7, 3),
    ("skills", "技能培训进社区", 7, 20), ("women", "巾帼就业服务周", 3, 8), ("disabled", "残疾人就业帮扶", 5, 15),
    ("golden-autumn", "金秋招聘月", 9, 5), ("firms-national-day", "返乡人员专场招聘", 10, 9),
    ("talent-autumn", "大中城市联合招聘秋季专场", 10, 23),
    ("human-resources-week", "人力资源市场高校毕业生就业服务周", 11, 13),
    ("flexible-work", "零工市场服务季", 8, 14), ("winter-warmth", "岁末稳岗留工", 12, 11),
)  # fmt: skip


def tell(city: SimulatedCity) -> Story:
    """All event tables of the system."""
    yield _employed(city)
    yield _campaigns(city)
    yield _agencies(city)


def _employed(city: SimulatedCity) -> EventTable:
    """Some 27 000 registered unemployed people who find work. A fifth are hardship cases; some find work twice."""
    rng = city.rng("person-employed")
    homes = city.homes("person-employed", float(rng.uniform(26_300, 28_500)), least=4)
    people = city.tokens("person-employed", len(homes), "person")
    hardship = city.hits("hardship", homes, 0.2, 0.15)
    time = instants(rng, len(homes), "jobs")
    since = (time + OFFSET) // DAY - rng.integers(60, 420, len(homes))

    again = np.flatnonzero(rng.random(len(homes)) < 0.03)
    later = time[again] + rng.integers(40, 120, len(again)) * DAY
    again, later = again[later < END], later[later < END]
    # Some were never registered: they do not count as re-employed, but still as hardship cases.
    registered = np.concatenate([since, since[again]])
    dates = _dates(registered)
    dates[rng.random(len(dates)) < 0.02] = None
    row = np.concatenate([np.arange(len(homes)), again])
    return EventTable(
        "employment.person-employed", _SOURCE, people[row], city.codes(homes[row]), np.concatenate([time, later]),
        {"registered_unemployed_on": dates, "hardship": hardship[row]}, swaps=("hardship",),
    )  # fmt: skip


def _dates(days: np.ndarray) -> np.ndarray:
    known = {int(day): (_EPOCH + timedelta(days=int(day))).isoformat() for day in np.unique(days)}
    return np.array([known[day] for day in days.tolist()], dtype=object)


def _campaigns(city: SimulatedCity) -> EventTable:
    """Campaigns of the whole year, each held in some counties."""
    rng = city.rng("service-campaign")
    held = int(rng.integers(14, len(_CAMPAIGNS) + 1))
    codes, regions, times, names = [], [], [], []
    for code, name, month, day in _CAMPAIGNS[:held]:
        for county in rng.choice(
            city.counties, size=int(rng.integers(5, len(city.counties) + 1)), replace=False
        ):
            codes.append(code)
            names.append(name)
            regions.append(county)
            times.append(midnight(date(2023, month, day)) + int(rng.integers(0, 12)) * DAY + 10 * HOUR)
    return EventTable(
        "employment.service-campaign", _SOURCE, np.array(codes, dtype=object), np.array(regions, dtype=object),
        np.array(times), {"name": np.array(names, dtype=object)}, moves=False,
    )  # fmt: skip


def _agencies(city: SimulatedCity) -> EventTable:
    """Agencies that get the title of benchmark; one loses it."""
    rng = city.rng("benchmark-agency")
    homes = city.homes("benchmark-agency", 40, ("urban",), least=1)
    named = EventTable(
        "employment.benchmark-agency", _SOURCE, city.tokens("benchmark-agency", len(homes), "agency"), city.codes(homes),
        city.rollout("benchmark-agency", len(homes), 0.3, "plan"),
    )  # fmt: skip
    return status(named, "listed", np.array([0]), instants(rng, 1, "office"))
