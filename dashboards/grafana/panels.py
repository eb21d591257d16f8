"""Panels as all boards have them: tables with lights, tiles, lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grafana_foundation_sdk.builders import common as shape
from grafana_foundation_sdk.builders import dashboard, stat, table, timeseries
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Set

from dashboards.grafana.statuses import LIGHTS, label, mapping

GREEN, ORANGE, RED, BLUE, GREY = "#009E73", "#E69F00", "#D55E00", "#0072B2", "#8A8F98"
"""Told apart by the colour-blind too (Okabe and Ito), and never the only sign."""

READABLE = 30
"""Pixels at 1080p that are read from 3 m on a 55-inch screen."""

Panel = table.Panel | stat.Panel | timeseries.Panel

LIGHT_COLUMN = "状态"
WHY_COLUMN = "为什么"


def lights_table(title: str, about: str, query: Builder[variants.Dataquery]) -> table.Panel:
    """A table of lights: a status in a row, and in the column 为什么, wide and wrapped, what it was decided by."""
    return status_table(title, about, query).override_by_name(
        WHY_COLUMN,
        [Set("custom.minWidth", 420), Set("custom.wrapText", True)],
    )


def status_table(title: str, about: str, query: Builder[variants.Dataquery]) -> table.Panel:
    """A table whose columns of statuses are coloured."""
    return plain_table(title, about, query).override_by_regexp(
        f"/^({LIGHT_COLUMN}|上期|由|变为)$/", coloured(width=110)
    )


def plain_table(title: str, about: str, query: Builder[variants.Dataquery]) -> table.Panel:
    """Any other table. Every column can be filtered. What no mapping colours has no colour: Grafana's own thresholds would
    make it green, and red from 80 on."""
    return (
        table.Panel()
        .title(title)
        .description(about)
        .with_target(query)
        .cell_height(common.TableCellHeight.SM)
        .filterable(True)
        .no_value("—")
        .thresholds(steps("transparent"))
        .override_by_field_type("time", [Set("unit", "time:YYYY-MM-DD"), Set("custom.width", 110)])
    )


def coloured(width: int | None = None) -> list[Set]:
    """Properties of a column whose cells are lights."""
    properties = [
        Set("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
        Set("mappings", mapping()),
    ]
    return [*properties, Set("custom.width", width)] if width else properties


def matrix(
    title: str, about: str, query: Builder[variants.Dataquery], row: str, column: str, value: str
) -> table.Panel:
    """A table of rows × columns, made by Grafana of a query that returns a cell a row."""
    return (
        plain_table(title, about, query)
        .with_transformation(
            model.DataTransformerConfig(
                id_val="groupingToMatrix",
                options={"rowField": row, "columnField": column, "valueField": value, "emptyValue": "empty"},
            )
        )
        .override_by_regexp(rf"/^{row}\\/", [Set("custom.width", 130)])
    )


def tiles(
    title: str,
    about: str,
    query: Builder[variants.Dataquery],
    value: str,
    text: tuple[int, int] | None = None,
) -> stat.Panel:
    """A tile a row, without colour: the column `value` large, all other strings its name. `text`: pixels of name and
    value."""
    return (
        _stat(title, about, query, text)
        .color_mode(common.BigValueColorMode.NONE)
        .reduce_options(shape.ReduceDataOptions().values(True).limit(60).fields(f"/^{value}$/").calcs([]))
    )


def coloured_tiles(
    title: str,
    about: str,
    query: Builder[variants.Dataquery],
    columns: tuple[str, str, str],
    text: tuple[int, int] | None = None,
) -> stat.Panel:
    """A tile a row, where the query has the colour as well: `columns` name, value, colour."""
    name, value, color = columns
    return (
        _stat(title, about, query, text)
        .with_transformation(
            model.DataTransformerConfig(
                id_val="rowsToFields",
                options={
                    "mappings": [
                        {"fieldName": name, "handlerKey": "field.name"},
                        {"fieldName": value, "handlerKey": "field.value"},
                        {"fieldName": color, "handlerKey": "color"},
                    ]
                },
            )
        )
        .reduce_options(shape.ReduceDataOptions().values(False).calcs(["lastNotNull"]).fields("/.*/"))
    )


def _stat(
    title: str, about: str, query: Builder[variants.Dataquery], text: tuple[int, int] | None
) -> stat.Panel:
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .with_target(query)
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(common.BigValueGraphMode.NONE)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .orientation(common.VizOrientation.AUTO)
        .wide_layout(False)
        .no_value("—")
    )
    if text is not None:
        name, value = text
        panel = panel.text(shape.VizTextDisplayOptions().title_size(name).value_size(value))
    return panel


def lines(
    title: str, about: str, *queries: Builder[variants.Dataquery], unit: str = "short", legend: str = "table"
) -> timeseries.Panel:
    """Lines over time, with a legend that says the last value in words."""
    panel = timeseries.Panel().title(title).description(about).unit(unit).line_width(2).fill_opacity(0)
    for query in queries:
        panel = panel.with_target(query)
    shown = shape.VizLegendOptions().show_legend(True).placement(common.LegendPlacement.BOTTOM)
    if legend == "table":
        shown = shown.display_mode(common.LegendDisplayMode.TABLE).calcs(["lastNotNull", "max"])
    else:
        shown = shown.display_mode(common.LegendDisplayMode.LIST)
    return (
        panel.legend(shown)
        .tooltip(
            shape.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
        )
        .show_points(common.VisibilityMode.NEVER)
        .span_nulls(True)
    )


def bands(panel: timeseries.Panel) -> timeseries.Panel:
    """Stacked areas in the statuses' colours, where a query's columns are named by their labels."""
    for status in LIGHTS:
        panel = line(panel, label(status), status.color)
    return (
        panel.fill_opacity(70)
        .line_width(1)
        .stacking(shape.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
        .tooltip(shape.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.NONE))
    )


def line(panel: timeseries.Panel, name: str, color: str, **custom: Any) -> timeseries.Panel:
    """One of its series: its colour, what else of its line, and its name, which Grafana would put the query's before."""
    return panel.override_by_name(
        name,
        [
            Set("displayName", name),
            Set("color", {"mode": "fixed", "fixedColor": color}),
            *(Set(f"custom.{key}", value) for key, value in custom.items()),
        ],
    )


def steps(first: str, *above: tuple[float, str]) -> dashboard.ThresholdsConfig:
    """Thresholds: a colour, and from which value on another."""
    return (
        dashboard.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([
            model.Threshold(value=None, color=first),
            *(model.Threshold(value=value, color=color) for value, color in above),
        ])
    )  # fmt: skip


def marked(
    panel: table.Panel, columns: Mapping[str, Sequence[tuple[float | None, str]]], unit: str = ""
) -> table.Panel:
    """Columns of numbers whose cells take a colour from thresholds on; the number stays beside it."""
    for name, thresholds in columns.items():
        found = [{"value": value, "color": color} for value, color in thresholds]
        panel = panel.override_by_name(
            name,
            [
                Set("custom.cellOptions", {"type": "color-text"}),
                Set("thresholds", {"mode": "absolute", "steps": found}),
                Set("color", {"mode": "thresholds"}),
                *([Set("unit", unit)] if unit else []),
            ],
        )
    return panel


def to_board(title: str, uid: str, **variables: str) -> dict[str, str]:
    """A link from a cell or a tile to another board: the time range goes along, and the variables named."""
    given = "".join(f"&var-{name}={value}" for name, value in variables.items())
    return {"title": title, "url": f"/d/{uid}?${{__url_time_range}}{given}"}
