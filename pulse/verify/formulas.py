"""Formulas by definition: numerator, denominator and value of an indicator, for every region and reading day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pulse.verify.counted import Counted, Rows
from pulse.verify.counts import Ints
from pulse.verify.regions import LEVELS
from schemas.catalogue.model import (
    COUNTIES,
    Average,
    Count,
    Coverage,
    Indicator,
    Online,
    PerPlace,
    Ratio,
    Reference,
)

Floats = NDArray[np.float64]


class Figures(NamedTuple):
    """The figures of one indicator, [region, day]; nan where there is none."""

    numerator: Floats
    denominator: Floats
    value: Floats
    cohort: Floats
    """For a cohort: the value of the same cases as known by now."""


def figures(counted: Counted, indicator: Indicator) -> Figures:
    """All figures of an indicator; below its finest level there are no values."""
    with np.errstate(all="ignore"):
        numerator, denominator, value = _formula(counted, indicator)
        cohort = np.full_like(value, np.nan)
        if (key := getattr(indicator.formula, _NUMERATORS.get(indicator.formula.kind, ""), "")) and (
            counted.catalogue.measures[key].cohort
        ):
            cohort = _formula(counted, indicator, by_now=key)[2]
    too_fine = (counted.area.depth > LEVELS.index(indicator.level))[:, None]
    value, cohort = (np.where(too_fine, np.nan, part) for part in (value, cohort))
    return Figures(numerator, denominator, value, cohort)


_NUMERATORS = {"count": "measure", "ratio": "numerator", "average": "total"}


def _formula(counted: Counted, indicator: Indicator, by_now: str = "") -> tuple[Floats, Floats, Floats]:
    """Numerator, denominator and value. `by_now`: a cohort that is read as known by now; other measures are
    read as known on the day."""
    formula, window = indicator.formula, indicator.window

    def read(measure: str) -> Rows:
        return counted.rows(
            measure if measure == by_now else counted.catalogue.read(indicator, measure), window
        )

    def total(measure: str) -> Ints:
        return _sums(counted, read(measure))

    match formula:
        case Count():
            n = total(formula.measure) / counted.scale(formula.measure)
            return n, np.full(n.shape, np.nan if formula.of is None else float(formula.of)), n
        case Ratio():
            return _percent(total(formula.numerator), total(formula.denominator))
        case Average():
            n, d = total(formula.total) / counted.scale(formula.total), total(formula.count)
            return n, d.astype(np.float64), n / _known(d)
        case Reference():
            average = total(formula.total) / counted.scale(formula.total) / _known(total(formula.count))
            own = _exactly(counted, read(formula.reference)) / counted.scale(formula.reference)
            return average, own, 100 * average / _known(own)
        case Coverage():
            listed = _places(counted, formula.places, window)
            needed = [(_at_places(counted, formula, read(need)), k) for need, k in formula.needs.items()]
            covered = {
                place: on & np.all([rows.get(place, counted.blank()) >= k for rows, k in needed], axis=0)
                for place, on in listed.items()
            }
            return _percent(_sums(counted, covered), _sums(counted, listed))
        case PerPlace():
            listed = _places(counted, formula.places, window)
            amounts = read(formula.measure)
            there = {place: on * amounts.get(place, counted.blank()) for place, on in listed.items()}
            n, d = _sums(counted, there) / counted.scale(formula.measure), _sums(counted, listed)
            return n, d.astype(np.float64), n / _known(d)
        case Online():
            return _percent(_online(counted, formula), total(formula.registered))


def _percent(numerator: Ints, denominator: Ints) -> tuple[Floats, Floats, Floats]:
    n, d = numerator.astype(np.float64), denominator.astype(np.float64)
    return n, d, 100 * n / _known(d)


def _known(denominator: Ints | Floats) -> Floats:
    """The denominator as floats, with nan for 0, so that a division by it gives no number."""
    return np.where(denominator == 0, np.nan, denominator.astype(np.float64))


def _sums(counted: Counted, rows: Rows | Mapping[str, NDArray[np.bool_]]) -> Ints:
    return counted.area.sums(list(rows), _stack(counted, rows.values()))


def _exactly(counted: Counted, rows: Rows) -> Ints:
    return counted.area.exactly(list(rows), _stack(counted, rows.values()))


def _stack(counted: Counted, rows: Iterable[Ints | NDArray[np.bool_]]) -> Ints:
    return np.array(list(rows), np.int64).reshape(-1, len(counted.days))


def _places(counted: Counted, places: str, window: str | None) -> dict[str, NDArray[np.bool_]]:
    """Place → on which reading days it is on the roster; counties always are."""
    if places == COUNTIES:
        return {county: np.ones(len(counted.days), np.bool_) for county in counted.area.counties}
    return {place: row > 0 for place, row in counted.rows(places, window).items() if len(place) == 12}


def _at_places(counted: Counted, formula: Coverage, rows: Rows) -> Rows:
    """A need's rows by place: those of exactly that place, or all of a county."""
    if formula.places != COUNTIES:
        return rows
    found: dict[str, Ints] = {}
    for region, row in rows.items():
        found[region[:6]] = found.get(region[:6], counted.blank()) + row
    return found


def _online(counted: Counted, formula: Online) -> Ints:
    rows: dict[str, Ints] = {}
    for index, day in enumerate(counted.days):
        for region, devices in counted.devices.online(formula, day).items():
            rows.setdefault(region, counted.blank())[index] = devices
    return _sums(counted, rows)
