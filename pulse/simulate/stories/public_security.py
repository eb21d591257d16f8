"""Public security: officers and auxiliaries in communities and villages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story, constant
from pulse.simulate.geography import COMMUNITIES
from pulse.simulate.seasons import DAY, END, HOUR, instants

_TYPE, _SOURCE = "public-security.police-post", "//gongan.jining/posts"


def tell(city: SimulatedCity) -> Story:
    """One officer and two auxiliaries in a community, one auxiliary in a village; almost all posts are filled."""
    rng = city.rng("police-post")
    roles, homes = [], []
    communities = city.places.of(COMMUNITIES)
    for role, number in (("officer", 1), ("auxiliary", 2)):
        rows = np.repeat(communities, number)
        filled = rows[city.hits(f"police/{role}", rows, 0.992, 0.5)]
        homes.append(filled)
        roles.append(constant(role, len(filled)))
    villages = city.places.of(("village",))
    manned = villages[city.hits("police/village", villages, 0.985, 0.6)]
    homes.append(manned)
    roles.append(constant("auxiliary", len(manned)))

    home = np.concatenate(homes)
    posts = EventTable(
        _TYPE, _SOURCE, city.tokens("police-post", len(home), "post"), city.codes(home),
        city.rollout("police-post", len(home), 0.72),
        {"role": np.concatenate(roles), "in_post": np.ones(len(home), dtype=bool)},
    )  # fmt: skip
    yield posts
    yield from _changes(city, posts, rng)


def _changes(city: SimulatedCity, posts: EventTable, rng: np.random.Generator) -> Story:
    """Some leave their post. Most are replaced after days or weeks, a fifth of them on the same day."""
    leaving = np.flatnonzero((rng.random(len(posts)) < 0.07) & (posts.time < END - 120 * DAY))
    out = posts.take(leaving)
    when = np.maximum(instants(rng, len(leaving), "office"), out.time + 30 * DAY)
    when = np.minimum(when, END - 2 * DAY)
    yield replace(out, time=when, data={**out.data, "in_post": np.zeros(len(out), dtype=bool)})
    gap = np.where(rng.random(len(out)) < 0.2, 2 * HOUR, rng.integers(3, 60, len(out)) * DAY)
    back = when + gap
    soon = (back < END) & (rng.random(len(out)) < 0.96)
    new = out.take(soon)
    yield replace(new, subject=city.tokens("police-post/new", len(new), "post-b"), time=back[soon])
