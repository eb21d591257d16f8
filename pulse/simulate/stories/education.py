"""The education bureau: selected courses, and training courses for teachers who teach elders smart technology."""

from __future__ import annotations

from datetime import date

import numpy as np

from pulse.simulate.city import SimulatedCity
from pulse.simulate.event_table import EventTable, Story
from pulse.simulate.seasons import DAY, HOUR, START, midnight

_SOURCE = "//jiaoyu.jining/lifelong-learning"
_TOPICS = (
    "智能手机", "书法", "太极", "合唱", "国画", "剪纸", "摄影", "养生", "防诈骗", "心理",
    "家教", "园艺", "茶艺", "烹饪", "舞蹈", "急救", "法律", "理财", "论语", "民俗",
)  # fmt: skip


def tell(city: SimulatedCity) -> Story:
    """About 30 courses, selected in June and October, and one to three teacher trainings. Neither is scaled."""
    rng = city.rng("education")
    count = int(rng.integers(27, 35))
    regions = rng.choice(np.array(city.counties, dtype=object), count)
    every = [topic + level for level in ("入门", "进阶") for topic in _TOPICS]
    names = np.array(every[:count], dtype=object)
    days = np.where(rng.random(count) < 0.3, midnight(date(2023, 6, 26)), midnight(date(2023, 10, 24)))
    yield EventTable(
        "education.course", _SOURCE, city.tokens("course", count, "course"), regions,
        days + rng.integers(0, 3, count) * DAY + 15 * HOUR, {"name": names},
    )  # fmt: skip
    sessions = int(rng.integers(1, 4))
    yield EventTable(
        "education.tech-training", _SOURCE, city.tokens("tech-training", sessions, "session"),
        np.array(["370800", "370811", "370883"][:sessions], dtype=object),
        START + (np.array([150, 255, 320])[:sessions] + rng.integers(0, 20)) * DAY + 9 * HOUR,
        {"attendances": rng.integers(60, 140, sessions)}, moves=False, voids=False, swaps=(),
    )  # fmt: skip
