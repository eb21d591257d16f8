"""Orphans as they may be shown: valid events that stand, and are in no figure. Pure; see `schemas.catalogue.links`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class Sample(NamedTuple):
    """An orphan, as it may be shown: ids and subjects that look like a person's are masked."""

    time: datetime
    """UTC."""
    source: str
    id: str
    type: str
    subject: str
    region: str
    place: str
    """topic/partition/offset of the message; empty where nobody knows: of events that were counted in an earlier log of
    their topic. Of heartbeats only the device is known, and when and where it was last heard."""

    def plain(self) -> list[str]:
        """As the table keeps it."""
        return [self.time.isoformat(), *self[1:]]

    @classmethod
    def of(cls, plain: Sequence[str]) -> Sample:
        """Read back what `plain` gave."""
        time, *rest = plain
        return cls(datetime.fromisoformat(time), *rest)


class Orphaned(NamedTuple):
    """A row of `orphans_now`: the orphans of one kind that a measure has in one county."""

    department: str
    measure: str
    measure_zh: str
    measure_en: str
    indicators: tuple[str, ...]
    """Those that they would have moved."""
    types: tuple[str, ...]
    """The event types that would have told what is missing."""
    kind: str
    kind_zh: str
    kind_en: str
    county: str
    events: int
    samples: tuple[Sample, ...]
