"""A simulated or replayed year whose clock stands still at the end of a day: messages from outside get that
time.

The year's own messages have timestamps of that year. A message that a present-day client publishes into it
has the time of the client's clock, or none. Such a time must neither move the year's clock nor have the event
refused as too far in the future.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from schemas.event import STOPPED_CLOCK, Message

BEFORE = timedelta(31)
"""How long before the year's first day its messages may begin: departments load what they have from
earlier years."""


class StoppedClock(NamedTuple):
    """The span of a year's own timestamps, in milliseconds since the epoch, both ends inclusive."""

    first: int
    last: int

    @classmethod
    def at(cls, day: date, start: date, zone: str) -> StoppedClock:
        """The span of a year that begins on `start` and whose clock stands at the last millisecond of
        `day`."""
        opens, closes = (
            datetime.combine(each, time(), ZoneInfo(zone)).astimezone(UTC)
            for each in (start - BEFORE, day + timedelta(1))
        )
        return cls(int(opens.timestamp() * 1000), int(closes.timestamp() * 1000) - 1)

    def arrived(self, message: Message) -> Message:
        """The message with its own timestamp if the span contains that, else with the time at which the
        year stands."""
        return message if self.first <= message.timestamp <= self.last else _Now(message, self.last)


class _Now:
    """A message with another timestamp."""

    timestamp_type = STOPPED_CLOCK

    def __init__(self, message: Message, timestamp: int) -> None:
        self._message, self.timestamp = message, timestamp

    def __getattr__(self, name: str) -> Any:
        return getattr(self._message, name)
