"""Reads instants on the wire (RFC 3339 with an offset) as microseconds since the epoch, UTC."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_KNOWN = 100_000
"""How many hours with their offset are remembered (eleven years of one offset), and how many quarter hours
with their day."""

_RFC3339 = re.compile(
    r"(?P<hour>\d{4}-\d\d-\d\d[Tt ]\d\d:)(?P<clock>[0-5]\d:(?:[0-5]\d|60))(?:\.(?P<fraction>\d+))?"
    r"(?P<zone>[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)",
    re.ASCII,
)
_CLOCK = {f"{s // 60:02d}:{s % 60:02d}": s * 1_000_000 for s in range(3600)}
"""Microseconds into the hour, by minute and second as text."""
_LEAPS = {(6, 30, 23, 59), (12, 31, 23, 59)}
"""Month, day, hour and minute (UTC) that may have a second 60."""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = timedelta(microseconds=1)

_hours: dict[str, int] = {}
"""Microseconds UTC at which an hour begins, by its text and offset (`2023-06-01T08:+08:00`)."""


def instant(text: str) -> int:
    """Microseconds since the epoch, UTC. Raises ValueError if text is not RFC 3339 with an offset.

    Accepted as RFC 3339 allows: `t` and `z`, a space instead of the `T`, `-00:00`. Accepted beyond it:
    `+0800` for `+08:00`. Not accepted: 24:00, the year 0000, a comma instead of the point.

    Digits after the microsecond are cut off, never rounded, so that the last instant of a day stays in it. A
    leap second can only be 23:59:60 UTC on the last of June or of December. No clock counts it, so it is read
    as the last microsecond before it, and the day that is written stays.
    """
    if text[19:20] == ".":
        return _fine(text)
    try:
        return _hours[text[:14] + text[19:]] + _CLOCK[text[14:19]]
    except KeyError:
        return _read(text)


def _fine(text: str) -> int:
    """`instant` for text with a fraction."""
    zone = text[-1:] if text[-1] in "Zz" else text[-6:]
    begun, since, fraction = _hours.get(text[:14] + zone), _CLOCK.get(text[14:19]), text[20 : -len(zone)]
    if begun is None or since is None or not (fraction.isascii() and fraction.isdigit()):
        return _read(text)
    return begun + since + int(fraction[:6].ljust(6, "0"))


def _read(text: str) -> int:
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is not RFC 3339 with an offset")
    hour, clock, fraction, zone = found.groups()
    key = hour + zone
    begun = _hours.get(key)
    if begun is None:
        moment = datetime.fromisoformat(f"{hour[:10]}T{hour[11:]}00:00{zone.upper()}")
        begun = (moment - _EPOCH) // _MICROSECOND
        if len(_hours) < _KNOWN:
            _hours[key] = begun
    if clock.endswith("60"):
        return _leap(text, begun, clock)
    return begun + _CLOCK[clock] + int((fraction or "")[:6].ljust(6, "0"))


def _leap(text: str, begun: int, clock: str) -> int:
    """The last microsecond before a leap second."""
    last = begun + _CLOCK[clock[:3] + "59"] + 999_999
    try:
        at = _EPOCH + timedelta(microseconds=last)
    except OverflowError:
        raise ValueError(f"{text[:40]!r} lies beyond any calendar") from None
    if (at.month, at.day, at.hour, at.minute) not in _LEAPS:
        raise ValueError(f"{text[:40]!r} is no leap second: 23:59:60 UTC on the last of June or December")
    return last


EARLIEST = instant("1900-01-02T00:00:00Z")
LATEST = instant("2299-12-31T00:00:00Z")
"""From EARLIEST until before LATEST, ClickHouse's Date32 (1900 to 2299) holds the local day of an instant
in any zone."""


class LocalDays:
    """The local date of an instant (microseconds UTC) in a zone.

    Days begin on quarter hours of UTC wherever standard time is kept. Before standard time (in China before
    1901) a day may begin a few minutes off.
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
