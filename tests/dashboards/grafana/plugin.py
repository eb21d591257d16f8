"""What Grafana and its ClickHouse plugin (4.20) make of a panel's SQL, as the plugin's documentation defines it.

In their order: `$__conditionalAll`, Grafana's variables, `$__adHocFilters`, and in the plugin's backend the other macros.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

ALL = "$__all"


class Filter(NamedTuple):
    """An ad-hoc filter that a reader has set."""

    key: str
    operator: str
    value: str


class View(NamedTuple):
    """What a reader has chosen on a board."""

    variables: Mapping[str, Sequence[str]]
    """The values of each variable; `[ALL]` for all of them."""
    start: datetime
    end: datetime
    interval: int = 86_400
    """Seconds between two points that the panel has room for."""
    filters: Sequence[Filter] = ()


def expand(sql: str, view: View) -> str:
    """The statement that ClickHouse gets. Raises ValueError where something is left that nobody expands."""
    sql = _conditional_all(sql, view.variables)
    sql = _variables(sql, view.variables)
    sql = _ad_hoc(sql, view.filters)
    sql = _macros(sql, view)
    if "$" in sql:
        raise ValueError(f"nobody expands {re.findall(r'[$].{0,40}', sql)} in\n{sql}")
    return sql


def _conditional_all(sql: str, variables: Mapping[str, Sequence[str]]) -> str:
    macro = "$__conditionalAll("
    while (at := sql.rfind(macro)) != -1:
        arguments, end = _arguments(sql, at + len(macro))
        if len(arguments) != 2:
            raise ValueError(f"{macro}…): expected a condition and a variable, found {arguments}")
        condition, variable = arguments
        name = re.fullmatch(r"\s*\$(?:\{(\w+)\}|(\w+))\s*", variable)
        if name is None:
            raise ValueError(f"{macro}…): its second argument must be a plain variable, found {variable!r}")
        chosen = variables[name[1] or name[2]]
        everything = ",".join(chosen) in ("", ALL)
        sql = sql[:at] + ("1=1" if everything else condition) + sql[end:]
    return sql


def _arguments(sql: str, start: int) -> tuple[list[str], int]:
    """The arguments of a call whose bracket opened before `start`, and where it ends. Quotes are not minded, as the
    plugin does not mind them."""
    found: list[str] = []
    depth, begun = 1, start
    for at in range(start, len(sql)):
        match sql[at]:
            case "(":
                depth += 1
            case ")":
                depth -= 1
                if not depth:
                    return [*found, sql[begun:at]], at + 1
            case "," if depth == 1:
                found.append(sql[begun:at])
                begun = at + 1
    raise ValueError(f"a macro's bracket is never closed: {sql[start - 30 : start + 60]!r}")


def _variables(sql: str, variables: Mapping[str, Sequence[str]]) -> str:
    def value(found: re.Match[str]) -> str:
        name, form = found["braced"] or found["plain"], found["form"]
        if name.startswith("__") or name not in variables:
            return found[0]
        chosen = variables[name]
        if list(chosen) == [ALL]:
            raise ValueError(f"${name} outside of $__conditionalAll while all its values are chosen")
        if form == "singlequote":
            return ",".join("'" + one.replace("'", "\\'") + "'" for one in chosen)
        if form is None and len(chosen) == 1:
            return chosen[0]
        raise ValueError(f"{found[0]} of {chosen}: expected the format singlequote, or one value")

    return re.sub(r"\$(?:\{(?P<braced>\w+)(?::(?P<form>\w+))?\}|(?P<plain>\w+))", value, sql)


def _ad_hoc(sql: str, filters: Sequence[Filter]) -> str:
    condition = " AND ".join(f" {f.key} {f.operator} \\'{f.value}\\' " for f in filters)

    def setting(found: re.Match[str]) -> str:
        tables = re.findall(r"['\"]([^'\"]+)['\"]", found[1])
        each = ", ".join(f"'{table}': '{condition}'" for table in tables) if filters else ""
        return f"additional_table_filters={{{each}}}"

    return re.sub(r"\$__adHocFilters\s*\(([^)]+)\)", setting, sql)


def _macros(sql: str, view: View) -> str:
    def seconds(at: datetime) -> str:
        return f"toDateTime({int(at.timestamp())})"

    def milliseconds(at: datetime) -> str:
        return f"fromUnixTimestamp64Milli({int(at.timestamp() * 1000)})"

    def day(at: datetime) -> str:
        return f"toDate('{at.astimezone(UTC):%Y-%m-%d}')"

    def between(column: str, lower: str, upper: str) -> str:
        return f"{column} >= {lower} AND {column} <= {upper}"

    start, end, step = view.start, view.end, max(view.interval, 1)
    called = {
        "timeFilter": lambda c: between(c, seconds(start), seconds(end)),
        "timeFilter_ms": lambda c: between(c, milliseconds(start), milliseconds(end)),
        "dateFilter": lambda c: between(c, day(start), day(end)),
        "timeFrom": lambda c: f"{c} >= {seconds(start)}",
        "timeTo": lambda c: f"{c} <= {seconds(end)}",
        "timeInterval": lambda c: f"toStartOfInterval(toDateTime({c}), INTERVAL {step} second)",
        "timeInterval_ms": lambda c: (
            f"toStartOfInterval(toDateTime64({c}, 3), INTERVAL {step * 1000} millisecond)"
        ),
    }
    bare = {
        "fromTime": seconds(start),
        "toTime": seconds(end),
        "fromTime_ms": milliseconds(start),
        "toTime_ms": milliseconds(end),
        "interval_s": str(step),
    }
    while (found := re.search(r"\$__(\w+)\(", sql)) is not None:
        arguments, stop = _arguments(sql, found.end())
        if found[1] not in called or len(arguments) != 1:
            raise ValueError(f"{found[0]}…): expected one of {', '.join(called)} with one argument")
        sql = sql[: found.start()] + called[found[1]](arguments[0]) + sql[stop:]
    return re.sub(r"\$__(\w+)", lambda m: bare.get(m[1], m[0]), sql)


CONVERTIBLE = re.compile(
    r"(Nullable\()?(U?Int(8|16|32|64|128|256)|Float(32|64)|Bool|Decimal.*|Date(32)?|DateTime(64)?(\(.*\))?|String)\)?"
    r"|LowCardinality\((String|Nullable\(String\))\)"
)
"""ClickHouse types that the plugin turns into a field of the same kind; all others fail or become JSON."""


def is_time(type_name: str) -> bool:
    """Whether a column of this type is a field of time."""
    return re.match(r"(Nullable\()?Date", type_name) is not None


def is_number(type_name: str) -> bool:
    """Whether a column of this type is a field of numbers."""
    return re.match(r"(Nullable\()?(U?Int(8|16|32|64)|Float|Decimal)", type_name) is not None
