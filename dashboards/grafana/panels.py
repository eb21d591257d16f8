"""Panels that boards share: tables with lights, tiles, lines."""

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
"""Colours that colour-blind people can distinguish (Okabe and Ito); colour is never the only sign."""

READABLE = 30
"""Text size in pixels at 1080p that is readable from 3 m on a 55-inch screen."""

Panel = table.Panel | stat.Panel | timeseries.Panel

LIGHT_COLUMN = "状态"
WHY_COLUMN = "为什么"


def lights_table(title: str, about: str, query: Builder[variants.Dataquery]) -> table.Panel:
    """A table of lights, one a row. The column 为什么 (the reason for the status) is wide and wrapped."""
    return status_table(title, about, query).override_by_name(
        WHY_COLUMN,
        [Set("custom.minWidth", 420), Set("custom.wrapText", True)],
    )


def status_table(title: str, about: str, query: Builder[variants.Dataquery]) -> table.Panel:
    """A table with coloured status columns."""
    return plain_table(title, about, query).override_by_regexp(
        f"/^({LIGHT_COLUMN}|上期|由|变为)$/", coloured(width=110)
    )


def plain_table(title: str, about: str, query: Builder[variants.Dataquery]) -> table.Panel:
    """A table without colours; every column can be filtered.

    Cells without a mapping are transparent: Grafana's default thresholds would make them green, and red from
    80 on.
    """
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
    """Properties of a column whose cells are lights; `width` in pixels."""
    properties = [
        Set("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
        Set("mappings", mapping()),
    ]
    return [*properties, Set("custom.width", width)] if width else properties


def matrix(
    title: str, about: str, query: Builder[variants.Dataquery], row: str, column: str, value: str
) -> table.Panel:
    """A table of rows × columns. Grafana builds it from a query that returns one cell in each row."""
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
    """One tile for each row, without colour. The column `value` is shown large; the other strings are its name.

    `text`: text sizes of name and value in pixels.
    """
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
    """One tile for each row, in a colour that the query returns. `columns`: those of name, value and colour.

    `text`: text sizes of name and value in pixels.
    """
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
    """Lines over time. The legend is a table with last and greatest values, or with `legend="list"` names only."""
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
    """Stacked areas in the colours of the statuses; the query's columns must be named by the statuses' labels."""
    for status in LIGHTS:
        panel = line(panel, label(status), status.color)
    return (
        panel.fill_opacity(70)
        .line_width(1)
        .stacking(shape.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
        .tooltip(shape.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.NONE))
    )


def line(panel: timeseries.Panel, name: str, color: str, **custom: Any) -> timeseries.Panel:
    """Style one series of the panel: its colour and `custom` line options.

    The display name is set too, because Grafana would otherwise prefix it with the query's name.
    """
    return panel.override_by_name(
        name,
        [
            Set("displayName", name),
            Set("color", {"mode": "fixed", "fixedColor": color}),
            *(Set(f"custom.{key}", value) for key, value in custom.items()),
        ],
    )


def steps(first: str, *above: tuple[float, str]) -> dashboard.ThresholdsConfig:
    """Thresholds: the first colour, then (value, colour) pairs that apply from that value on."""
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
    """Colour the numbers of these columns by thresholds: column → (value from which it applies, colour) pairs."""
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
    """A link from a cell or a tile to another board, which passes the time range and the given variables."""
    given = "".join(f"&var-{name}={value}" for name, value in variables.items())
    return {"title": title, "url": f"/d/{uid}?${{__url_time_range}}{given}"}
