"""The columns of the table `lights`, in one list: what the assessor writes, and what every reader selects.

A number keeps its column's name on its whole way: `pulse.lights` computes it under that name, the assessor writes it
under that name, views and readers select it so. A new number is a field in `pulse.lights`, a line here, and a migration.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa


class ColumnType(NamedTuple):
    """A column type in ClickHouse, in Arrow and in Python. `optional`: null, in Python None, where there is no value."""

    clickhouse: str
    arrow: Any
    python: type
    optional: bool = False


WORD = ColumnType("LowCardinality(String)", pa.string(), str)
TEXT = ColumnType("String", pa.string(), str)
NUMBER = ColumnType("Nullable(Float64)", pa.float64(), float, optional=True)
WHOLE = ColumnType("Nullable(Int32)", pa.int32(), int, optional=True)
DAY = ColumnType("Date32", pa.date32(), date)
DAY_OR_NONE = ColumnType("Nullable(Date32)", pa.date32(), date, optional=True)
VERSION = ColumnType("UInt128", pa.binary(16), int)
DIGEST = ColumnType("UInt64", pa.uint64(), int)


class Column(NamedTuple):
    """One column. `meaning`: with its unit; empty where the name says all."""

    name: str
    type: ColumnType
    meaning: str = ""


LIGHTS = (
    Column("generation", WORD),
    Column("indicator", WORD),
    Column("region", WORD, "city or county"),
    Column("day", DAY),
    Column("value", NUMBER),
    Column("numerator", NUMBER),
    Column("denominator", NUMBER),
    Column(
        "cohort",
        NUMBER,
        "of the cases that began by this day, how many are complete by now; in the unit of the value",
    ),
    Column("target", NUMBER, "of this region: a share of a count where it is allocated"),
    Column("period", WORD, "what is judged: 2023, 2023-05, 2023Q2"),
    Column("due", DAY_OR_NONE),
    Column("days_left", WHOLE, "whole days after `day` until due"),
    Column("expected", NUMBER, "by the pace, in the unit of the value"),
    Column("tolerance", NUMBER, "in the unit of the value"),
    Column("gap", NUMBER, "value - expected; negative: behind"),
    Column("gap_days", NUMBER, "gap in days of the pace"),
    Column("behind", NUMBER, "persons, places, pieces short of expected"),
    Column("shortfall", NUMBER, "the same, short of the target"),
    Column("rate28", NUMBER, "numerator a day, of the last 28 days"),
    Column("required_rate", NUMBER, "numerator a day, still required until due"),
    Column("chance", NUMBER, "0 to 1"),
    Column("p10", NUMBER),
    Column("p50", NUMBER),
    Column("p85", NUMBER),
    Column("p90", NUMBER),
    Column("no_forecast", WORD, "why there is no chance: too_little, shifted, no_data, over, not_a_target"),
    Column("direction", WORD, "improving, steady, worsening; empty: too early"),
    Column("signal", WORD, "up, down"),
    Column("assurance", WORD, "always, chance, never"),
    Column("last_report", DAY_OR_NONE),
    Column("raw", WORD, "the status of this day by itself"),
    Column("status", WORD, "the status shown"),
    Column("since", DAY),
    Column("rule", WORD, "what decided"),
    Column("why_zh", TEXT),
    Column("why_en", TEXT),
    Column("version", VERSION, "events counted << 64 | microseconds of the clock"),
    Column("digest", DIGEST, "of all that the row was made from: unchanged, it is not written again"),
)
"""In the table's order. The units are those of the indicator, as it is shown."""

COLUMNS = {column.name: column for column in LIGHTS}
SCHEMA = pa.schema([(column.name, column.type.arrow) for column in LIGHTS])
"""The Arrow schema of the rows that are inserted."""


def selection(names: Iterable[str], table: str) -> str:
    """Columns of `lights` as a SELECT names them. Raises KeyError for a name that is no column."""
    return ", ".join(f"{table}.{COLUMNS[name].name} AS {name}" for name in names)
