"""One message as it goes to Kafka."""

from __future__ import annotations

from typing import NamedTuple


class Dispatch(NamedTuple):
    """A message with everything that a producer needs. If `partition` is None, the key decides it."""

    published_at_us: int
    """Microseconds since the epoch, UTC. In a simulated year it stands for the broker's append time."""
    topic: str
    """Bare system name, without the topics' prefix."""
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    partition: int | None
