"""Grafana's boards: the committed queries, asked as its plugin asks them, for every county, action and indicator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

from clickhouse_connect.driver.client import Client

from cli.city import City
from tests.dashboards.grafana.test_queries import Boards, find
from tests.lights.faces.shown import Shown

COLUMNS = {
    "状态": "status", "现值": "value", "目标": "target", "按进度应有": "expected", "落后数": "behind",
    "离目标还差": "shortfall", "超前(+)落后(-)天数": "gap_days", "达标概率": "chance", "剩余天数": "days_left",
    "尚需日均": "required_rate", "近28天日均": "rate28", "自": "since", "为什么": "why_zh",
}  # fmt: skip
"""The boards' heads → columns of the view."""

DIGITS = {
    "gap_days": 1,
    "chance": 0,
    "required_rate": 2,
    "rate28": 2,
    "behind": 0,
    "shortfall": 0,
    "days_left": 0,
}
"""What is rounded otherwise than by the indicator's decimals."""


def shown(city: City, client: Client) -> Iterator[Shown]:
    """What tables and curves of the boards show: every indicator in the city and in every county, in one table at least.
    Blocks. Of the rankings one an action, of the curves a few: each costs a good part of a second, and
    `tests/dashboards/grafana/test_queries.py` has the city's curves."""
    boards, catalogue = Boards(client), city.catalogue
    decimals = {one.id: one.decimals for one in catalogue.indicators}
    names = {one.name.zh: one.id for one in catalogue.indicators}
    regions = {one.zh: one.code for one in (city.regions, *city.regions.counties)}

    def row(face: str, indicator: str, region: str, cells: dict[str, Any]) -> Iterator[Shown]:
        for head, field in COLUMNS.items():
            if head in cells:
                digits = DIGITS.get(field, decimals[indicator])
                cell = cells[head]
                if field == "chance" and not str(cell).endswith("%"):
                    cell = None
                yield Shown(face, indicator, region, field, cell, digits)

    everything, here = find("county", "全部指标"), find("action", "本行动的指标")
    lagging, ranks, pace = (
        find("overview", "落后清单"),
        find("action", "县区排名"),
        find("action", "应有进度与预测"),
    )
    city_zh, *counties = regions
    for zh in counties:
        for cells in boards.ask(everything, county=zh).dicts():
            yield from row("grafana: 全部指标", names[cells["指标"]], regions[zh], cells)
    for zh in (city_zh, counties[0], counties[-1]):
        for cells in boards.ask(lagging, county=zh).dicts():
            yield from row("grafana: 落后清单", names[cells["指标"]], regions[zh], cells)
    for action, county in zip(catalogue.actions, cycle(counties)):
        for cells in boards.ask(here, county=city_zh, action=str(action.no)).dicts():
            yield from row("grafana: 本行动的指标", names[cells["指标"]], regions[city_zh], cells)
        one = next(one for one in catalogue.indicators if one.action == action.no)
        chosen = {"indicator": one.id, "action": str(action.no)}
        for cells in boards.ask(ranks, **chosen).dicts():
            yield from row("grafana: 县区排名", one.id, regions[cells["县区"]], cells)
        if action.no % 4 == 1 and (found := boards.ask(pace, county=county, **chosen).dicts()):
            yield from _curve(one.id, regions[county], found)


def _curve(indicator: str, region: str, days: Sequence[dict[str, Any]]) -> Iterator[Shown]:
    """Where the curves of value, pace and target end."""
    for head, field in {"实际": "value", "按进度应有": "expected", "目标": "target"}.items():
        yield Shown("grafana: curves", indicator, region, field, days[-1][head])
