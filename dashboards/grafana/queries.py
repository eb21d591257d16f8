"""Panel queries: SQL for the ClickHouse plugin, PromQL for Prometheus; and SQL pieces that boards share."""

from __future__ import annotations

from textwrap import dedent

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

from dashboards.grafana.names import (
    CLICKHOUSE,
    CLICKHOUSE_PLUGIN,
    CLICKHOUSE_TYPE,
    PROMETHEUS,
    PROMETHEUS_TYPE,
)

TABLE, SERIES = 1, 0
"""The plugin's result formats. SERIES needs a first column of times in ascending order."""


def clickhouse() -> DataSourceRef:
    """The data source of the figures."""
    return DataSourceRef(type_val=CLICKHOUSE_TYPE, uid=CLICKHOUSE)


class ClickHouseQuery(variants.Dataquery):
    """The plugin's query model (CHSqlQuery); the foundation SDK has no models for community plugins."""

    def __init__(self, sql: str, ref: str, form: int) -> None:
        self.sql, self.ref, self.form = sql, ref, form

    def to_json(self) -> dict[str, object]:
        """The query's object in a board's JSON."""
        return {
            "refId": self.ref,
            "datasource": clickhouse(),
            "pluginVersion": CLICKHOUSE_PLUGIN,
            "editorType": "sql",
            "queryType": "table" if self.form == TABLE else "timeseries",
            "format": self.form,
            "rawSql": self.sql,
        }


class Sql(Builder[variants.Dataquery]):
    """A SQL query whose ad-hoc filters apply to `lights_now` wherever the statement reads it.

    Every statement names that table explicitly, because the plugin would otherwise use the first table on the
    board.
    """

    def __init__(self, sql: str, form: int = TABLE, ref: str = "A") -> None:
        self._query = ClickHouseQuery(dedent(sql).strip() + f"\n{ADHOC}", ref, form)

    def build(self) -> variants.Dataquery:
        """The query."""
        return self._query


def promql(expr: str, legend: str, ref: str = "A", instant: bool = False) -> prometheus.Dataquery:
    """A PromQL query over the time range, or with `instant` for the present values."""
    query = (
        prometheus.Dataquery()
        .datasource(DataSourceRef(type_val=PROMETHEUS_TYPE, uid=PROMETHEUS))
        .ref_id(ref)
        .expr(expr)
        .legend_format(legend)
        .editor_mode(QueryEditorMode.CODE)
    )
    if instant:
        return query.instant().format(PromQueryFormat.TABLE)
    return query.range().format(PromQueryFormat.TIME_SERIES)


ADHOC = "SETTINGS $__adHocFilters('lights_now')"

HERE = "region_zh = ${county:singlequote}"
IN_COUNTY = f"""(
    ${{county:singlequote}} = (SELECT zh FROM regions WHERE level = 'city')
    OR county IN (SELECT region FROM lights_now WHERE {HERE})
)"""
"""Condition on the column `county`: the chosen county, or all counties if the city is chosen."""
OF_ACTION = "$__conditionalAll(toString(action) IN (${action:singlequote}), $action)"
OF_DEPARTMENT = "$__conditionalAll(department IN (${department:singlequote}), $department)"

LIGHT = "if(status = 'none', '—', concat(status_symbol, ' ', status_zh))"
"""Symbol and word of a light from `lights_now`, or — if there is none. `LABEL` is the same for the view `statuses`."""
LABEL = "if(status = 'none', '—', concat(symbol, ' ', zh))"


def seen(text: str) -> str:
    """SQL for a column of text from outside, with � for characters that are invisible or change the text direction."""
    return f"replaceRegexpAll({text}, '[\\\\p{{C}}\\\\p{{Zl}}\\\\p{{Zp}}]', '�')"


def instant(zone: str, day: str = "day") -> str:
    """SQL for the instant at which a local day begins. Grafana would take a plain date as midnight UTC."""
    return f"toDateTime({day}, '{zone}')"


def unit(symbol: str = "unit") -> str:
    """SQL for Grafana's name of a unit. A unit that Grafana does not know becomes a suffix of the number."""
    return f"if({symbol} = '%', 'percent', concat('suffix:', {symbol}))"


def number(value: str) -> str:
    """SQL for a value as text, with the decimals of its indicator."""
    return f"toString(round({value}, decimals))"


def arrow(now: str, before: str, unit: str = "''") -> str:
    """SQL for a number's 环比 (change since the previous period): an arrow and the difference."""
    return (
        f"multiIf({now} = {before}, '→ 0', {now} > {before}, concat('↑ ', toString({now} - {before}), {unit}), "
        f"concat('↓ ', toString({before} - {now}), {unit}))"
    )


