"""The columns that the worker writes, as Arrow types: the one place where a value meets its column.

Instants go in as integers (microseconds or milliseconds UTC), days as days since 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from streams.commands import Columns, Same

LATENESS_BIN = 1.02
"""The ratio of a bin's upper bound to its lower one in the table `lateness`: the middle of a bin is within 1
% of every value in it."""

_TEXT, _MICROS, _MILLIS = pa.string(), pa.timestamp("us", "UTC"), pa.timestamp("ms", "UTC")
_PLACE = {"topic": _TEXT, "partition": pa.uint16(), "offset": pa.int64()}
_RECORD = {"source": _TEXT, "id": _TEXT, "type": _TEXT, "subject": _TEXT}
_VERSION = {"revision": pa.uint32(), "void": pa.bool_(), "fingerprint": pa.uint64()}

TABLES: Mapping[str, Mapping[str, Any]] = {
    "events": {
        **_PLACE, **_RECORD, **_VERSION, "append_time": _MILLIS, "outcome": _TEXT, "reason": _TEXT,
        "time": _MICROS, "recorded_time": _MICROS, "region": _TEXT, "dataschema": _TEXT, "data": pa.binary(),
    },
    "facts": {
        **_PLACE, **_RECORD, **_VERSION, "generation": _TEXT, "measure": _TEXT, "member": _TEXT,
        "region": _TEXT, "time": _MICROS, "rank": pa.int64(), "value": pa.int64(), "live": pa.bool_(),
    },
    "cells": {
        **_PLACE, "generation": _TEXT, "measure": _TEXT, "region": _TEXT, "day": pa.date32(), "value": pa.int64(),
    },
    "gaps": {
        "topic": _TEXT, "partition": pa.uint16(), "first": pa.int64(), "last": pa.int64(), "append_time": _MILLIS,
    },
    "positions": {
        **_PLACE, "generation": _TEXT, "append_time": _MILLIS, "topic_id": _TEXT, "partitions": pa.uint16(),
    },
    "dead_letters": {
        **_PLACE, "append_time": _MILLIS, "reason": _TEXT, "field": _TEXT, "value": _TEXT, "expected": _TEXT,
        "hint": _TEXT, "source": _TEXT, "type": _TEXT, "id": _TEXT, "payload": _TEXT,
    },
    "device_hours": {"measure": _TEXT, "hour": pa.timestamp("s", "UTC"), "county": _TEXT, "device": _TEXT},
}  # fmt: skip


def arrow(table: str, columns: Columns) -> pa.Table:
    """Rows of a table as an Arrow table. Raises KeyError for a column that the table does not have."""
    types = TABLES[table]
    return pa.table({name: _array(values, types[name]) for name, values in columns.items()})


def _array(values: Sequence[Any], kind: Any) -> Any:
    if isinstance(values, Same):
        return pa.repeat(pa.scalar(values.value, kind), len(values))
    return pa.array(values, kind)
