"""A row becomes a struct by the names of its columns, in whatever order they come."""

from __future__ import annotations

import pytest
from msgspec import Struct, field

from dashboards.web.rows import columns, read


class Name(Struct, frozen=True, kw_only=True):
    zh: str = field(name="region_zh")


class Pair(Struct, frozen=True, kw_only=True):
    value: float | None
    name: Name
    count: int


def test_a_part_stands_for_its_own_columns() -> None:
    assert columns(Pair) == ["value", "region_zh", "count"]


def test_values_go_by_name_and_not_by_place() -> None:
    names = ["count", "unasked", "region_zh", "value"]
    assert read(Pair, names, [(3, "x", "甲县", 1.5), (4, "y", "乙县", None)]) == [
        Pair(value=1.5, name=Name(zh="甲县"), count=3),
        Pair(value=None, name=Name(zh="乙县"), count=4),
    ]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(KeyError, match="region_zh"):
        read(Pair, ["value", "count"], [(1.5, 3)])


def test_an_answer_without_rows_may_lack_its_column_names() -> None:
    assert read(Pair, [], []) == []
