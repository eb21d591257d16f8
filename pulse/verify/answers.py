"""Compares what the views answer with the figures by definition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from numpy.typing import NDArray

from pulse.verify.days import calendar_date
from pulse.verify.difference import Difference
from pulse.verify.formulas import Figures, Floats
from pulse.verify.regions import Area
from schemas.catalogue.model import Count, Indicator

_REMEDY = "see the rows named above; if none is, make the views anew from this catalogue: `pulse migrate`"
_FIGURES = ("numerator", "denominator", "value", "cohort")
_COLUMNS = ", ".join(("indicator", "region", *_FIGURES))
_PRECISION = 1e-9


class Expected(NamedTuple):
    """Figures by definition, in the order of `indicators`, `area.codes` and `days`; the last day is the clock's."""

    indicators: Sequence[Indicator]
    area: Area
    days: Sequence[int]
    figures: Sequence[Figures]


def figure_differences(
    client: Client, expected: Expected, before_query: Callable[[], None]
) -> Iterator[Difference]:
    """Compare all figures of the three views on the reading days. `before_query` may raise, to end this early."""
    dates = [calendar_date(day).isoformat() for day in expected.days]
    for index, date in enumerate(dates):
        before_query()
        table = _ask(client, f"SELECT {_COLUMNS} FROM indicator_at(day = '{date}')")
        yield from _compare("indicator_at", expected, index, table)
    before_query()
    table = _ask(client, f"SELECT {_COLUMNS} FROM indicator_now")
    yield from _compare("indicator_now", expected, len(dates) - 1, table)
    before_query()
    listed = ", ".join(f"'{date}'" for date in dates)
    table = _ask(client, f"SELECT {_COLUMNS}, toInt32(day) AS of FROM indicator_days WHERE day IN ({listed})")
    of = table.column("of").to_numpy()
    for index, day in enumerate(expected.days):
        yield from _compare("indicator_days", expected, index, table.filter(pa.array(of == day)))


def _ask(client: Client, query: str) -> Any:
    return client.query_arrow(query, use_strings=True)


def _compare(view: str, expected: Expected, index: int, table: Any) -> Iterator[Difference]:
    """Compare the rows of a view with the figures of one day. A row that a view leaves out counts as empty."""
    indicators = {indicator.id: n for n, indicator in enumerate(expected.indicators)}
    of = _positions(table.column("indicator"), indicators)
    at = _positions(table.column("region"), expected.area.index)
    answers = np.stack([_floats(table.column(name)) for name in _FIGURES], axis=-1)
    known = (of >= 0) & (at >= 0)

    found = np.full((len(indicators), len(expected.area.codes), len(_FIGURES)), np.nan)
    answered = np.zeros(found.shape[:2], np.int64)
    np.add.at(answered, (of[known], at[known]), 1)
    found[of[known], at[known]] = answers[known]
    right = np.stack([np.stack([part[:, index] for part in one], axis=-1) for one in expected.figures])

    fixed = np.array([isinstance(indicator.formula, Count) for indicator in expected.indicators])
    silent = (answered == 0) & _empty(right, fixed[:, None])
    if view == "indicator_days":
        silent |= expected.area.depth > 1
    wrong = ~silent & ((answered != 1) | ~_same(right, found).all(axis=-1))
    for i, r in np.argwhere(wrong):
        times = answered[i, r]
        text = _words(found[i, r]) if times == 1 else "no row" if not times else f"{times} rows"
        yield _difference(
            view,
            expected,
            index,
            expected.indicators[i].id,
            expected.area.codes[r],
            _words(right[i, r]),
            text,
        )

    names, regions = table.column("indicator"), table.column("region")
    for row in np.flatnonzero(~known & ~_empty(answers, of >= 0)):
        indicator, region = names[row].as_py(), regions[row].as_py()
        yield _difference(view, expected, index, indicator, region, "no such figure", _words(answers[row]))


def _difference(
    view: str, expected: Expected, index: int, indicator: str, region: str, right: str, found: str
) -> Difference:
    where = f"{indicator} in {region} on {calendar_date(expected.days[index])} ({view})"
    return Difference("figure", where, right, found, _REMEDY, region)


def _same(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Whether figures are equal but for the last digits of a division, or both nan."""
    return np.isclose(one, other, rtol=_PRECISION, atol=0, equal_nan=True)


def _empty(figures: Floats, fixed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether figures are empty: all 0 or nan. The denominator of a count is fixed and is ignored (`fixed`)."""
    n, d, v, c = np.moveaxis(np.nan_to_num(figures), -1, 0)
    empty: NDArray[np.bool_] = (n == 0) & ((d == 0) | fixed) & (v == 0) & (c == 0)
    return empty


def _positions(column: Any, index: Any) -> NDArray[np.int64]:
    """The place of each name of a column in an index; -1 where it is not in it."""
    encoded = column.combine_chunks().dictionary_encode()
    places = [index.get(name, -1) for name in encoded.dictionary.to_pylist()]
    found: NDArray[np.int64] = np.array([*places, -1], np.int64)[encoded.indices.to_numpy()]
    return found


def _floats(column: Any) -> Floats:
    return np.asarray(column.to_numpy(), np.float64)


def _words(figure: Floats) -> str:
    n, d, v, c = ("–" if np.isnan(part) else f"{part:.12g}" for part in figure)
    return f"{n} of {d}: {v}" + (f", by now {c}" if c != "–" else "")
