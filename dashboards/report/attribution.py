"""Explains why a filed figure differs today: each difference has a code, and the differences add up exactly.

The figures are computed by definition, as `verify` does, from the records as they were at the filing. Then
the records that came or changed since are applied, one class after another. What a class adds is its
difference, so the differences add up to today's figures by construction. Differences are fractions, because
sums of floats are not exact.

If two changes interact (a late report in a place that a correction has removed from a roster), the order of
the classes in `CODES` decides which difference belongs to which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import NamedTuple

import numpy as np

from pulse.verify.counted import Counted
from pulse.verify.counts import Counts, Ints
from pulse.verify.formulas import figures
from pulse.verify.measures import Spell, spells, statements
from pulse.verify.online import Devices, rosters
from pulse.verify.regions import Area
from pulse.verify.statements import Reader
from pulse.verify.topic import DeviceHour, Key, RecordState
from schemas.catalogue.model import Catalogue, Measure
from schemas.regions import Regions

METHOD, LATE, CORRECTION, VOID = "method", "late", "correction", "void"

CODES = (METHOD, LATE, CORRECTION, VOID)
"""The classes, in the order in which they are applied.

method: the rules of counting have changed since the filing (another generation or catalogue). late: a record
about the time up to the reading day whose first message came after the filing. correction: a new version of a
record that was known. void: a record that was known and is withdrawn. Events after the reading day do not
count.
"""

_STAGES = (LATE, CORRECTION, VOID)


class Known(NamedTuple):
    """A record at the filing (`before`) and now (`after`); None: not known then. A void record has no content."""

    type: str
    key: Key
    before: RecordState | None
    after: RecordState | None


class Heartbeats(NamedTuple):
    """A measure's heartbeats in the reading hour, at the filing and now."""

    before: set[DeviceHour]
    after: set[DeviceHour]


class Part(NamedTuple):
    """A figure's numerator and denominator; 0 if there is none."""

    numerator: Fraction
    denominator: Fraction

    def __sub__(self, other: Part) -> Part:
        return Part(self.numerator - other.numerator, self.denominator - other.denominator)

    def sum(self, other: Part) -> Part:
        """The sums of the numerators and of the denominators."""
        return Part(self.numerator + other.numerator, self.denominator + other.denominator)


NOTHING = Part(Fraction(0), Fraction(0))

Where = tuple[str, str]
"""(indicator, region)."""

Stage = Mapping[Where, tuple[float, float, float]]
"""Numerator, denominator and value of every indicator in the city and each county; NaN if there is none."""


def code_of(record: Known, last_day: int, local_day: Callable[[int], int]) -> str:
    """The class of a record's change since the filing; "" if nothing changed that could count."""
    before, after = record.before, record.after
    if after is None or before == after:
        return ""
    void = after.version[1]
    if before is None:
        return "" if void or local_day(after.time) > last_day else LATE
    if before.version[1] and void:
        return ""
    return VOID if void else CORRECTION