def shown(where: str) -> str:
    """Two CTEs: `shown`, today's lights with condition `where`, and `compared`, the same with their earlier values.

    "Before" means one period ago. For indicators judged by month or quarter it is the same day one month or
    quarter ago.
    """
    return f"""
WITH shown AS
(
    SELECT *, subtractDays(day, 2 * ${{period}}) AS day_twice_before, multiIf(
        length(period) = 7, addMonths(day, -1),
        length(period) = 6, addMonths(day, -3),
        subtractDays(day, ${{period}})
    ) AS day_before
    FROM lights_now
    WHERE {where}
),
compared AS
(
    SELECT *
    FROM shown
    LEFT JOIN
    (
        SELECT indicator, region, day AS day_before, value AS value_before, status AS status_before FROM light_days
    ) AS b USING (indicator, region, day_before)
    LEFT JOIN
    (
        SELECT indicator, region, day AS day_twice_before, value AS value_twice_before FROM light_days
    ) AS t USING (indicator, region, day_twice_before)
)"""


BEFORE = f"""SELECT * FROM compared LEFT JOIN
    (
        SELECT status AS status_before, {LABEL} AS before_label, rank AS before_rank FROM statuses
    ) AS labelled USING status_before"""
"""`compared` with the label and the rank of the earlier status."""

FIRST = "(status_rank, -position)"
"""Sort key that is greatest for the worst light. Ties go to the indicator that comes first in the plan, so
that the result is the same on every refresh."""

CHANGE = f"""multiIf(
        value IS NULL OR value_before IS NULL, '—',
        formula = 'count' AND length(period) NOT IN (6, 7), concat(
            '新增 ', {number("value - value_before")}, ' ', unit,
            if(value_before > value_twice_before, concat('，环比 ', toString(round(
                100 * ((value - value_before) / (value_before - value_twice_before) - 1)
            )), '%'), '')
        ),
        value = value_before, '→ 持平',
        concat(if(value > value_before, '↑ ', '↓ '), {number("abs(value - value_before)")},
            if(unit = '%', ' 个百分点', concat(' ', unit)))
    )"""
"""环比 of a light, from `compared`. For a cumulative count it compares the increase in this period with that in
the period before; for all others it compares the values."""

OUTLOOK = """multiIf(
        chance > 0 AND chance < 0.01, '<1%',
        chance > 0.99 AND chance < 1, '>99%',
        chance IS NOT NULL, concat(toString(round(100 * chance)), '%'),
        no_forecast = 'too_little', '无法预测：数据太少',
        no_forecast = 'shifted', '无法预测：走势已变',
        no_forecast = 'no_data', '无法预测：数周无数据',
        no_forecast = 'over', '已到期',
        no_forecast = 'not_a_target', '不设目标',
        '—'
    )"""
"""The chance that the target is met, or why there is none. It is shown as 0 or 100 % only if it is certain."""

TREND = """concat(
        transform(direction, ['improving', 'steady', 'worsening'], ['向好 ', '平稳 ', '变差 '], ''),
        transform(signal, ['up', 'down'], ['↑异常偏高 ', '↓异常偏低 '], ''),
        transform(assurance, ['always', 'chance', 'never'], ['期期可达', '时达时不达', '期期不达'], '')
    )"""
"""The direction of a monitored value, signals beyond noise, and whether the process reaches its target each period."""

TARGET = f"""if(
        target IS NULL, '—',
        concat(transform(target_op, ['>=', '~'], ['≥', '约'], target_op), ' ', {number("target")})
    )"""
"""The target with the plan's operator: ≥, >, =, 约."""

WHY = r"replaceRegexpAll(why_zh, '[，；。]', '\\0 ')"
"""The reason for the status, with a space after each clause. Grafana wraps Chinese text anywhere, but
computes the height of a row from spaces alone and cuts off the rest."""

LIGHT_COLUMNS = f"""{LIGHT} AS "状态", zh AS "指标", round(value, decimals) AS "现值", unit AS "单位",
    {TARGET} AS "目标", round(expected, decimals) AS "按进度应有",
    behind AS "落后数", round(gap_days, 1) AS "超前（+）落后（-）天数", {OUTLOOK} AS "达标概率", shortfall AS "离目标还差",
    days_left AS "剩余天数", round(required_rate, 2) AS "尚需日均", round(rate28, 2) AS "近28天日均",
    {CHANGE} AS "环比", {TREND} AS "走势",
    since AS "自", department_zh AS "责任部门", {WHY} AS "为什么"
"""
"""The columns of a light in a table, from `compared`. The last one is the reason."""
