"""Orphans, fit to be shown: valid events that are in the ledger, but in no figure. Pure; see
`schemas.catalogue.links`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class Sample(NamedTuple):
    """One orphan, fit to be shown: ids and subjects that look like a person's are masked."""

    time: datetime
    """UTC."""
    source: str
    id: str
    type: str
    subject: str
    region: str
    place: str
    """topic/partition/offset of the message; empty if the event was counted in an earlier log of its
    topic, since it is unknown then. Of heartbeats only the device is known, with the time and place of its
    last one."""

    def plain(self) -> list[str]:
        """As the table stores it."""
        return [self.time.isoformat(), *self[1:]]

    @classmethod
    def of(cls, plain: Sequence[str]) -> Sample:
        """The inverse of `plain`."""
        time, *rest = plain
        return cls(datetime.fromisoformat(time), *rest)


class Orphaned(NamedTuple):
    """A row of `orphans_now`: the orphans of one kind that a measure has in one county."""

    department: str
    measure: str
    measure_zh: str
    measure_en: str
    indicators: tuple[str, ...]
    """The indicators that the events would have moved."""
    types: tuple[str, ...]
    """The event types that would have supplied what is missing."""
    kind: str
    kind_zh: str
    kind_en: str
    county: str
    events: int
    samples: tuple[Sample, ...]
