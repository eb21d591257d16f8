"""Instants on the wire (RFC 3339 with an offset) to microseconds since the epoch, UTC."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""RFC 3339 with an offset, read alike on both ways of `schemas.contract`.

As RFC 3339 allows: `t` and `z`, a space for the `T`, `-00:00`. Beyond it: `+0800` passes for `+08:00`. Digits
after the microsecond are rounded. Not read: a leap second (:60), 24:00, a year 0000, a comma for the point.
"""

_KNOWN = 100_000
"""How many quarter hours are remembered with their day: three years of them."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class _Epochs(dict[tzinfo | None, datetime]):
    """The epoch as each offset writes it: a subtraction within one offset is four times as fast."""

    def __missing__(self, zone: tzinfo | None) -> datetime:
        epoch = self[zone] = _EPOCH.astimezone(zone)
        return epoch


_epochs = _Epochs()


def micros(moment: datetime) -> int:
    """Microseconds since the epoch, UTC, of a datetime with a zone."""
    since: timedelta = moment - _epochs[moment.tzinfo]
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def instant(text: str) -> int:
    """Microseconds since the epoch, UTC. Raises ValueError where text is not RFC 3339 with an offset."""
    return micros(msgspec.convert(text, Moment))


EARLIEST = instant("1900-01-02T00:00:00Z")
LATEST = instant("2299-12-31T00:00:00Z")
"""Instants whose local day ClickHouse's Date32 (1900 to 2299) holds, whatever the zone."""


class LocalDays:
    """The local date of an instant (microseconds UTC) in a zone.

    Days begin on quarter hours of UTC wherever standard time is kept; before that (in China before 1901) a day may
    begin a few minutes off.
    """

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._known: dict[int, date] = {}

    def __call__(self, instant: int) -> date:
        """The date on the city's calendars."""
        quarter = instant // 900_000_000
        day = self._known.get(quarter)
        if day is None:
            day = datetime.fromtimestamp(quarter * 900, self._zone).date()
            if len(self._known) < _KNOWN:
                self._known[quarter] = day
        return day
