"""The big data centre: platforms and ratings of smart communities, devices and their heartbeats."""

from __future__ import annotations

import numpy as np

from simulate.account import Account, Story, constant, status
from simulate.city import City
from simulate.geography import COMMUNITIES
from simulate.seasons import DAY, END, HOUR, START, before, instants

_SOURCE = "//dashuju.jining/smart-community"
_DEVICES = "//dashuju.jining/devices"
_STEPS = ("basic", "standard", "advanced")


def tell(city: City) -> Story:
    """All accounts of the system."""
    yield _models(city)
    yield _platforms(city)
    yield _ratings(city)
    yield from _devices(city)


def _models(city: City) -> Account:
    """One to three model communities in each county; the weakest county's may come too late."""
    rng = city.rng("model-community")
    rows, last = [], int(np.argmin(city.skill))
    for county in range(len(city.counties)):
        number = 0 if county == last and rng.random() < 0.4 else int(rng.integers(1, 4))
        rows.append(rng.choice(city.places.of(("urban",), county), size=number, replace=False))
    homes = np.concatenate(rows)
    models = Account(
        "smart-community.model-community", _SOURCE, city.codes(homes), city.codes(homes),
        city.rollout("model-community", len(homes), 0.25), moves=False, voids=False,
    )  # fmt: skip
    return status(models, "open", np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def _platforms(city: City) -> Account:
    """Deployed in all urban communities but a few, and in half of the rural ones."""
    rng = city.rng("platform")
    urban, rural = city.places.of(("urban",)), city.places.of(("rural",))
    homes = np.concatenate([
        urban[city.hits("platform", urban, 0.996, 0.5)], rural[city.hits("platform/rural", rural, 0.5)],
    ])  # fmt: skip
    platforms = Account(
        "smart-community.platform", _SOURCE, city.codes(homes), city.codes(homes),
        city.rollout("platform", len(homes), 0.45), moves=False,
    )  # fmt: skip
    down = np.flatnonzero(rng.random(len(homes)) < 0.01)
    return status(platforms, "open", down, instants(rng, len(down), "office"))


def _ratings(city: City) -> Account:
    """Three urban communities in four are rated at the year's end, a third of those for the first time."""
    rng = city.rng("rating")
    places = city.places.of(COMMUNITIES)
    urban = city.places.kind[places] == "urban"
    rated = places[city.hits("rating", places, 0.78, 0.4) & (urban | (rng.random(len(places)) < 0.08))]
    old = rng.random(len(rated)) < 0.62
    first = np.where(old, before(rng, len(rated)), instants(rng, len(rated), "plan"))
    step = np.where(old, rng.integers(0, 2, len(rated)), 0)
    told = Account(
        "smart-community.rating", _SOURCE, city.codes(rated), city.codes(rated), first,
        {"rating": np.array(_STEPS, dtype=object)[step]}, moves=False, voids=False,
    )  # fmt: skip
    refused = np.setdiff1d(places[urban], rated)[: city.count(15, 2)]
    not_yet = Account(
        told.type, told.source, city.codes(refused), city.codes(refused), instants(rng, len(refused), "plan"),
        {"rating": constant("none", len(refused))},
    )  # fmt: skip
    better = np.flatnonzero(old & (rng.random(len(rated)) < 0.25))
    up = told.take(better)
    raised = Account(
        told.type, told.source, up.subject, up.region, instants(rng, len(better), "plan"),
        {"rating": np.array(_STEPS, dtype=object)[step[better] + 1]},
    )  # fmt: skip
    return told.followed(not_yet, raised)


def _devices(city: City) -> Story:
    """36 000 devices on doors, drives and cameras, and their beats in the year's last days."""
    rng = city.rng("device")
    homes = city.homes("device", 36_000, COMMUNITIES, least=8)
    devices = city.tokens("device", len(homes), "device")
    kinds = rng.choice(np.array(["access", "vehicle", "video", "other"], dtype=object), len(homes), p=[0.3, 0.12, 0.5, 0.08])
    on = Account(
        "smart-community.device", _DEVICES, devices, city.codes(homes), city.rollout("device", len(homes), 0.6, "office"),
        {"kind": kinds}, moves=False,
    )  # fmt: skip
    retired = np.flatnonzero(rng.random(len(homes)) < 0.02)
    gone = instants(rng, len(retired), "office")
    yield status(on, "listed", retired, gone)

    until = np.full(len(homes), END)
    until[retired] = np.maximum(gone, on.time[retired] + 1)
    # A few beat although nobody registered them.
    strangers = city.homes("stranger", 150, COMMUNITIES, least=1)
    yield _heartbeats(
        city,
        np.concatenate([devices, city.tokens("stranger", len(strangers), "device-x")]),
        np.concatenate([homes, strangers]),
        np.concatenate([on.time, np.zeros(len(strangers), dtype=np.int64)]),
        np.concatenate([until, np.full(len(strangers), END)]),
    )


def _heartbeats(city: City, devices: np.ndarray, homes: np.ndarray, since: np.ndarray, until: np.ndarray) -> Account:
    """Each hour, nine devices in ten; whole communities lose their line."""
    rng = city.rng("heartbeat")
    start = max(START, END - city.heartbeat_days * DAY)
    reach = city.reach("heartbeat", 0.95, 0.5)[city.places.county[homes]]
    second = rng.integers(0, HOUR, len(homes))
    rows, times = [], []
    for first in range(start, END, HOUR):
        cut = rng.random(len(city.places)) < 0.012
        beating = rng.random(len(homes)) < reach
        beating &= ~cut[homes] & (since <= first) & (first < until)
        row = np.flatnonzero(beating)
        rows.append(row.astype(np.int32))
        times.append(first + second[row])
    row = np.concatenate(rows)
    return Account(
        "smart-community.heartbeat", _DEVICES, devices[row], city.codes(homes)[row], np.concatenate(times),
        delay="machine", moves=False, shifts=False, voids=False,
    )  # fmt: skip
