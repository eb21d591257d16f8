"""A year that stands at a day: what comes into it from outside comes now, and now is the end of that day.

A simulated or replayed year bears its own times. A message that a present-day client publishes into it bears another
one: the client's clock, or none at all. Neither may move the year, nor make what it tells a thing of the future.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from schemas.event import STOPPED_CLOCK, Message

BEFORE = timedelta(31)
"""How long before its first day a year's messages may begin: departments load what they have from earlier years."""


class Standing(NamedTuple):
    """The span of a year's own times, milliseconds since the epoch, both inclusive."""

    first: int
    last: int

    @classmethod
    def at(cls, day: date, start: date, zone: str) -> Standing:
        """That of a year that begins at `start` and stands at the end of `day`: its last millisecond."""
        opens, closes = (
            datetime.combine(each, time(), ZoneInfo(zone)).astimezone(UTC)
            for each in (start - BEFORE, day + timedelta(1))
        )
        return cls(int(opens.timestamp() * 1000), int(closes.timestamp() * 1000) - 1)

    def arrived(self, message: Message) -> Message:
        """The message with the time at which it came: its own, if that is one of the year's."""
        return message if self.first <= message.timestamp <= self.last else _Now(message, self.last)


class _Now:
    """A message that bears another time."""

    timestamp_type = STOPPED_CLOCK

    def __init__(self, message: Message, timestamp: int) -> None:
        self._message, self.timestamp = message, timestamp

    def __getattr__(self, name: str) -> Any:
        return getattr(self._message, name)
