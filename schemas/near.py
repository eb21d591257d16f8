"""Finds the names that a misspelt one was probably meant to be. Cheap, and the same result on every
machine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

_LIKE = 0.5
"""Names are near if the share of letter pairs that they have in common is at least this."""
_LONGEST = 100
"""How many characters of a name are compared."""


def nearest(name: str, known: Sequence[str], most: int = 3) -> list[str]:
    """The `known` names nearest to `name` by shared pairs of letters (Dice's coefficient), at most `most`,
    the nearest first.

    What comes before the first dot, a topic, is left out.
    """
    given = _pairs(name[:_LONGEST])
    found = []
    for other in known:
        pairs = _of_known(other)
        share = 2 * len(given & pairs) / (len(given) + len(pairs))
        if share >= _LIKE:
            found.append((-share, other))
    return [other for _, other in sorted(found)[:most]]


def _pairs(name: str) -> frozenset[str]:
    tail = f" {name.partition('.')[2] or name} ".lower()
    return frozenset(map("".join, pairwise(tail)))


@lru_cache(maxsize=1000)
def _of_known(name: str) -> frozenset[str]:
    return _pairs(name)