class Attribution:
    """Figures of one reading day at the filing and after each class of changes. Call `topic` once for each topic."""

    def __init__(
        self,
        catalogue: Catalogue,
        regions: Regions,
        readers: Mapping[str, Reader],
        local_day: Callable[[int], int],
        day: int,
        hour: int,
    ) -> None:
        """`day`: days since 1970-01-01. `hour`: start of its reading hour, seconds UTC."""
        self._catalogue, self._readers, self._local_day, self._day = catalogue, readers, local_day, day
        self._area = _CityAndCounties(regions, catalogue.plan, ())
        self._rosters = rosters(catalogue)
        self._counts: list[dict[str, Counts]] = [{} for _ in range(len(_STAGES) + 1)]
        self._devices = [Devices({day: hour}) for _ in self._counts]
        self.changes: Counter[tuple[str, str]] = Counter()
        """(topic, code) → number of records that came or changed since the filing, whether or not a figure changed."""

    def topic(self, name: str, records: Iterable[Known], heartbeats: Mapping[str, Heartbeats]) -> None:
        """Add all records of a topic's types, and its heartbeats by measure."""
        whole = list(records)
        codes = [code_of(record, self._day, self._local_day) for record in whole]
        self.changes.update((name, code) for code in codes if code)
        touched = {record.key[2] for record, code in zip(whole, codes, strict=True) if code}
        still, moving = _standing([]), [_standing([]) for _ in self._counts]
        for record, code in zip(whole, codes, strict=True):
            if record.key[2] not in touched:
                _put(still, record.type, record.key, record.after)
                continue
            turn = _STAGES.index(code) if code else len(_STAGES)
            for stage, standing in enumerate(moving):
                _put(standing, record.type, record.key, record.after if turn < stage else record.before)
        for key, measure in self._catalogue.counted.items():
            if measure.topic != name:
                continue
            if measure.reducer == "seen":
                for stage, devices in enumerate(self._devices):
                    devices.add_device_hours(key, heartbeats[key].after if stage else heartbeats[key].before)
                continue
            self._measure(key, measure, still, moving)

    def _measure(self, key: str, measure: Measure, still: _Standing, moving: Sequence[_Standing]) -> None:
        at_rest = self._spells(key, measure, still)
        base = Counts.of(measure.flow, chain.from_iterable(at_rest.values()))
        for stage, standing in enumerate(moving):
            moved = self._spells(key, measure, standing)
            self._counts[stage][key] = _joined(
                base, Counts.of(measure.flow, chain.from_iterable(moved.values()))
            )
            if key in self._rosters:
                for device, time_on in chain(at_rest.items(), moved.items()):
                    self._devices[stage].register(key, device, time_on)

    def _spells(self, key: str, measure: Measure, standing: _Standing) -> dict[str, list[Spell]]:
        found, _ = statements(key, standing, self._readers, self._local_day)
        return {subject: list(spells(measure, about)) for subject, about in found.items()}

    def stages(self) -> list[Stage]:
        """The figures at the filing, then after each class of `CODES` except the first. Call it after all topics."""
        return [self.stage(n) for n in range(len(self._counts))]

    def stage(self, n: int) -> Stage:
        """One stage: 0 is at the filing, the last one is now."""
        counted = Counted(self._catalogue, self._area, [self._day], self._counts[n], self._devices[n])
        found: dict[Where, tuple[float, float, float]] = {}
        for indicator in self._catalogue.indicators:
            numerator, denominator, value, _ = figures(counted, indicator)
            for code, place in self._area.index.items():
                found[indicator.id, code] = (
                    float(numerator[place, 0]), float(denominator[place, 0]), float(value[place, 0]),
                )  # fmt: skip
        return found


def seen_types(catalogue: Catalogue) -> dict[str, set[str]]:
    """Measure → its heartbeat event types."""
    seen = {key: measure for key, measure in catalogue.measures.items() if measure.reducer == "seen"}
    return {key: {feed.type for feed in measure.feeds} for key, measure in seen.items()}


def differences(filed: Mapping[Where, Part], stages: Sequence[Stage]) -> dict[Where, dict[str, Part]]:
    """(indicator, region) → code → what that class added since the filing; zero differences are left out.

    `filed`: the filed figures. The difference of `method` is what today's rules count from the records known
    at the filing, minus what was filed. Figures that exist on only one side are included.
    """
    found: dict[Where, dict[str, Part]] = {}
    for where in dict.fromkeys([*filed, *stages[0]]):
        was = filed.get(where, NOTHING)
        for code, stage in zip(CODES, stages, strict=True):
            now = part(*stage.get(where, (np.nan, np.nan, np.nan))[:2])
            if now != was:
                found.setdefault(where, {})[code] = now - was
            was = now
    return found


def part(numerator: float | None, denominator: float | None) -> Part:
    """A part made from floats; None and NaN become 0."""
    return Part(_fraction(numerator), _fraction(denominator))


def _fraction(number: float | None) -> Fraction:
    return Fraction(0) if number is None or np.isnan(number) else Fraction(number)


_Standing = dict[str, dict[Key, RecordState]]


def _standing(records: Iterable[Known]) -> _Standing:
    found: _Standing = {}
    for record in records:
        _put(found, record.type, record.key, record.after)
    return found


def _put(standing: _Standing, kind: str, key: Key, account: RecordState | None) -> None:
    if account is not None:
        standing.setdefault(kind, {})[key] = account


def _joined(one: Counts, other: Counts) -> Counts:
    """Counts with the spells of both."""
    places = {region: n for n, region in enumerate(dict.fromkeys([*one.regions, *other.regions]))}

    def moved(counts: Counts) -> Ints:
        return np.array([places[region] for region in counts.regions], np.int64)[counts.region]

    return Counts(
        one.flow,
        tuple(places),
        np.concatenate([moved(one), moved(other)]),
        np.concatenate([one.first, other.first]),
        np.concatenate([one.until, other.until]),
        np.concatenate([one.value, other.value]),
    )


class _CityAndCounties(Area):
    """Only the regions that have a report. Places below a county count in their county and the city."""

    def above(self, region: str) -> list[str]:
        """The regions that contain a region, from the city down to the county."""
        return super().above(region)[:2]

    def exactly(self, regions: Sequence[str], values: Ints) -> Ints:
        """Values recorded for the city or a county itself."""
        kept = [n for n, region in enumerate(regions) if region in self.index]
        return super().exactly([regions[n] for n in kept], values[kept])
