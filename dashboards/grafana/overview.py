"""总览: the board with the state of the whole plan."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Set

from dashboards.grafana import board
from dashboards.grafana.board import Band, Cell
from dashboards.grafana.names import ACTION, COUNTY, OVERVIEW, PlanScope
from dashboards.grafana.panels import (
    bands,
    coloured,
    coloured_tiles,
    lights_table,
    lines,
    matrix,
    to_board,
)
from dashboards.grafana.queries import (
    BEFORE,
    FIRST,
    HERE,
    LIGHT,
    LIGHT_COLUMNS,
    OF_ACTION,
    OF_DEPARTMENT,
    SERIES,
    WHY,
    Sql,
    arrow,
    instant,
    shown,
)
from dashboards.grafana.statuses import LIGHTS, label

QUESTION = "17项行动今天各处于什么状态？哪些指标落后、落在哪个县区、归谁负责、比上一周期好了还是差了？"

_BY_STATUS = ", ".join(f"toInt64(countIf(status = '{s.key}')) AS \"{label(s)}\"" for s in LIGHTS)
"""SQL for one column for each status, named by its label."""

_CHOSEN = f"{HERE} AND {OF_ACTION} AND {OF_DEPARTMENT}"


def overview(scope: PlanScope) -> model.Dashboard:
    """The board."""
    return board.board(
        OVERVIEW,
        "总览",
        QUESTION,
        scope,
        [board.county(scope), board.actions(), board.departments(), board.period(), *board.filters()],
        [
            Band(4, [Cell(24, counts())]),
            Band(16, [Cell(24, _actions())]),
            Band(12, [Cell(24, _lagging())]),
            Band(15, [Cell(24, _heat_map())]),
            Band(9, [Cell(24, trend(scope))]),
        ],
    )


def counts(text: tuple[int, int] | None = None) -> stat.Panel:
    """The number of lights of each status in the chosen region, now and a period ago. `text`: see `coloured_tiles`."""
    return coloured_tiles(
        "各状态指标数",
        "所选县区的指标按状态计数；数后为环比：与一个周期前相比的增减。",
        Sql(f"""
            {shown(_CHOSEN)}
            SELECT concat(s.symbol, ' ', s.zh) AS name,
                concat(toString(c.today), '　', {arrow("c.today", "c.earlier")}) AS value, s.color AS color
            FROM statuses AS s
            LEFT JOIN
            (
                SELECT status, toInt64(sum(n)) AS today, toInt64(sum(m)) AS earlier
                FROM
                (
                    SELECT status, 1 AS n, 0 AS m FROM shown
                    UNION ALL
                    SELECT status, 0, 1 FROM light_days
                    WHERE (indicator, region, day) IN (SELECT indicator, region, subtractDays(day, ${{period}}) FROM shown)
                )
                GROUP BY status
            ) AS c ON c.status = s.status
            WHERE s.status != 'none'
            ORDER BY s.rank DESC
        """),
        ("name", "value", "color"),
        text,
    )


def _actions() -> table.Panel:
    return (
        lights_table(
            "17项行动",
            "每项行动取其最差的指标为状态；“为什么”即该指标的依据。上期为一个周期前的状态。点行动进入该行动看板。",
            Sql(f"""
            {shown(_CHOSEN)}
            SELECT toString(action) AS no, concat(toString(action), ' ', any(action_zh)) AS "行动",
                argMax({LIGHT}, status_rank) AS "状态", argMax(before_label, before_rank) AS "上期",
                argMax(zh, {FIRST}) AS "最差指标", toInt64(count()) AS "指标数",
                {_BY_STATUS},
                argMax({WHY}, {FIRST}) AS "为什么"
            FROM
            (
                {BEFORE}
            )
            WHERE status != 'none'
            GROUP BY action
            ORDER BY action
        """),
        )
        .override_by_name("no", [Set("custom.hideFrom.viz", True)])
        .override_by_name(
            "行动",
            [
                Set("custom.width", 200),
                Set("links", [to_board("进入该行动", ACTION, one_action="${__data.fields.no}")]),
            ],
        )
    )


def _lagging() -> table.Panel:
    return lights_table(
        "落后清单",
        "逾期、滞后、有风险、未报送的指标，最差在前；右侧为同一指标落后的县区与判定依据。",
        Sql(f"""
            {shown(_CHOSEN)}
            SELECT {LIGHT_COLUMNS.strip()}, counties AS "落后县区"
            FROM compared
            LEFT JOIN
            (
                SELECT indicator, arrayStringConcat(groupArray(region_zh), '、') AS counties
                FROM (SELECT * FROM lights_now WHERE region_kind != 'city' AND status_rank >= 7 ORDER BY region)
                GROUP BY indicator
            ) AS l USING indicator
            WHERE status_rank >= 6
            ORDER BY status_rank DESC, gap_days, position
        """),
    )


def _heat_map() -> table.Panel:
    return (
        matrix(
            "县区 × 行动",
            "每格为该县区该行动最差指标的状态；点县区看每盏灯的依据。空格：该县区无考核灯。",
            Sql(f"""
                SELECT region_zh AS "县区", concat(toString(action), ' ', any(action_zh)) AS "行动",
                    argMax({LIGHT}, status_rank) AS "状态"
                FROM lights_now
                WHERE {OF_ACTION} AND {OF_DEPARTMENT} AND status != 'none'
                GROUP BY region, region_zh, action
                ORDER BY region, action
            """),
            "县区",
            "行动",
            "状态",
        )
        .override_by_regexp(r"/^\d/", coloured())
        .override_by_regexp(
            r"/^县区\\/",
            [Set("links", [to_board("进入该县区", COUNTY, county="${__value.text}")])],
        )
    )


def trend(scope: PlanScope) -> timeseries.Panel:
    """The number of lights of each status on each day."""
    return bands(
        lines(
            "各状态指标数逐日变化",
            "所选县区、行动、部门的指标；按显示的状态计数。",
            Sql(
                f"""
                SELECT {instant(scope.zone)} AS time, {_BY_STATUS}
                FROM light_days
                WHERE $__timeFilter({instant(scope.zone)})
                    AND (indicator, region) IN (SELECT indicator, region FROM lights_now WHERE {_CHOSEN})
                GROUP BY day
                ORDER BY day
                """,
                SERIES,
            ),
            unit="suffix:项",
        )
    )
