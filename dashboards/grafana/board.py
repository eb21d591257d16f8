"""Builds a board: its variables, its links, and the layout of its panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model

from dashboards.grafana.names import TAG, PlanScope
from dashboards.grafana.panels import Panel
from dashboards.grafana.queries import clickhouse

WIDTH = 24
"""Columns of Grafana's grid."""

ALL = model.VariableOption(text="全部", value="$__all")


class Cell(NamedTuple):
    """A panel in a band, and its width in columns of the grid."""

    width: int
    panel: Panel


class Band(NamedTuple):
    """Panels side by side, all of the same height (in grid units).

    With a `title`, a row heading is placed above them. `repeat` is a variable: the row is shown once for each
    value.
    """

    height: int
    cells: Sequence[Cell]
    title: str = ""
    repeat: str = ""


class _Variable(Builder[model.VariableModel]):
    """A variable for which the SDK has no builder, or an incomplete one."""

    def __init__(self, variable: model.VariableModel) -> None:
        self._variable = variable

    def build(self) -> model.VariableModel:
        return self._variable


class _AdHoc(model.VariableModel):
    """An ad-hoc variable with `defaultKeys`, the keys that a reader can choose from; the SDK's model lacks them."""

    def to_json(self) -> dict[str, object]:
        keys = [{"text": "县区", "value": "region_zh"}, {"text": "责任部门", "value": "department_zh"}]
        return {**super().to_json(), "defaultKeys": keys, "filters": [], "baseFilters": []}


def board(
    uid: str,
    title: str,
    question: str,
    scope: PlanScope,
    variables: Sequence[Builder[model.VariableModel]],
    bands: Sequence[Band],
    refresh: str = "30s",
) -> model.Dashboard:
    """A board with these bands, one below the other. `question`, the question that it answers, is its description.

    Raises ValueError if a band is wider than the grid.
    """
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(question)
        .tags([TAG])
        .timezone(scope.zone)
        .week_start("monday")
        .readonly()
        .refresh(refresh)
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time(f"{scope.start.isoformat()} 00:00:00", f"{scope.due.isoformat()} 23:59:59")
        .link(
            dashboard.DashboardLink("看板")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .keep_time(True)
            .include_vars(True)
            .placement("")
            .icon("external link")
            .tooltip("其他看板；时间范围与变量一并带去")
        )
    )
    made = made.annotations([]).variables(list(variables))
    y, number = 0, 0
    for band in bands:
        if sum(cell.width for cell in band.cells) > WIDTH:
            raise ValueError(f"board {uid}: the band {band.title!r} at y = {y} is wider than {WIDTH}")
        if band.title:
            number += 1
            row = dashboard.Row(band.title).id(number).grid_pos(model.GridPos(h=1, w=WIDTH, x=0, y=y))
            made = made.with_row(row.repeat(band.repeat) if band.repeat else row)
            y += 1
        x = 0
        for cell in band.cells:
            number += 1
            at = model.GridPos(h=band.height, w=cell.width, x=x, y=y)
            made = made.with_panel(cell.panel.id(number).grid_pos(at))
            x += cell.width
        y += band.height
    return made.build()


def county(scope: PlanScope) -> dashboard.QueryVariable:
    """Variable: one region by its Chinese name; by default the city.

    Links between boards carry the value, so every board must offer the same options: Grafana keeps a value
    even if it is not among a board's options.
    """
    city = model.VariableOption(text=scope.city, value=scope.city)
    return _query("county", "县区", "SELECT zh FROM regions").current(city)


def county_first() -> dashboard.QueryVariable:
    """Variable: one region by its Chinese name; by default the first county."""
    return _query("county", "县区", "SELECT zh FROM regions ORDER BY level = 'city', code")


def one_action() -> dashboard.QueryVariable:
    """Variable: one action, by its number. It is not called `action`, because links from boards where that
    variable has several values would set it."""
    return _query("one_action", "行动", _ACTIONS).current(model.VariableOption(text="1", value="1"))


def actions() -> dashboard.QueryVariable:
    """Variable: some actions or all."""
    return _some(_query("action", "行动", _ACTIONS))


def indicators() -> dashboard.QueryVariable:
    """Variable: some indicators of the chosen action, or all."""
    return _some(
        _query(
            "indicator",
            "指标",
            "SELECT indicator, zh FROM indicators WHERE toString(action) = ${one_action:singlequote} ORDER BY position",
        )
    )


def departments() -> dashboard.QueryVariable:
    """Variable: some departments or all."""
    return _some(
        _query(
            "department",
            "部门",
            "SELECT DISTINCT department, department_zh FROM indicators ORDER BY department",
        )
    )


def period() -> dashboard.CustomVariable:
    """Variable: the number of days for 环比, the comparison with a previous period."""
    choices = {"一周": "7", "一月": "30", "一季": "91"}
    options = [
        model.VariableOption(text=text, value=days, selected=days == "7") for text, days in choices.items()
    ]
    return (
        dashboard.CustomVariable("period")
        .label("环比周期")
        .values(",".join(f"{text} : {days}" for text, days in choices.items()))
        .options(options)
        .current(options[0])
    )


def filters() -> list[Builder[model.VariableModel]]:
    """Variables: ad-hoc filters by county and department, and the hidden query that provides their values."""
    adhoc = _AdHoc(
        type_val=model.VariableType.ADHOC,
        name="filters",
        label="筛选",
        datasource=clickhouse(),
        allow_custom_value=False,
    )
    source = dashboard.ConstantVariable("clickhouse_adhoc_query").value(
        "SELECT DISTINCT $__adhoc_column FROM lights_now"
    )
    return [_Variable(adhoc), source]


_ACTIONS = "SELECT toString(action), concat(toString(action), ' ', zh) FROM actions ORDER BY action"


def _query(name: str, label: str, sql: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(clickhouse())
        .query({"refId": name, "queryType": "sql", "editorType": "sql", "rawSql": sql})
        .definition(sql)
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
    )


def _some(variable: dashboard.QueryVariable) -> dashboard.QueryVariable:
    return variable.multi(True).include_all(True).current(ALL)
