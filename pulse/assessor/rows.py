"""Turns lights into rows of their tables, and rows into arrays again."""

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
from pulse.lights.history import RegionFan
from pulse.lights.reasons import ReasonWriter
from pulse.lights.silence import NEVER, Ints
from pulse.lights.statuses import BY_RANK
from sinks.clickhouse.light_columns import SCHEMA
from streams.logs import LogPartition

_EPOCH = date(1970, 1, 1)


class Moment(NamedTuple):
    """What an assessment is as of: the answering generation, how far it has counted, and the clock."""

    generation: str
    positions: dict[LogPartition, int]
    until: datetime
    """UTC."""
    day: date

    @property
    def events(self) -> int:
        """How many offsets are counted."""
        return sum(offset + 1 for offset in self.positions.values())

    @property
    def version(self) -> int:
        """The version of the rows written now: 128 bits, higher is later."""
        return (self.events << 64) | (int(self.until.timestamp() * 1_000_000))


def light_rows(
    found: Lights, writer: ReasonWriter, cells: Sequence[tuple[int, int]], fresh: Uints, now: Moment
) -> pa.Table:
    """Rows of the table `lights` for some cells (region, day)."""
    aim, judged = found.aim, found.judged
    count = len(cells)
    rows, days = np.array([cell[0] for cell in cells]), np.array([cell[1] for cell in cells])
    due, last_report = aim.pace.due[days], found.last_report[rows, days]
    reasons = list(found.reason_inputs(cells))
    columns: dict[str, Any] = {
        "generation": [now.generation] * count,
        "indicator": [aim.indicator.id] * count,
        "region": [aim.regions[row] for row in rows],
        "day": _dates(aim, days),
        "period": [aim.periods.names[number] for number in aim.periods.number[days]],
        "due": _dates(aim, due, due < 0),
        "days_left": pa.array(np.maximum(due - days, 0).astype(np.int32), mask=due < 0),
        **{
            name: pa.array(of[rows, days].astype(np.float64), from_pandas=True)
            for name, of in found.numbers.items()
        },
        **{name: of[rows, days].tolist() for name, of in found.texts.items()},
        "last_report": _dates(aim, last_report, last_report == NEVER),
        "raw": [BY_RANK[rank].key for rank in judged.raw[rows, days].tolist()],
        "status": [BY_RANK[rank].key for rank in judged.shown[rows, days].tolist()],
        "since": _dates(aim, judged.since[rows, days]),
        "rule": found.rule[rows, days].tolist(),
        "why_zh": [writer.zh(each) for each in reasons],
        "why_en": [writer.en(each) for each in reasons],
        "version": wide(now.version, count),
        "digest": fresh[rows, days],
    }
    return pa.table(columns, SCHEMA)


def _dates(aim: Aim, days: Ints, empty: NDArray[np.bool_] | None = None) -> Any:
    """Days counted from the plan's first, as Arrow dates; null where `empty` is true."""
    first = (aim.start - _EPOCH).days
    return pa.array((days + first).astype(np.int32), pa.int32(), mask=empty).cast(pa.date32())


def fan_rows(aim: Aim, found: RegionFan, now: Moment) -> pa.Table:
    """Rows of the table `fans`."""
    fan = found.fan
    count, width = fan.p50.shape
    return pa.table(
        {
            "generation": pa.repeat(now.generation, count * width),
            "indicator": pa.repeat(aim.indicator.id, count * width),
            "region": pa.array([aim.regions[row] for row in found.rows for _ in range(width)]),
            "day": _dates(aim, np.tile(fan.days, count)),
            **{
                name: pa.array(getattr(fan, name).ravel(), pa.float64(), from_pandas=True)
                for name in ("p10", "p50", "p85", "p90")
            },
            "version": wide(now.version, count * width),
        }
    )


def reporter_rows(rows: Sequence[tuple[str, str, date | None, int, bool]], now: Moment) -> pa.Table:
    """Rows of the table `hearings`: department, county ("": any), last day with a report, number of such days, silent."""
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
    """A column of one 128-bit number, in the form that ClickHouse takes from Arrow."""
    return pa.array([number.to_bytes(16, "little")] * count, pa.binary(16))


def pivot(
    table: pa.Table, name: str, empty: Any, start: date, codes: Sequence[str], days: int
) -> dict[str, NDArray[Any]]:
    """Indicator → the column's values [region, day]; `empty` where there is no row."""
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
