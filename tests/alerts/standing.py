"""How each indicator stands and who is silent, worked out a second time in plain Python, by the words of the plan.

The figures are the views' (which `pulse verify` holds against the ledger), who reported is read from the messages
themselves, and the chance is the forecast's. Nothing here reads a light, and nothing imports `lights`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from pulse.app.city import City
from pulse.simulate.dispatch import Dispatch
from schemas.catalogue.model import Coverage, Indicator, Online
from schemas.event import Event
from tests.faults.log import Said
from tests.lights.oracle import shown, silences

TINY = 1e-9

Query = Callable[[str], Iterable[Sequence[Any]]]
"""SQL → rows."""
Figures = Mapping[tuple[str, str], list[tuple[float, float | None, float | None]]]
"""(indicator, region) → (numerator, denominator, value) at the end of each day from the plan's first on."""
Chances = Mapping[tuple[str, str, date], float | None]
"""(indicator, region, day) → the chance that the target is met; None where it cannot be known."""

FIGURES = "SELECT indicator, region, numerator, denominator, value FROM indicator_days ORDER BY indicator, region, day"
CHANCES = "SELECT indicator, region, day, chance FROM light_days"


class Arrivals:
    """Who reported on which days of the plan, read from the messages as they are published."""

    def __init__(self, city: City) -> None:
        self._start, self._zone = city.catalogue.plan.start, ZoneInfo(city.regions.zone)
        self._contract = city.contract
        seen = [each.formula.seen for each in city.catalogue.indicators if isinstance(each.formula, Online)]
        self._beats = {feed.type for measure in seen for feed in city.catalogue.measures[measure].feeds}
        self._days: defaultdict[tuple[str, str], set[int]] = defaultdict(set)

    def noting(self, messages: Iterable[Dispatch]) -> Iterator[Dispatch]:
        """The same messages. A department has reported whatever it sent; a county, what can be read."""
        for one in messages:
            at = one.published_at_us // 1_000
            day = (datetime.fromtimestamp(at / 1_000, self._zone).date() - self._start).days
            self._days[one.topic, ""].add(day)
            said = self._contract.decode(one.topic, Said(0, at, one.key, one.value, one.headers))
            if isinstance(said, Event):
                beats = [f"{one.topic}/beats"] if said.record.type in self._beats else []
                for source in (one.topic, *beats):
                    self._days[source, ""].add(day)
                    self._days[source, said.region[:6]].add(day)
            yield one

    def days(self, source: str, county: str = "") -> list[int]:
        """On which days a department, or its heartbeats ("…/beats"), reported; of a county, or at all."""
        return sorted(self._days[source, county])


class Light(NamedTuple):
    """How an indicator stands in a region at the end of a day: what alerts ask."""

    status: str
    value: float | None
    expected: float | None
    target: float | None
    shortfall: float | None
    days_left: int | None
    chance: float | None


