"""The city's places: fourteen counties with their towns, communities and villages.

Sizes roughly follow the 2020 census and the statistical code lists: about 8.3 million residents, 380 urban
communities, 300 rural ones and 5 700 villages in 156 towns. The codes have the right form (county + town +
place) but do not refer to real places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Kinds = tuple[str, ...]
EVERYWHERE: Kinds = ("urban", "rural", "village")
COMMUNITIES: Kinds = ("urban", "rural")

LEAST: dict[str, int] = {"urban": 3, "rural": 2, "village": 4}
"""The least number of places of each kind in a county, at any scale."""


class Shape(NamedTuple):
    """A county's share of the city: residents in ten thousands, towns, and places of each kind."""

    code: str
    residents: float
    towns: int
    urban: int
    rural: int
    village: int


SHAPES = (
    Shape("370811", 101.0, 15, 88, 34, 370),
    Shape("370812", 53.5, 10, 30, 22, 400),
    Shape("370826", 60.0, 15, 20, 22, 500),
    Shape("370827", 42.0, 11, 14, 14, 380),
    Shape("370828", 62.5, 13, 20, 26, 560),
    Shape("370829", 70.0, 13, 24, 24, 560),
    Shape("370830", 69.5, 14, 18, 26, 460),
    Shape("370831", 53.5, 13, 14, 22, 540),
    Shape("370832", 74.0, 14, 20, 28, 560),
    Shape("370881", 62.0, 12, 30, 24, 390),
    Shape("370883", 112.0, 16, 52, 36, 760),
    Shape("370871", 40.0, 5, 30, 12, 120),
    Shape("370872", 15.0, 3, 12, 4, 60),
    Shape("370873", 15.0, 2, 8, 6, 40),
)

_FIRST = "古槐阜桥越河济阳柳行观音安居南张喻屯长沟唐口仙营金城接庄石桥许庄新兖鼓楼酒仙龙桥夏镇昭阳傅村"
_SECOND = "兴华泰和平安福康瑞祥明德文昌永丰顺河东西南北关前后大小王李张刘陈杨赵孙周吴徐孔孟颜曾"


@dataclass(frozen=True)
class Places:
    """Communities and villages, as columns of equal length."""

    code: NDArray[np.object_]
    name: NDArray[np.object_]
    kind: NDArray[np.object_]
    county: NDArray[np.int64]
    """Index into SHAPES."""
    size: NDArray[np.float64]
    """Weight of the place among the places of its county, in proportion to residents."""

    def __len__(self) -> int:
        return len(self.code)

    def of(self, kinds: Kinds, county: int | None = None) -> NDArray[np.int64]:
        """Rows of the places of these kinds, in one county or in all."""
        chosen = np.isin(self.kind, kinds)
        if county is not None:
            chosen &= self.county == county
        return np.flatnonzero(chosen)


def places(rng: np.random.Generator, scale: float) -> Places:
    """All places at a scale; every county keeps a few of each kind (`LEAST`)."""
    code: list[str] = []
    name: list[str] = []
    kind: list[str] = []
    county: list[int] = []
    for index, shape in enumerate(SHAPES):
        towns = [
            shape.code + number
            for number in _town_numbers(max(2, min(shape.towns, round(shape.towns * scale**0.5))))
        ]
        for this, whole in (("urban", shape.urban), ("rural", shape.rural), ("village", shape.village)):
            count = max(LEAST[this], round(whole * scale))
            first = {"urban": 1, "rural": 1, "village": 200}[this]
            for number in range(count):
                # The first half of the towns are streets: urban communities lie there, villages mostly elsewhere.
                if this == "village":
                    town = towns[-1 - number % max(1, len(towns) * 3 // 4)]
                elif this == "urban":
                    town = towns[number % (len(towns) // 2)]
                else:
                    town = towns[len(towns) // 2 + number % (len(towns) - len(towns) // 2)]
                code.append(f"{town}{first + number // len(towns):03d}")
                name.append(_name(rng, this))
                kind.append(this)
                county.append(index)
    size = rng.gamma(4.0, 0.25, len(code)) * np.where(np.array(kind) == "urban", 5.0, 1.0)
    return Places(
        np.array(_distinct(code), dtype=object),
        np.array(name, dtype=object),
        np.array(kind, dtype=object),
        np.array(county),
        size,
    )


def _town_numbers(towns: int) -> list[str]:
    streets = towns // 2
    return [f"{1 + n:03d}" for n in range(streets)] + [f"{100 + n:03d}" for n in range(towns - streets)]


def _distinct(codes: list[str]) -> list[str]:
    """Moves a taken code to the next free number of its town."""
    taken: set[str] = set()
    free: list[str] = []
    for code in codes:
        number = int(code)
        while str(number) in taken:
            number += 1
        taken.add(str(number))
        free.append(str(number))
    return free


def _name(rng: np.random.Generator, kind: str) -> str:
    first, second = rng.integers(len(_FIRST)), rng.integers(len(_SECOND))
    return f"{_FIRST[first]}{_SECOND[second]}{'村' if kind == 'village' else '社区'}"
