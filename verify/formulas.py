"""Formulas by definition: numerator, denominator and value of an indicator, for every region and reading day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.catalogue.model import (
    COUNTIES,
    Average,
    Catalogue,
    Count,
    Coverage,
    Indicator,
    Online,
    PerPlace,
    Ratio,
    Reference,
)
from verify.counts import Counts, Ints
from verify.online import Devices
from verify.regions import LEVELS, Area

Floats = NDArray[np.float64]
Rows = Mapping[str, Ints]
"""Region as recorded → values by reading day."""


class Figures(NamedTuple):
    """Of one indicator, by region and day; not a number where there is none."""

    numerator: Floats
    denominator: Floats
    value: Floats


@dataclass(frozen=True)
class Ledger:
    """What was counted, for the formulas to read."""

    catalogue: Catalogue
    area: Area
    days: Sequence[int]
    counts: Mapping[str, Counts]
    devices: Devices

    def rows(self, measure: str, window: str | None) -> Rows:
        """A measure by recorded region; flows are read over the window."""
        counts = self.counts[measure]
        return dict(zip(counts.regions, counts.table(self.days, window), strict=True))

    def scale(self, measure: str) -> int:
        """Counted units in one shown unit."""
        return self.catalogue.measures[measure].scale

    def blank(self) -> Ints:
        """A row of zeros."""
        return np.zeros(len(self.days), np.int64)


def figures(ledger: Ledger, indicator: Indicator) -> Figures:
    """All figures of an indicator; below its finest level there are no values."""
    with np.errstate(all="ignore"):
        numerator, denominator, value = _formula(ledger, indicator)
    too_fine = ledger.area.depth > LEVELS.index(indicator.level)
    value = np.where(too_fine[:, None], np.nan, value)
    return Figures(numerator, denominator, value)


def _formula(ledger: Ledger, indicator: Indicator) -> tuple[Floats, Floats, Floats]:
    formula, window = indicator.formula, indicator.window

    def total(measure: str) -> Ints:
        return _sums(ledger, ledger.rows(measure, window))

    match formula:
        case Count():
            n = total(formula.measure) / ledger.scale(formula.measure)
            return n, np.full(n.shape, np.nan if formula.of is None else float(formula.of)), n
        case Ratio():
            return _percent(total(formula.numerator), total(formula.denominator))
        case Average():
            n, d = total(formula.total) / ledger.scale(formula.total), total(formula.count)
            return n, d.astype(np.float64), n / _known(d)
        case Reference():
            average = total(formula.total) / ledger.scale(formula.total) / _known(total(formula.count))
            own = _exactly(ledger, ledger.rows(formula.reference, window)) / ledger.scale(formula.reference)
            return average, own, 100 * average / _known(own)
        case Coverage():
            listed = _places(ledger, formula.places, window)
            needed = [(_at_places(ledger, formula, need), k) for need, k in _needs(ledger, formula, window)]
            covered = {
                place: on & np.all([rows.get(place, ledger.blank()) >= k for rows, k in needed], axis=0)
                for place, on in listed.items()
            }
            return _percent(_sums(ledger, covered), _sums(ledger, listed))
        case PerPlace():
            listed = _places(ledger, formula.places, window)
            amounts = ledger.rows(formula.measure, window)
            there = {place: on * amounts.get(place, ledger.blank()) for place, on in listed.items()}
            n, d = _sums(ledger, there) / ledger.scale(formula.measure), _sums(ledger, listed)
            return n, d.astype(np.float64), n / _known(d)
        case Online():
            return _percent(_online(ledger, formula), total(formula.registered))


def _percent(numerator: Ints, denominator: Ints) -> tuple[Floats, Floats, Floats]:
    n, d = numerator.astype(np.float64), denominator.astype(np.float64)
    return n, d, 100 * n / _known(d)


def _known(denominator: Ints | Floats) -> Floats:
    """Nothing can be shared out over nobody: no number instead of 0."""
    return np.where(denominator == 0, np.nan, denominator.astype(np.float64))


def _sums(ledger: Ledger, rows: Rows | Mapping[str, NDArray[np.bool_]]) -> Ints:
    return ledger.area.sums(list(rows), _stack(ledger, rows.values()))


def _exactly(ledger: Ledger, rows: Rows) -> Ints:
    return ledger.area.exactly(list(rows), _stack(ledger, rows.values()))


def _stack(ledger: Ledger, rows: Iterable[Ints | NDArray[np.bool_]]) -> Ints:
    return np.array(list(rows), np.int64).reshape(-1, len(ledger.days))


def _places(ledger: Ledger, places: str, window: str | None) -> dict[str, NDArray[np.bool_]]:
    """Place → on which reading days it is on the roster; counties always are."""
    if places == COUNTIES:
        return {county: np.ones(len(ledger.days), np.bool_) for county in ledger.area.counties}
    return {place: row > 0 for place, row in ledger.rows(places, window).items() if len(place) == 12}


def _needs(ledger: Ledger, formula: Coverage, window: str | None) -> list[tuple[Rows, int]]:
    return [(ledger.rows(measure, window), at_least) for measure, at_least in formula.needs.items()]


def _at_places(ledger: Ledger, formula: Coverage, rows: Rows) -> Rows:
    """A need's rows by place: exactly there, or all of a county."""
    if formula.places != COUNTIES:
        return rows
    found: dict[str, Ints] = {}
    for region, row in rows.items():
        found[region[:6]] = found.get(region[:6], ledger.blank()) + row
    return found


def _online(ledger: Ledger, formula: Online) -> Ints:
    rows: dict[str, Ints] = {}
    for index, day in enumerate(ledger.days):
        for region, devices in ledger.devices.online(formula, day).items():
            rows.setdefault(region, ledger.blank())[index] = devices
    return _sums(ledger, rows)
