"""One message as it goes to Kafka."""

from __future__ import annotations

from typing import NamedTuple


class Dispatch(NamedTuple):
    """A message with everything a producer is told; `partition` None leaves the choice to the key."""

    published_at_us: int
    """Microseconds since the epoch, UTC: in a simulated year the broker's append time."""
    topic: str
    """Bare system name, without the topics' prefix."""
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    partition: int | None
