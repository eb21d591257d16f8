"""Decides which event types belong to another plan, because two plans can read one topic. They are passed
over and counted apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from schemas.event_type import EventType

_CODE = re.compile(r"[A-Za-z0-9._-]{1,200}")


class Passing:
    """The types that are passed over.

    In its own topic: a registered type that this plan does not count. In any topic: what the plan's
    `passes_over` names, a type or a prefix before `.*`. A type that the plan counts is never passed over.
    """

    def __init__(
        self,
        counted: Collection[str] = (),
        registered: Mapping[str, EventType] | None = None,
        named: Iterable[str] = (),
    ) -> None:
        named = list(named)
        self._counted = frozenset(counted)
        self._own = {(kind.topic, type) for type, kind in (registered or {}).items()}
        self._exact = frozenset(each for each in named if not each.endswith(".*"))
        self._prefixes = tuple(each[:-1] for each in named if each.endswith(".*"))

    def __call__(self, topic: str, type: str) -> bool:
        """Whether events of a type are passed over in a topic (bare system name)."""
        if type in self._counted:
            return False
        if type in self._exact or (topic, type) in self._own:
            return True
        return type.startswith(self._prefixes) and bool(_CODE.fullmatch(type))


NOTHING = Passing()
"""Passes no type over."""
