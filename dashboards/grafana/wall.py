"""大屏: the board for a wall screen, without scrolling, with text readable from 3 m. Open it with ?kiosk."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

from dashboards.grafana import board
from dashboards.grafana.board import Band, Cell
from dashboards.grafana.names import WALL, PlanScope
from dashboards.grafana.overview import counts
from dashboards.grafana.panels import READABLE, coloured_tiles
from dashboards.grafana.queries import BEFORE, HERE, LIGHT, OF_ACTION, OF_DEPARTMENT, OUTLOOK, Sql, shown

QUESTION = "远看一眼：全市17项行动怎么样，哪个县区、哪些指标要管？"

_TEXT = (READABLE, 34)
_COLUMNS = ("name", "value", "color")


def wall(scope: PlanScope) -> model.Dashboard:
    """The board."""
    return board.board(
        WALL,
        "大屏",
        QUESTION,
        scope,
        [board.county(scope), board.actions(), board.departments(), board.period(), *board.filters()],
        [
            Band(4, [Cell(24, counts(_TEXT))]),
            Band(11, [Cell(24, _actions())]),
            Band(13, [Cell(12, _counties()), Cell(12, _lagging())]),
        ],
    )


def _actions() -> stat.Panel:
    return coloured_tiles(
        "17项行动",
        "每项取最差的指标：状态，及其落后数与达标概率；← 后为一个周期前的状态（环比），无 ← 则未变。",
        Sql(f"""
            {shown(f"{HERE} AND {OF_ACTION} AND {OF_DEPARTMENT}")}
            SELECT concat(toString(action), ' ', replaceOne(any(action_zh), '行动', '')) AS name,
                concat(argMax({LIGHT}, status_rank), if(
                    max(before_rank) IN (0, max(status_rank)), '', concat(' ← ', argMax(before_label, before_rank))
                )) AS value,
                argMax(status_color, status_rank) AS color
            FROM
            (
                {BEFORE}
            )
            WHERE status != 'none'
            GROUP BY action
            ORDER BY action
        """),
        _COLUMNS,
        _TEXT,
    )


def _counties() -> stat.Panel:
    return coloured_tiles(
        "各县区",
        "每个县区最差的状态，及落后（逾期、滞后、有风险）的指标数；括号内为环比：一个周期前的项数。",
        Sql(f"""
            {shown(f"{OF_ACTION} AND {OF_DEPARTMENT} AND status != 'none'")}
            SELECT any(region_zh) AS name,
                concat(argMax({LIGHT}, status_rank), ' ', toString(countIf(status_rank >= 7)), '项（',
                    toString(countIf(before_rank >= 7)), '）') AS value,
                argMax(status_color, status_rank) AS color
            FROM
            (
                {BEFORE}
            )
            GROUP BY region
            ORDER BY region
        """),
        _COLUMNS,
        (READABLE, READABLE),
    )


def _lagging() -> stat.Panel:
    return coloured_tiles(
        "要管的指标",
        "最差的五项：状态（← 后为环比：一个周期前的）、落后多少（约几天）、达标概率、责任部门。全部与依据见总览。",
        Sql(f"""
                {shown(f"{HERE} AND {OF_ACTION} AND {OF_DEPARTMENT} AND status_rank >= 6")}
                SELECT concat(toString(action), ' ', zh) AS name,
                    concat({LIGHT}, if(before_rank IN (0, status_rank), '', concat(' ← ', before_label)),
                        if(behind > 0, concat(' 落后', toString(behind), if(unit = '%', '', unit)), ''),
                        if(gap_days < 0, concat(' 约', toString(round(-gap_days)), '天'), ''),
                        if(chance IS NULL, '', concat(' 概率', {OUTLOOK})), ' ', department_zh) AS value,
                    status_color AS color
                FROM
                (
                    {BEFORE}
                )
                ORDER BY status_rank DESC, gap_days, position
                LIMIT 5
            """),
        _COLUMNS,
        (READABLE, READABLE),
    ).orientation(common.VizOrientation.HORIZONTAL)
