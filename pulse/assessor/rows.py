"""Lights as rows of their tables, and rows as arrays again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pulse.assessor.digests import Uints
from pulse.lights.aim import Aim
from pulse.lights.assess import Lights
from pulse.lights.history import Fan
from pulse.lights.silence import NEVER
from pulse.lights.statuses import STATUSES
from pulse.lights.words import Words

_KEYS = {status.rank: status.key for status in STATUSES}
_EPOCH = date(1970, 1, 1)

Place = tuple[str, int]


class Moment(NamedTuple):
    """What an assessment is true at: the answering generation, how far it has counted, and the clock."""

    generation: str
    positions: dict[Place, int]
    until: datetime
    """UTC."""
    day: date

    @property
    def events(self) -> int:
        """How many offsets are counted."""
        return sum(offset + 1 for offset in self.positions.values())

    @property
    def version(self) -> int:
        """Higher is later: 128 bits."""
        return (self.events << 64) | (int(self.until.timestamp() * 1_000_000))


def light_rows(
    found: Lights, words: Words, cells: Sequence[tuple[int, int]], fresh: Uints, now: Moment
) -> pa.Table:
    """Rows of the table `lights` for some cells (region, day)."""
    aim = found.aim
    count = len(cells)
    rows, days = np.array([cell[0] for cell in cells]), np.array([cell[1] for cell in cells])
    first = (aim.start - _EPOCH).days
    due = aim.pace.due[days]
    names = [aim.periods.names[number] for number in aim.periods.number[days]]
    last = found.last_report[rows, days]
    texts = list(found.inputs(cells))

    def number(array: NDArray[Any]) -> Any:
        return pa.array(array[rows, days].astype(np.float64), pa.float64(), from_pandas=True)

    def day(array: NDArray[Any], empty: NDArray[np.bool_] | None = None) -> Any:
        return pa.array((array + first).astype(np.int32), pa.int32(), mask=empty).cast(pa.date32())

    def status(array: NDArray[Any]) -> Any:
        return pa.array([_KEYS[rank] for rank in array[rows, days].tolist()])

    way, outlooks = found.way, found.outlooks
    empty = np.full_like(found.figures.value, np.nan)
    return pa.table(
        {
            "generation": pa.repeat(now.generation, count),
            "indicator": pa.repeat(aim.indicator.id, count),
            "region": pa.array([aim.regions[row] for row in rows]),
            "day": day(days),
            "value": number(found.figures.value),
            "numerator": number(found.figures.numerator),
            "denominator": number(found.figures.denominator),
            "cohort": number(empty if (by_now := found.figures.cohort) is None else by_now),
            "target": pa.array(aim.target.values[rows], pa.float64(), from_pandas=True),
            "period": pa.array(names),
            "due": day(due, due < 0),
            "days_left": pa.array(np.maximum(due - days, 0).astype(np.int32), pa.int32(), mask=due < 0),
            "expected": number(way.expected),
            "tolerance": number(way.tolerance),
            "gap": number(way.gap),
            "gap_days": number(way.gap_days),
            "behind": number(way.behind),
            "shortfall": number(way.shortfall),
            "rate28": number(way.rate),
            "required_rate": number(way.required),
            "chance": number(outlooks.chance),
            "p10": number(outlooks.p10),
            "p50": number(outlooks.p50),
            "p85": number(outlooks.p85),
            "p90": number(outlooks.p90),
            "no_forecast": pa.array(outlooks.reason[rows, days].tolist()),
            "direction": pa.array(found.direction[rows, days].tolist()),
            "signal": pa.array(found.signals.signal[rows, days].tolist()),
            "assurance": pa.array(found.signals.assurance[rows, days].tolist()),
            "last_report": day(last, last == NEVER),
            "raw": status(found.judged.raw),
            "status": status(found.judged.shown),
            "since": day(found.judged.since[rows, days]),
            "rule": pa.array(found.rule[rows, days].tolist()),
            "why_zh": pa.array([words.zh(each) for each in texts]),
            "why_en": pa.array([words.en(each) for each in texts]),
            "version": wide(now.version, count),
            "digest": pa.array(fresh[rows, days]),
        }
    )


def fan_rows(aim: Aim, found: Fan, now: Moment) -> pa.Table:
    """Rows of the table `fans`."""
    count, width = found.p50.shape
    first = (aim.start - _EPOCH).days
    return pa.table(
        {
            "generation": pa.repeat(now.generation, count * width),
            "indicator": pa.repeat(aim.indicator.id, count * width),
            "region": pa.array([aim.regions[row] for row in found.rows for _ in range(width)]),
            "day": pa.array(np.tile(found.days + first, count).astype(np.int32), pa.int32()).cast(
                pa.date32()
            ),
            **{
                name: pa.array(getattr(found, name).ravel(), pa.float64(), from_pandas=True)
                for name in ("p10", "p50", "p85", "p90")
            },
            "version": wide(now.version, count * width),
        }
    )


def hearing_rows(rows: Sequence[tuple[str, str, date | None, int, bool]], now: Moment) -> pa.Table:
    """Rows of the table `hearings`: department, county ("": at all), last day with a report, number of such days, silent."""
    department, county, last_day, days, silent = zip(*rows, strict=True)
    return pa.table(
        {
            "generation": pa.repeat(now.generation, len(rows)),
            "department": pa.array(department, pa.string()),
            "county": pa.array(county, pa.string()),
            "last_day": pa.array(last_day, pa.date32()),
            "days": pa.array(days, pa.uint32()),
            "silent": pa.array(silent),
            "version": wide(now.version, len(rows)),
        }
    )


def assessment_row(now: Moment, method: str) -> pa.Table:
    """The row of the table `assessments`."""
    return pa.table(
        {
            "generation": pa.array([now.generation]),
            "version": wide(now.version, 1),
            "events": pa.array([now.events]),
            "until": pa.array([int(now.until.timestamp() * 1_000_000)], pa.timestamp("us", "UTC")),
            "day": pa.array([now.day]),
            "method": pa.array([method]),
            "at": pa.array([datetime.now(UTC)], pa.timestamp("ms", "UTC")),
        }
    )


def wide(number: int, count: int) -> Any:
    """A number of 128 bits, as ClickHouse takes it from Arrow."""
    return pa.array([number.to_bytes(16, "little")] * count, pa.binary(16))


def pivot(
    table: pa.Table, name: str, empty: Any, start: date, codes: Sequence[str], days: int
) -> dict[str, NDArray[Any]]:
    """A column by indicator, each [region, day]."""
    place = {code: n for n, code in enumerate(codes)}
    indicators = table["indicator"].combine_chunks().dictionary_encode()
    regions = table["region"].combine_chunks().dictionary_encode()
    row = np.array([place[code] for code in map(str, regions.dictionary.to_pylist())], np.int64)
    at = table["day"].combine_chunks().cast(pa.int32()).to_numpy() - (start - _EPOCH).days
    names = [str(name) for name in indicators.dictionary.to_pylist()]
    found = np.full((len(names), len(codes), days), empty, "U12" if empty == "" else None)
    inside = (at >= 0) & (at < days)
    column = table[name].to_numpy()
    index = (indicators.indices.to_numpy()[inside], row[regions.indices.to_numpy()][inside], at[inside])
    found[index] = column[inside]
    return {each: found[n] for n, each in enumerate(names)}
