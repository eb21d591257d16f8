"""How long conditions must last before an alert fires: two tiers, on two clocks."""

from __future__ import annotations

from dataclasses import dataclass

SECOND, MINUTE, HOUR, DAY = 1, 60, 3_600, 86_400

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def duration(seconds: float) -> str:
    """Seconds in Prometheus' notation: "1d2h", "1s500ms". At least "1ms", but "0s" for 0."""
    if seconds == 0:
        return "0s"
    left, words = max(1, round(seconds * 1000)), ""
    for unit, size in _UNITS:
        number, left = divmod(left, size)
        words += f"{number}{unit}" if number else ""
    return words


@dataclass(frozen=True)
class Tempo:
    """Speed factors of the clocks that the rules use; each is 1 in production.

    The plan's rules (indicators, silence) wait for days of the *plan's* clock. `calendar` is how many times
    faster than wall time that clock runs when a year is replayed. The service's rules always use the
    machines' clock: the fast tier waits for minutes, the slow tier looks back over days. `minutes` and `days`
    divide these times, and thresholds in seconds too, for tests that cannot wait so long.
    """

    calendar: float = 1.0
    minutes: float = 1.0
    days: float = 1.0

    def slow(self, seconds: float) -> str:
        """A duration on the plan's clock."""
        return duration(seconds / self.calendar)

    def interval(self, seconds: float) -> str:
        """An evaluation interval on the plan's clock, see `looks`."""
        return looks(seconds, self.calendar)

    def gather(self, seconds: float) -> str:
        """How long alerts are gathered before they are sent: long enough for one alert to inhibit another.

        On the plan's clock, but not below 3 s of wall time (or `seconds`, if that is less).
        """
        return duration(max(min(seconds, 3.0), seconds / self.calendar))

    @property
    def bridge(self) -> str:
        """How long a series keeps its last value when it has none: a restarting worker exposes none for a
        while, which must not look like a recovery."""
        return duration(max(5.0, HOUR / self.calendar))


def looks(seconds: float, factor: float) -> str:
    """An evaluation interval on a clock that runs `factor` times faster; not below 1 s (or `seconds`, if less)."""
    return duration(max(min(seconds, 1.0), seconds / factor))
