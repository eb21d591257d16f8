"""Formulas by definition: numerator, denominator and value of an indicator, for every region and reading day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
from verify.counted import Counted, Rows
from verify.counts import Ints
from verify.regions import LEVELS

Floats = NDArray[np.float64]


class Figures(NamedTuple):
    """Of one indicator, by region and day; not a number where there is none."""

    numerator: Floats
    denominator: Floats
    value: Floats


def figures(counted: Counted, indicator: Indicator) -> Figures:
    """All figures of an indicator; below its finest level there are no values."""
    with np.errstate(all="ignore"):
        numerator, denominator, value = _formula(counted, indicator)
    too_fine = counted.area.depth > LEVELS.index(indicator.level)
    value = np.where(too_fine[:, None], np.nan, value)
    return Figures(numerator, denominator, value)


def _formula(counted: Counted, indicator: Indicator) -> tuple[Floats, Floats, Floats]:
    formula, window = indicator.formula, indicator.window

    def total(measure: str) -> Ints:
        return _sums(counted, counted.rows(measure, window))

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
            own = _exactly(counted, counted.rows(formula.reference, window)) / counted.scale(
                formula.reference
            )
            return average, own, 100 * average / _known(own)
        case Coverage():
            listed = _places(counted, formula.places, window)
            needed = [(_at_places(counted, formula, need), k) for need, k in _needs(counted, formula, window)]
            covered = {
                place: on & np.all([rows.get(place, counted.blank()) >= k for rows, k in needed], axis=0)
                for place, on in listed.items()
            }
            return _percent(_sums(counted, covered), _sums(counted, listed))
        case PerPlace():
            listed = _places(counted, formula.places, window)
            amounts = counted.rows(formula.measure, window)
            there = {place: on * amounts.get(place, counted.blank()) for place, on in listed.items()}
            n, d = _sums(counted, there) / counted.scale(formula.measure), _sums(counted, listed)
            return n, d.astype(np.float64), n / _known(d)
        case Online():
            return _percent(_online(counted, formula), total(formula.registered))


def _percent(numerator: Ints, denominator: Ints) -> tuple[Floats, Floats, Floats]:
    n, d = numerator.astype(np.float64), denominator.astype(np.float64)
    return n, d, 100 * n / _known(d)


def _known(denominator: Ints | Floats) -> Floats:
    """Nothing can be shared out over nobody: no number instead of 0."""
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


def _needs(counted: Counted, formula: Coverage, window: str | None) -> list[tuple[Rows, int]]:
    return [(counted.rows(measure, window), at_least) for measure, at_least in formula.needs.items()]


def _at_places(counted: Counted, formula: Coverage, rows: Rows) -> Rows:
    """A need's rows by place: exactly there, or all of a county."""
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