class Standing:
    """All of a city up to `today`; `over`: whether that day is over."""

    def __init__(
        self,
        city: City,
        figures: Figures,
        chances: Chances,
        arrivals: Arrivals,
        today: date,
        *,
        over: bool,
    ) -> None:
        self.catalogue, self.regions = city.catalogue, city.regions
        self._figures, self._chances, self._arrivals = figures, chances, arrivals
        self._days = (today - city.catalogue.plan.start).days + 1
        self._closed = self._days if over else self._days - 1
        """A period is known to be over whose last day is before this one."""
        self.silent = cache(self._silent)
        self._lights: dict[tuple[str, str, date], Light] = {}

    @classmethod
    def read(cls, query: Query, city: City, arrivals: Arrivals, today: date, *, over: bool = False) -> Self:
        """With the figures and chances of a database."""
        figures: defaultdict[tuple[str, str], list[tuple[float, float | None, float | None]]] = defaultdict(
            list
        )
        for indicator, region, numerator, denominator, value in query(FIGURES):
            figures[indicator, region].append((numerator, denominator, value))
        chances = {(indicator, region, day): chance for indicator, region, day, chance in query(CHANCES)}
        return cls(city, figures, chances, arrivals, today, over=over)

    # --- Who is silent ---

    def _silent(self, source: str, county: str = "", after: int | None = None) -> list[bool]:
        """Whether a department, or a county to it, is silent, of each day."""
        after = self.catalogue.departments[source].silent_after if after is None else after
        return silences(self._arrivals.days(source, county), self._days, after, county=bool(county))

    # --- How it stands ---

    def where(self, indicator: Indicator) -> list[str]:
        """The regions in which an indicator means something: the city first. A coverage of counties is asked of those
        that the plan means."""
        if indicator.level == "city":
            return [self.regions.code]
        formula = indicator.formula
        of_counties = isinstance(formula, Coverage) and formula.places == "counties"
        all = self.catalogue.plan.counties == "all" or not of_counties
        counties = [county.code for county in self.regions.counties if all or county.kind == "statutory"]
        return [self.regions.code, *counties]

    def light(self, indicator: Indicator, region: str, day: date) -> Light:
        """What is shown at the end of a day."""
        key = (indicator.id, region, day)
        if key not in self._lights:
            self._lights[key] = self._light(indicator, region, day)
        return self._lights[key]

    def _light(self, indicator: Indicator, region: str, day: date) -> Light:
        at = (day - self.catalogue.plan.start).days
        of = _Of(self, indicator, region)
        settle = self.catalogue.plan.settle
        # Only back to where so many days in a row were the same: that was shown then, whatever was before.
        raw = [of.raw(at)]
        while len(raw) <= at and not (len(raw) >= settle and len(set(raw[-settle:])) == 1):
            raw.append(of.raw(at - len(raw)))
        before = raw[::-1]
        return Light(
            shown(before, settle)[-1][0], of.value(at), of.expected(at), of.target, of.shortfall(at), of.days_left(at),
            of.chance(at),
        )  # fmt: skip


