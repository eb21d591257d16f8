"""The big data centre: platforms and ratings of smart communities, devices and their heartbeats."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pulse.simulate.city import Rows, SimulatedCity
from pulse.simulate.event_table import EventTable, Story, constant, lasting, status
from pulse.simulate.geography import COMMUNITIES
from pulse.simulate.seasons import DAY, END, HOUR, SECOND, START, Micros, before, instants

_SOURCE = "//dashuju.jining/smart-community"
_DEVICES = "//dashuju.jining/devices"
_STEPS = ("basic", "standard", "advanced")


def tell(city: SimulatedCity) -> Story:
    """All event tables of the system except the heartbeats."""
    yield _models(city)
    yield _platforms(city)
    yield _ratings(city)
    yield _devices(city)


def _models(city: SimulatedCity) -> EventTable:
    """One to three model communities in each county; the weakest county may have none."""
    rng = city.rng("model-community")
    rows, last = [], int(np.argmin(city.skill))
    for county in range(len(city.counties)):
        number = 0 if county == last and rng.random() < 0.4 else int(rng.integers(1, 4))
        rows.append(rng.choice(city.places.of(("urban",), county), size=number, replace=False))
    homes = np.concatenate(rows)
    models = EventTable(
        "smart-community.model-community", _SOURCE, city.codes(homes), city.codes(homes),
        city.rollout("model-community", len(homes), 0.25), moves=False, voids=False,
    )  # fmt: skip
    return lasting(models, "open")


def _platforms(city: SimulatedCity) -> EventTable:
    """Platforms, deployed in all urban communities by the year's end and in half of the rural ones."""
    rng = city.rng("platform")
    urban, rural = city.places.of(("urban",)), city.places.of(("rural",))
    homes = np.concatenate([urban, rural[city.hits("platform/rural", rural, 0.5)]])
    platforms = EventTable(
        "smart-community.platform", _SOURCE, city.codes(homes), city.codes(homes),
        city.rollout("platform", len(homes), 0.45), moves=False, voids=False,
    )  # fmt: skip
    down = len(urban) + np.flatnonzero(rng.random(len(homes) - len(urban)) < 0.02)
    return status(platforms, "open", down, instants(rng, len(down), "office"))


def _ratings(city: SimulatedCity) -> EventTable:
    """Ratings: three urban communities in four have one at the year's end, a third of those for the first time."""
    rng = city.rng("rating")
    places = city.places.of(COMMUNITIES)
    urban = city.places.kind[places] == "urban"
    rated = places[city.hits("rating", places, 0.78, 0.4) & (urban | (rng.random(len(places)) < 0.08))]
    old = rng.random(len(rated)) < 0.62
    first = np.where(old, before(rng, len(rated)), instants(rng, len(rated), "plan"))
    step = np.where(old, rng.integers(0, 2, len(rated)), 0)
    table = EventTable(
        "smart-community.rating", _SOURCE, city.codes(rated), city.codes(rated), first,
        {"rating": np.array(_STEPS, dtype=object)[step]}, moves=False, voids=False,
    )  # fmt: skip
    refused = np.setdiff1d(places[urban], rated)[: city.count(15, 2)]
    not_yet = EventTable(
        table.type, table.source, city.codes(refused), city.codes(refused), instants(rng, len(refused), "plan"),
        {"rating": constant("none", len(refused))},
    )  # fmt: skip
    better = np.flatnonzero(old & (rng.random(len(rated)) < 0.25))
    up = table.take(better)
    raised = EventTable(
        table.type, table.source, up.subject, up.region, instants(rng, len(better), "plan"),
        {"rating": np.array(_STEPS, dtype=object)[step[better] + 1]},
    )  # fmt: skip
    return table.followed(not_yet, raised)


class _Fleet(NamedTuple):
    """The devices: their registrations, their places, which ones are retired, and when."""

    registered: EventTable
    homes: Rows
    retired: Rows
    gone: Micros


def _fleet(city: SimulatedCity) -> _Fleet:
    """36 000 devices: door access, vehicle gates, cameras and others."""
    rng = city.rng("device")
    homes = city.homes("device", 36_000, COMMUNITIES, least=8)
    names = np.array(["access", "vehicle", "video", "other"], dtype=object)
    on = EventTable(
        "smart-community.device", _DEVICES, city.tokens("device", len(homes), "device"), city.codes(homes),
        city.rollout("device", len(homes), 0.6, "office"),
        {"kind": rng.choice(names, len(homes), p=[0.3, 0.12, 0.5, 0.08])}, moves=False,
    )  # fmt: skip
    retired = np.flatnonzero(rng.random(len(homes)) < 0.02)
    return _Fleet(on, homes, retired, instants(rng, len(retired), "office"))


def _devices(city: SimulatedCity) -> EventTable:
    fleet = _fleet(city)
    return status(fleet.registered, "listed", fleet.retired, fleet.gone)


def beats(city: SimulatedCity) -> Story:
    """The devices' heartbeats in the year's last days, one table a day because they are too many for one.

    Each hour, nine devices in ten send a heartbeat; some whole communities are offline.
    """
    fleet = _fleet(city)
    # A few devices send heartbeats although they are not registered.
    strangers = city.homes("stranger", 150, COMMUNITIES, least=1)
    unregistered = city.tokens("stranger", len(strangers), "device-x")
    devices = np.concatenate([fleet.registered.subject, unregistered])
    homes = np.concatenate([fleet.homes, strangers])
    since = np.concatenate([fleet.registered.time, np.zeros(len(strangers), dtype=np.int64)])
    until = np.full(len(homes), END)
    until[fleet.retired] = np.where(fleet.gone > since[fleet.retired] + DAY, fleet.gone, END)

    regions = city.codes(homes)
    reach = city.reach("heartbeat", 0.95, 0.5)[city.places.county[homes]]
    second = city.rng("heartbeat/second").integers(0, HOUR // SECOND, len(homes)) * SECOND
    for number in range(365 - city.heartbeat_days, 365):
        rng = city.rng(f"heartbeat/{number}")
        rows, times = [], []
        for first in range(START + number * DAY, START + (number + 1) * DAY, HOUR):
            cut = rng.random(len(city.places)) < 0.012
            heard = (rng.random(len(homes)) < reach) & ~cut[homes] & (since <= first) & (first < until)
            row = np.flatnonzero(heard)
            rows.append(row)
            times.append(first + second[row])
        row = np.concatenate(rows)
        yield EventTable(
            "smart-community.heartbeat", _DEVICES, devices[row], regions[row], np.concatenate(times),
            delay="machine", moves=False, shifts=False, voids=False,
        )  # fmt: skip
