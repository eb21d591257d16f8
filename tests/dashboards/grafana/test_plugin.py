"""The plugin's macros, by the examples of its documentation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.dashboards.grafana.plugin import ALL, CONVERTIBLE, Filter, View, expand

START, END = datetime.fromtimestamp(1415792726, UTC), datetime.fromtimestamp(1447328726, UTC)


def view(*filters: Filter, **variables: list[str]) -> View:
    return View(variables, START, END, interval=20, filters=filters)


@pytest.mark.parametrize(
    ("macro", "sql"),
    [
        ("$__timeFilter(time)", "time >= toDateTime(1415792726) AND time <= toDateTime(1447328726)"),
        ("$__dateFilter(date)", "date >= toDate('2014-11-12') AND date <= toDate('2015-11-12')"),
        ("$__fromTime", "toDateTime(1415792726)"),
        ("$__toTime_ms", "fromUnixTimestamp64Milli(1447328726000)"),
        ("$__interval_s", "20"),
        ("$__timeInterval(column)", "toStartOfInterval(toDateTime(column), INTERVAL 20 second)"),
    ],
)
def test_macros(macro: str, sql: str) -> None:
    assert expand(macro, view()) == sql


def test_a_macro_around_a_call() -> None:
    expected = "f(a, 'x') >= toDateTime(1415792726) AND f(a, 'x') <= toDateTime(1447328726)"
    with pytest.raises(ValueError, match="one argument"):
        expand("$__timeFilter(a, 'x')", view())
    assert expand("$__timeFilter(f(a, 'x'))", view()) == expected


def test_conditional_all() -> None:
    sql = "$__conditionalAll(database IN (${database:singlequote}), $database)"
    assert expand(sql, view(database=[ALL])) == "1=1"
    assert expand(sql, view(database=["a", "b'c"])) == r"database IN ('a','b\'c')"
    with pytest.raises(ValueError, match="plain variable"):
        expand("$__conditionalAll(x, ${database:singlequote})", view(database=["a"]))


def test_ad_hoc_filters() -> None:
    sql = "SELECT 1 SETTINGS $__adHocFilters('t')"
    assert expand(sql, view()) == "SELECT 1 SETTINGS additional_table_filters={}"
    filtered = expand(sql, view(Filter("status", "=", "active"), Filter("region", "!=", "us")))
    assert filtered == (
        r"SELECT 1 SETTINGS additional_table_filters={'t': ' status = \'active\'  AND  region != \'us\' '}"
    )


@pytest.mark.parametrize("sql", ["$unknown", "${county:raw}", "$__lttb(1)", "'$county' IN ($many)"])
def test_what_is_left_over_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match=r"nobody expands|expected|singlequote"):
        expand(sql, view(county=["a"], many=["a", "b"]))


def test_types() -> None:
    good = ["String", "Nullable(Float64)", "Date32", "DateTime64(3, 'UTC')", "LowCardinality(String)", "Bool"]
    bad = ["Array(String)", "LowCardinality(Float64)", "Tuple(a String)", "UUID"]
    assert [name for name in good + bad if CONVERTIBLE.fullmatch(name)] == good
