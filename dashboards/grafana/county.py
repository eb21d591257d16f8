"""县区: the board with everything about one county."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, table
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Set

from dashboards.grafana import board
from dashboards.grafana.board import Band, Cell
from dashboards.grafana.names import COUNTY, PlanScope
from dashboards.grafana.overview import counts, trend
from dashboards.grafana.panels import lights_table, plain_table, status_table, tiles
from dashboards.grafana.queries import (
    HERE,
    IN_COUNTY,
    LABEL,
    LIGHT_COLUMNS,
    OF_ACTION,
    OF_DEPARTMENT,
    WHY,
    Sql,
    arrow,
    shown,
)

QUESTION = "这个县区每项指标怎么样、在各县区中排第几、本周变了什么、谁还没报？"


def county(scope: PlanScope) -> model.Dashboard:
    """The board."""
    return board.board(
        COUNTY,
        "县区",
        QUESTION,
        scope,
        [
            board.county_first(),
            board.actions(),
            board.departments(),
            board.period(),
            *board.filters(),
        ],
        [
            Band(4, [Cell(6, _rank()), Cell(18, counts())]),
            Band(18, [Cell(24, _everything())]),
            Band(10, [Cell(14, _changes(scope)), Cell(10, _silent())]),
            Band(9, [Cell(16, trend(scope)), Cell(8, _communities())]),
        ],
    )


def _rank() -> stat.Panel:
    return tiles(
        "名次",
        "按有灯指标中“正常、已完成、补上”的比例在全部县区中排名；名次后为环比：与一个周期前相比（↑名次上升）。",
        Sql(f"""
            WITH good AS
            (
                SELECT region, day, avg(status IN ('on_track', 'achieved', 'recovered')) AS share
                FROM light_days
                WHERE status NOT IN ('monitor', 'none')
                    AND day IN
                    (
                        SELECT arrayJoin([max(day), subtractDays(max(day), ${{period}})]) FROM lights_now
                    )
                    AND (indicator, region) IN
                    (
                        SELECT indicator, region FROM lights_now
                        WHERE region_kind != 'city' AND {OF_ACTION} AND {OF_DEPARTMENT}
                    )
                GROUP BY region, day
            ),
            ranked AS
            (
                SELECT region, day, share, toInt64(rank() OVER (PARTITION BY day ORDER BY share DESC)) AS place,
                    toInt64(count() OVER (PARTITION BY day)) AS counties
                FROM good
            )
            SELECT concat('良好率 ', toString(round(100 * argMax(share, day), 1)), '%　环比 ',
                    {arrow("argMin(place, day)", "argMax(place, day)", "' 名'")}) AS name,
                concat('第 ', toString(argMax(place, day)), ' / ', toString(argMax(counties, day))) AS place_shown
            FROM ranked
            WHERE region IN (SELECT region FROM lights_now WHERE {HERE})
            GROUP BY region
        """),
        "place_shown",
    )


def _everything() -> table.Panel:
    return (
        lights_table(
            "全部指标",
            "所选县区（或全市）的全部指标，最差在前。名次：同一指标各县区之间（有目标按完成比例，其余按现值），市级不排。",
            Sql(f"""
                {shown(f"{OF_ACTION} AND {OF_DEPARTMENT}")}
                SELECT concat(toString(action), ' ', action_zh) AS "行动", rank AS "名次", {LIGHT_COLUMNS}
                FROM
                (
                    SELECT *, if(region_kind = 'city', '全市', concat(toString(rank() OVER (
                            PARTITION BY indicator, region_kind = 'city'
                            ORDER BY coalesce(value / nullIf(target, 0), value, -1) DESC
                        )), ' / ', toString(count() OVER (PARTITION BY indicator, region_kind = 'city')))) AS rank
                    FROM compared
                )
                WHERE {HERE}
                ORDER BY status_rank DESC, position
            """),
        )
        .override_by_name("行动", [Set("custom.width", 180)])
        .override_by_name("名次", [Set("custom.width", 80)])
    )


def _changes(scope: PlanScope) -> table.Panel:
    return lights_table(
        "本周期变了什么",
        "一个环比周期以来状态变化的指标，最近的在前；依据为今天的。",
        Sql(f"""
            SELECT c.day AS "日期", n.zh AS "指标", w.label AS "由", s.label AS "变为",
                n.department_zh AS "责任部门", {WHY} AS "为什么"
            FROM light_changes AS c
            INNER JOIN (SELECT * FROM lights_now WHERE {HERE} AND {OF_ACTION} AND {OF_DEPARTMENT}) AS n
                ON n.indicator = c.indicator AND n.region = c.region
            INNER JOIN (SELECT status, {LABEL} AS label FROM statuses) AS w ON w.status = c.was
            INNER JOIN (SELECT status, rank, {LABEL} AS label FROM statuses) AS s ON s.status = c.status
            WHERE c.day > subtractDays(n.day, ${{period}})
            ORDER BY c.day DESC, s.rank DESC, n.position
        """),
    )


def _silent() -> table.Panel:
    return status_table(
        "各部门报送",
        "每个部门最后一次报来本县区的数据；全市的见数据质量看板。",
        Sql(f"""
            SELECT d.department_zh AS "部门", if(r.silent, '◇ 未报送', '● 正常') AS "状态", r.last_day AS "最后一日",
                toInt64(r.events_28d) AS "近28天条数"
            FROM reports AS r
            INNER JOIN (SELECT DISTINCT department, department_zh FROM lights_now) AS d ON d.department = r.department
            WHERE r.county IN (SELECT region FROM lights_now WHERE {HERE})
                AND $__conditionalAll(r.department IN (${{department:singlequote}}), $department)
            ORDER BY r.silent DESC, r.last_day, r.department
        """),
    )


def _communities() -> table.Panel:
    return plain_table(
        "未报送的社区",
        "在册而90天没有任何一条数据的村（社区）。",
        Sql(f"""
            SELECT community AS "社区代码", kind AS "类型", last_day AS "最后一日"
            FROM unreported_communities
            WHERE {IN_COUNTY}
            ORDER BY last_day, community
            LIMIT 500
        """),
    )