class _Of:
    """One indicator in one region."""

    def __init__(self, city: Standing, indicator: Indicator, region: str) -> None:
        self._city, self._indicator, self._region = city, indicator, region
        self._catalogue, self._plan = city.catalogue, city.catalogue.plan
        self._whole = region == city.regions.code
        self._rows = city._figures[indicator.id, region]
        self._once = indicator.cadence not in ("month", "quarter")
        hourly = indicator.cadence == "hour"
        self._source = indicator.department + ("/beats" if hourly else "")
        self._after = 2 if hourly else self._catalogue.departments[indicator.department].silent_after
        self.target = self._target()
        formula = indicator.formula.kind
        self._factor = None if formula == "count" else 1.0 if formula in ("average", "per_place") else 100.0

    def _target(self) -> float | None:
        aim, allocate = self._indicator.target, self._indicator.allocate
        if aim is None:
            return None
        if self._whole or self._indicator.formula.kind != "count":
            return float(aim.value)
        if allocate is None:
            return None
        if allocate.numbers is not None:
            number = allocate.numbers.get(self._region)
            return None if number is None else float(number)
        weights = self._plan.weights[allocate.by or ""]
        parts = largest_remainders(int(aim.value), {code: float(weight) for code, weight in weights.items()})
        return parts.get(self._region)

    # --- Periods: (first, last), counted from the plan's first day ---

    def _period(self, day: int) -> tuple[int, int]:
        due = ((self._indicator.due or self._plan.due) - self._plan.start).days
        if self._once:
            return 0, due
        at = self._plan.start + timedelta(day)
        months = 1 if self._indicator.cadence == "month" else 3
        month = (at.month - 1) // months * months + 1
        first = date(at.year, month, 1)
        after = date(at.year + (month + months > 12), (month + months - 1) % 12 + 1, 1)
        start = self._plan.start
        return max(0, (first - start).days), min(due, (after - start).days - 1)

    def _over(self, day: int) -> list[int]:
        """The last days of all periods that are over by the end of a day and have a due date."""
        if self._indicator.cadence == "always" or self._indicator.target is None:
            return []
        found, at = [], 0
        while at <= day:
            last = self._period(at)[1]
            if last <= day and last < self._city._closed:
                found.append(last)
            if self._once:
                break
            at = last + 1
        return found

    # --- Figures ---

    def value(self, day: int) -> float | None:
        return self._rows[day][2]

    def _is_met(self, day: int) -> bool:
        value, aim = self.value(day), self._indicator.target
        if value is None or self.target is None or aim is None:
            return False
        if aim.op == "~":
            return abs(value - self.target) <= float(aim.tolerance) / 100 * self.target + TINY
        return value > self.target + TINY if aim.op == ">" else value >= self.target - TINY

    def expected(self, day: int) -> float | None:
        """Where the way to the target is at the end of a day."""
        if self.target is None:
            return None
        pace, (first, last) = self._indicator.pace, self._period(day)
        match pace.kind:
            case "always":
                return self.target
            case "none":
                return self.target if day >= last else None
            case "checkpoints":
                points = [(-1, 0.0)]
                points += [
                    ((each.date - self._plan.start).days, float(each.share)) for each in pace.checkpoints
                ]
                share = _between([*points, (last, 1.0)] if points[-1][0] < last else points, day)
            case _:
                share = min(1.0, (day - first + 1) / (last - first + 1))
        level = pace.base == "start" or (pace.base is None and self._indicator.window is None)
        begun = 0.0
        if level and self._once and pace.kind in ("linear", "checkpoints"):
            begun = min(next((row[2] for row in self._rows if row[2] is not None), 0.0), self.target)
        return begun + (self.target - begun) * share

    def _tolerance(self, day: int) -> float:
        assert self.target is not None
        if self._indicator.pace.kind in ("always", "none"):
            return 0.0
        whole = self._rows[day][1]
        piece = 1.0 if self._factor is None else self._factor / whole if whole else 0.0
        slack = self._plan.slack if self._indicator.slack is None else self._indicator.slack
        return max(float(slack) / 100 * self.target, piece)

    def shortfall(self, day: int) -> float | None:
        """Pieces that are missing up to the target."""
        aim, (numerator, denominator, _) = self._indicator.target, self._rows[day]
        if self.target is None or aim is None or (self._factor is not None and denominator is None):
            return None
        least = self.target * (1 - float(aim.tolerance) / 100) if aim.op == "~" else self.target
        needed = least if self._factor is None else least * (denominator or 0.0) / self._factor
        missing = needed - numerator
        return max(0.0, math.floor(missing + TINY) + 1.0 if aim.op == ">" else math.ceil(missing - 1e-6))

    def days_left(self, day: int) -> int | None:
        if self._indicator.target is None or self._indicator.cadence == "always":
            return None
        return max(0, self._period(day)[1] - day)

    def chance(self, day: int) -> float | None:
        return self._city._chances[self._indicator.id, self._region, self._plan.start + timedelta(day)]

    # --- A day's own status ---

    def raw(self, day: int) -> str:
        county = "" if self._whole else self._region
        if self._city.silent(self._source, "", self._after)[day]:
            return "silent"
        if county and self._city.silent(self._source, county, self._after)[day]:
            return "silent"
        monitor = self._indicator.kind == "monitor"
        if self.target is None and not monitor:
            return "none"
        reported = self._city._arrivals.days(self._source, county)
        value = self.value(day)
        if not reported or reported[0] > day or value is None:
            return "no_data"
        if monitor:
            return "monitor"
        over, met = self._over(day), self._is_met(day)
        missed = [end for end in over if self.value(end) is not None and not self._is_met(end)]
        if over and (not met if self._once else over[-1] in missed):
            return "overdue"
        expected, aim = self.expected(day), self._indicator.target
        assert self.target is not None
        assert aim is not None
        if not met and self._indicator.pace.kind == "always":
            return "lagging"
        if not met and expected is not None and value - expected < -self._tolerance(day) - TINY:
            return "lagging"
        if aim.op == "~" and value > self.target * (1 + float(aim.tolerance) / 100) + TINY:
            return "at_risk"
        chance = self.chance(day)
        least = self._plan.chance if self._indicator.chance is None else self._indicator.chance
        if not met and chance is not None and chance < least:
            return "at_risk"
        if missed:
            return "recovered"
        return "achieved" if met and self._indicator.pace.kind != "always" else "on_track"


def _between(points: list[tuple[int, float]], day: int) -> float:
    """A share on the straight lines between points; before the first and after the last it stands still."""
    for (left, low), (right, high) in pairwise(points):
        if left <= day <= right:
            return low + (high - low) * (day - left) / (right - left)
    return points[-1][1]


def largest_remainders(total: int, weights: Mapping[str, float]) -> dict[str, float]:
    """Whole numbers by weight that add up to `total`; what is over goes to the largest remainders, then by code."""
    exact = {code: total * weight / sum(weights.values()) for code, weight in weights.items()}
    order = sorted(exact, key=lambda code: (-(exact[code] % 1), code))
    extra = set(order[: total - sum(int(part) for part in exact.values())])
    return {code: float(int(part) + (code in extra)) for code, part in exact.items()}
