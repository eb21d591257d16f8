"""Heartbeats: which subjects sent one in which hour. A set union, so repeats and replays change nothing."""

from __future__ import annotations

from typing import NamedTuple

from schemas.catalogue.model import Catalogue
from schemas.event import Event
from streams.counting.facts import Predicate, predicate

_HOUR = 3_600_000_000


class Sighting(NamedTuple):
    """A device that sent a heartbeat in an hour; `hour` is its start in seconds since the epoch, UTC."""

    measure: str
    hour: int
    county: str
    device: str


class Seen:
    """The `seen` measures of a topic. It keeps no state: ClickHouse collapses repeated rows."""

    def __init__(self, catalogue: Catalogue, topic: str) -> None:
        self._rules: dict[str, list[tuple[str, Predicate | None]]] = {}
        for key, measure in catalogue.measures.items():
            if measure.topic == topic and measure.reducer == "seen":
                for feed in measure.feeds:
                    self._rules.setdefault(feed.type, []).append((key, predicate(feed)))

    def __contains__(self, type: str) -> bool:
        """Whether events of this type are heartbeats: not folded, never corrected."""
        return type in self._rules

    def sightings(self, event: Event) -> list[Sighting]:
        """A sighting for each measure whose filter the event meets."""
        hour = event.time // _HOUR * 3600
        county = event.region[:6]
        return [
            Sighting(measure, hour, county, event.record.subject)
            for measure, met in self._rules[event.record.type]
            if met is None or met(event.data)
        ]
