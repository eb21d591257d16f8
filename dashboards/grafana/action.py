"""行动: the board of one action: its indicators against target and pace, and by county."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table, timeseries
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Set

from dashboards.grafana import board
from dashboards.grafana.board import Band, Cell
from dashboards.grafana.names import ACTION, COUNTY, PlanScope
from dashboards.grafana.panels import BLUE, GREEN, GREY, RED, lights_table, line, lines, to_board
from dashboards.grafana.queries import (
    HERE,
    LIGHT,
    LIGHT_COLUMNS,
    OF_DEPARTMENT,
    SERIES,
    TARGET,
    WHY,
    Sql,
    instant,
    shown,
    unit,
)

QUESTION = "这项行动的每个指标离目标和应有进度差多少、照此能否完成、各县区排第几？"

_OF_THIS = "toString(action) = ${one_action:singlequote}"
_ONE = "indicator = ${indicator:singlequote}"


def action(scope: PlanScope) -> model.Dashboard:
    """The board: a table of the action's indicators, then a row of panels for each indicator."""
    return board.board(
        ACTION,
        "行动",
        QUESTION,
        scope,
        [
            board.one_action(),
            board.county(scope),
            board.indicators(),
            board.departments(),
            board.period(),
            *board.filters(),
        ],
        [
            Band(9, [Cell(24, _indicators())]),
            Band(
                12,
                [Cell(14, _pace(scope)), Cell(10, _ranking())],
                title="${indicator:text}",
                repeat="indicator",
            ),
            Band(9, [Cell(24, _by_county(scope))]),
        ],
    )


def _indicators() -> table.Panel:
    return lights_table(
        "本行动的指标",
        "所选县区。现值、目标、按进度应有同单位；落后数为人、处、件的整数。环比：计数看本期新增比上期，比率看差几个百分点。",
        Sql(f"""
            {shown(f"{_OF_THIS} AND {HERE} AND {OF_DEPARTMENT}")}
            SELECT {LIGHT_COLUMNS}
            FROM compared
            ORDER BY status_rank DESC, position
        """),
    )


def _pace(scope: PlanScope) -> timeseries.Panel:
    day = instant(scope.zone)
    panel = lines(
        "${indicator:text}：实际、应有进度与预测",
        "实线为实际，虚线为按进度应有，点线为目标；扇形为预测：P10—P90之间有八成把握，P50为中位，P85为保守估计。"
        "化解率、补选率等：实际为各日当时的情况，同批至今为截至该日已发生的同一批事项到现在办结的比例。",
        Sql(
            f"""
            SELECT {day} AS time, value AS "实际", expected AS "按进度应有", target AS "目标",
                cohort AS "同批至今"
            FROM light_days
            WHERE $__timeFilter({day})
                AND (indicator, region) IN (SELECT indicator, region FROM lights_now WHERE {_ONE} AND {HERE})
            ORDER BY day
            """,
            SERIES,
        ),
        Sql(
            f"""
            SELECT {day} AS time, p10 AS "P10", p50 AS "P50", p85 AS "P85", p90 AS "P90"
            FROM
            (
                SELECT day, value AS p10, value AS p50, value AS p85, value AS p90
                FROM lights_now
                WHERE {_ONE} AND {HERE}
                    AND (indicator, region) IN (SELECT indicator, region FROM fan)
                UNION ALL
                SELECT day, p10, p50, p85, p90
                FROM fan
                WHERE (indicator, region) IN (SELECT indicator, region FROM lights_now WHERE {_ONE} AND {HERE})
            )
            WHERE $__timeFilter({day})
            ORDER BY day
            """,
            SERIES,
            ref="B",
        ),
        Sql(
            f"""
            SELECT {unit()} AS unit, decimals
            FROM lights_now
            WHERE {_ONE} AND {HERE}
            """,
            ref="unit",
        ),
        legend="list",
    ).with_transformation(unit_from_query())
    for name, color, custom in (
        ("实际", BLUE, {"lineWidth": 3}),
        ("按进度应有", GREY, {"lineStyle": {"fill": "dash", "dash": [10, 6]}}),
        ("目标", RED, {"lineStyle": {"fill": "dot", "dash": [2, 6]}}),
        ("同批至今", BLUE, {"lineWidth": 1, "lineStyle": {"fill": "dot", "dash": [2, 6]}}),
        ("P90", GREEN, {"lineWidth": 1, "fillBelowTo": "P10", "fillOpacity": 20}),
        ("P85", GREEN, {"lineWidth": 1, "lineStyle": {"fill": "dash", "dash": [4, 4]}}),
        ("P50", GREEN, {"lineWidth": 2}),
        ("P10", GREEN, {"lineWidth": 1}),
    ):
        panel = line(panel, name, color, **custom)
    return panel


def unit_from_query() -> model.DataTransformerConfig:
    """Apply the unit and decimals that the query `unit` returns to all numbers of a panel."""
    return model.DataTransformerConfig(
        id_val="configFromData",
        options={
            "configRefId": "unit",
            "applyTo": {"id": "byType", "options": "number"},
            "mappings": [
                {"fieldName": "unit", "handlerKey": "unit"},
                {"fieldName": "decimals", "handlerKey": "decimals"},
            ],
        },
    )


def _ranking() -> table.Panel:
    return (
        lights_table(
            "${indicator:text}：县区排名",
            "有目标的按完成比例，其余按现值；市级另列在前，不参与排名。点县区看其全部指标。",
            Sql(f"""
                {shown(f"{_ONE}")}
                SELECT if(region_kind = 'city', '全市', toString(rank() OVER (
                        PARTITION BY region_kind = 'city' ORDER BY coalesce(value / nullIf(target, 0), value, -1) DESC
                    ))) AS "名次",
                    region_zh AS "县区", {LIGHT} AS "状态", round(value, decimals) AS "现值", unit AS "单位",
                    {TARGET} AS "目标", behind AS "落后数", {WHY} AS "为什么"
                FROM compared
                ORDER BY region_kind = 'city' DESC, coalesce(value / nullIf(target, 0), value, -1) DESC, region
            """),
        )
        .override_by_name("名次", [Set("custom.width", 60)])
        .override_by_name("县区", [Set("links", [to_board("进入该县区", COUNTY, county="${__value.text}")])])
    )


def _by_county(scope: PlanScope) -> timeseries.Panel:
    day = instant(scope.zone)
    return lines(
        "${indicator:text}：分县区逐日",
        "各县区的实际值；图例可点选。",
        Sql(
            f"""
            SELECT {day} AS time, r.zh AS county, value AS "Value"
            FROM light_days AS d INNER JOIN regions AS r ON r.code = d.region
            WHERE $__timeFilter({day}) AND r.level = 'county'
                AND (indicator, region) IN (SELECT indicator, region FROM lights_now WHERE {_ONE})
            ORDER BY day, r.code
            """,
            SERIES,
        ),
        Sql(
            f"""
            SELECT {unit("any(l.unit)")} AS unit, any(decimals) AS decimals
            FROM lights_now AS l
            WHERE {_ONE}
            """,
            ref="unit",
        ),
    ).with_transformation(unit_from_query())
