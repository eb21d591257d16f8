"""How long things must last before they ring: two tiers, on two clocks."""

from __future__ import annotations

from dataclasses import dataclass

SECOND, MINUTE, HOUR, DAY = 1, 60, 3_600, 86_400

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def duration(seconds: float) -> str:
    """Seconds as Prometheus writes them: "1d2h", "1s500ms"; at least "1ms", for 0 "0s"."""
    if seconds == 0:
        return "0s"
    left, words = max(1, round(seconds * 1000)), ""
    for unit, size in _UNITS:
        number, left = divmod(left, size)
        words += f"{number}{unit}" if number else ""
    return words


@dataclass(frozen=True)
class Tempo:
    """How fast the clocks run that rules wait on; each 1 in production.

    The slow tier of the plan (indicators, silence) waits for days of the *plan's* clock: `calendar` says how many times
    faster than wall time that runs, where a year is replayed. The service itself lives on the machines' clock, whatever
    the plan's does: its fast tier waits for minutes, its slow one looks back over days. `minutes` and `days` shorten
    these, thresholds in seconds too, for a test that has neither.
    """

    calendar: float = 1.0
    minutes: float = 1.0
    days: float = 1.0

    def slow(self, seconds: float) -> str:
        """A duration on the plan's clock."""
        return duration(seconds / self.calendar)

    def interval(self, seconds: float) -> str:
        """How often something is looked at: as the plan's clock goes, but no oftener than once a second."""
        return looks(seconds, self.calendar)

    def gather(self, seconds: float) -> str:
        """How long alerts are gathered before they are told: two looks at least, for one to inhibit the other."""
        return duration(max(min(seconds, 3.0), seconds / self.calendar))

    @property
    def bridge(self) -> str:
        """For how long the last figures stand where there are none: a worker that restarts shows none for a while, and
        that is no recovery."""
        return duration(max(5.0, HOUR / self.calendar))


def looks(seconds: float, factor: float) -> str:
    """How often something is looked at on a clock that is `factor` times faster, but no oftener than once a second."""
    return duration(max(min(seconds, 1.0), seconds / factor))
