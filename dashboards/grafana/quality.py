"""数据质量: the board that shows whether the figures can be trusted, by department."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models import dashboard as model

from dashboards.grafana import board
from dashboards.grafana.board import Band, Cell
from dashboards.grafana.names import QUALITY, PlanScope
from dashboards.grafana.panels import (
    GREEN,
    ORANGE,
    RED,
    lines,
    marked,
    matrix,
    plain_table,
    status_table,
    tiles,
)
from dashboards.grafana.queries import IN_COUNTY, SERIES, Sql, arrow, instant, seen

QUESTION = "每个部门的数据到了没有、比平常多还是少、晚多久、被退回多少、为什么；哪些村（社区）没有报？"

_OF_TOPIC = "$__conditionalAll(topic IN (${department:singlequote}), $department)"
_OF_DEPARTMENT = "$__conditionalAll(department IN (${department:singlequote}), $department)"
_WANTED = "department IN (SELECT department FROM lights_now)"
"""Makes an ad-hoc filter by department, which acts on `lights_now`, apply to views that do not contain it."""

_ZH = "(SELECT DISTINCT department, department_zh FROM indicators)"


def quality(scope: PlanScope) -> model.Dashboard:
    """The board."""
    return board.board(
        QUALITY,
        "数据质量",
        QUESTION,
        scope,
        [board.county(scope), board.departments(), board.period(), *board.filters()],
        [
            Band(4, [Cell(24, _balance())]),
            Band(13, [Cell(24, _departments())]),
            Band(9, [Cell(12, _volume(scope)), Cell(12, _refused(scope))]),
            Band(11, [Cell(24, _reasons())]),
            Band(13, [Cell(16, _reports()), Cell(8, _communities())]),
        ],
    )


def _balance() -> stat.Panel:
    names = {
        "received": "收到",
        "counted": "计入",
        "duplicate": "重复",
        "superseded": "已被更新",
        "conflict": "冲突",
        "refused": "退回",
        "rekeyed": "改键",
        "passed_over": "其他方案",
    }
    sums = ",\n".join(
        f"('{zh}', toInt64(sumIf({column}, recent)), toInt64(sumIf({column}, NOT recent)))"
        for column, zh in names.items()
    )
    return tiles(
        "收到的数据去了哪里",
        "最近一个周期：收到 = 计入 + 重复 + 已被更新 + 冲突 + 退回 + 改键 + 其他方案。名称后为环比：与上一周期相比的条数。",
        Sql(f"""
            SELECT concat(part.1, '　', {arrow("part.2", "part.3")}) AS name, part.2 AS messages
            FROM
            (
                SELECT arrayJoin([{sums}]) AS part
                FROM
                (
                    SELECT *, day > subtractDays((SELECT day FROM clock), ${{period}}) AS recent
                    FROM balance
                    WHERE day > subtractDays((SELECT day FROM clock), 2 * ${{period}})
                        AND day <= (SELECT day FROM clock)
                        AND {_OF_TOPIC} AND topic IN (SELECT department FROM lights_now)
                )
            )
        """),
        "messages",
    )


def _departments() -> table.Panel:
    panel = status_table(
        "各部门",
        "最后一条数据、近7天条数与平常（此前八周的中位数）、迟到、退回、重复、冲突。未报送：超过该部门约定的天数没有任何数据。",
        Sql(f"""
            SELECT department_zh AS "部门", if(silent, '◇ 未报送', '● 正常') AS "状态",
                last_event AS "最后一条", toInt64(silent_days) AS "静默天数", toInt64(received_7d) AS "近7天",
                round(usual_7d) AS "平常7天",
                round(100 * received_7d / nullIf(usual_7d, 0)) AS "相当于平常",
                round(lateness_p50_hours, 1) AS "迟到中位（小时）", round(lateness_p90_hours, 1) AS "迟到九成（小时）",
                toInt64(received_28d) AS "近28天", toInt64(refused_28d) AS "退回",
                round(100 * refused_28d / nullIf(received_28d, 0), 2) AS "退回率",
                toInt64(duplicate_28d) AS "重复", toInt64(conflict_28d) AS "冲突"
            FROM departments_now
            WHERE {_OF_DEPARTMENT} AND {_WANTED}
            ORDER BY silent DESC, "相当于平常", department
        """),
    )
    panel = marked(
        panel,
        {
            "相当于平常": [(None, RED), (50, ORANGE), (80, GREEN), (150, ORANGE)],
            "退回率": [(None, GREEN), (1, ORANGE), (5, RED)],
        },
        unit="percent",
    )
    late = [(None, GREEN), (48, ORANGE), (168, RED)]
    panel = marked(panel, {"迟到中位（小时）": late, "迟到九成（小时）": late})
    return panel.override_by_name("最后一条", [model.DynamicConfigValue("unit", "time:YYYY-MM-DD HH:mm")])


def _volume(scope: PlanScope) -> timeseries.Panel:
    day = instant(scope.zone)
    return lines(
        "每日收到",
        "按部门的主题、收到的日子。",
        Sql(
            f"""
            SELECT {day} AS time, topic_zh AS department, toInt64(received) AS "Value"
            FROM balance
            INNER JOIN (SELECT department AS topic, department_zh AS topic_zh FROM {_ZH}) AS z USING topic
            WHERE $__timeFilter({day}) AND {_OF_TOPIC} AND topic IN (SELECT department FROM lights_now)
            ORDER BY day, topic
            """,
            SERIES,
        ),
        unit="suffix:条",
    )


def _refused(scope: PlanScope) -> timeseries.Panel:
    day = f"toStartOfDay(toTimeZone(append_time, '{scope.zone}'))"
    return lines(
        "每日退回，按原因",
        "原因的含义与改法见下表与《事件说明》。",
        Sql(
            f"""
            SELECT {day} AS time, reason, toInt64(count()) AS "Value"
            FROM letters
            WHERE $__timeFilter(append_time) AND {_OF_TOPIC} AND topic IN (SELECT department FROM lights_now)
            GROUP BY time, reason
            ORDER BY time, reason
            """,
            SERIES,
        ),
        unit="suffix:条",
    )


def _reasons() -> table.Panel:
    return plain_table(
        "退回的原因",
        "所选时间内，按部门与原因；例为最近一条。仍待处理：没有重投、也没有放弃的。用 pulse dead-letters 查看与重投。",
        Sql(f"""
            SELECT z.department_zh AS "部门", reason AS "原因", {seen("field")} AS "字段", toInt64(count()) AS "条数",
                toInt64(countIf(state IN ('open', 'refused again'))) AS "仍待处理", max(append_time) AS "最近",
                {seen("argMax(value, append_time)")} AS "例：收到的值",
                {seen("argMax(expected, append_time)")} AS "应为",
                argMax(hint, append_time) AS "怎么改"
            FROM letters AS l INNER JOIN {_ZH} AS z ON z.department = l.topic
            WHERE $__timeFilter(append_time) AND {_OF_TOPIC} AND topic IN (SELECT department FROM lights_now)
            GROUP BY z.department_zh, reason, field
            ORDER BY "条数" DESC, z.department_zh, reason, field
            LIMIT 500
        """),
    ).override_by_name("最近", [model.DynamicConfigValue("unit", "time:YYYY-MM-DD HH:mm")])


def _reports() -> table.Panel:
    return matrix(
        "部门 × 县区：已静默天数",
        "自该部门最后一次从该县区报来数据起的天数；◇ 为判定未报送。",
        Sql(f"""
            SELECT z.department_zh AS "部门", c.zh AS "县区",
                concat(if(r.silent, '◇ ', ''),
                    ifNull(toString(dateDiff('day', r.last_day, (SELECT day FROM clock))), '从未')) AS "天数"
            FROM reports AS r
            INNER JOIN {_ZH} AS z ON z.department = r.department
            INNER JOIN regions AS c ON c.code = r.county
            WHERE $__conditionalAll(r.department IN (${{department:singlequote}}), $department)
                AND r.department IN (SELECT department FROM lights_now) AND {IN_COUNTY}
            ORDER BY r.department, r.county
        """),
        "部门",
        "县区",
        "天数",
    )


def _communities() -> table.Panel:
    return plain_table(
        "未报送的村（社区）",
        "在册而90天没有任何一条数据的村（社区），按县区计数；名单见县区看板。",
        Sql(f"""
            SELECT r.zh AS "县区", kind AS "类型", toInt64(count()) AS "个数",
                toInt64(countIf(last_day IS NULL)) AS "从未报过"
            FROM unreported_communities AS u INNER JOIN regions AS r ON r.code = u.county
            WHERE {IN_COUNTY}
            GROUP BY r.code, r.zh, kind
            ORDER BY "个数" DESC, r.code, kind
        """),
    )
