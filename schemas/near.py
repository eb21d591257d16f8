"""Names that a misspelt one was probably meant to be: cheap, and the same for the same name on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

_LIKE = 0.5
"""From this share of common pairs of letters on two names are near."""
_LONGEST = 100
"""Characters of a name that are looked at."""


def nearest(name: str, known: Sequence[str], most: int = 3) -> list[str]:
    """At most so many of the `known` names that share most pairs of letters with `name` (Dice's coefficient), the
    nearest first. What stands before the first dot, a topic, is left out."""
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
