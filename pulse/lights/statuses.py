"""The statuses, each with its rank, words, symbol and colours: the one list that everything shows."""

from __future__ import annotations

from typing import NamedTuple


class Status(NamedTuple):
    """One status. A higher `rank` is worse. Colour-blind eyes can tell the colours apart, and the symbol
    needs no colour."""

    key: str
    rank: int
    zh: str
    en: str
    symbol: str
    color: str
    color_dark: str
    """The colour on a dark background."""


STATUSES = (
    Status("overdue", 9, "逾期", "overdue", "■", "#B3261E", "#F2877F"),
    Status("lagging", 8, "滞后", "lagging", "▼", "#D55E00", "#FF9248"),
    Status("at_risk", 7, "有风险", "at risk", "▲", "#E69F00", "#FFC24A"),
    Status("silent", 6, "未报送", "not reporting", "◇", "#7B5EA7", "#B79CE0"),
    Status("no_data", 5, "无数据", "no data", "○", "#8A8F98", "#AEB4BE"),
    Status("recovered", 4, "补上", "recovered late", "◐", "#56B4E9", "#7CC8F2"),
    Status("on_track", 3, "正常", "on track", "●", "#009E73", "#3CC79C"),
    Status("achieved", 2, "已完成", "achieved", "✔", "#00695C", "#4DB6A6"),
    Status("monitor", 1, "监测", "monitor", "◆", "#4A6FA5", "#8FB0E0"),
    Status("none", 0, "—", "value alone", "—", "#B0B5BD", "#7D838D"),
)
"""Worst first."""

BY_KEY = {status.key: status for status in STATUSES}
BY_RANK = {status.rank: status for status in STATUSES}
