"""Figures and lights in a terminal: a table with one indicator a row."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from pulse.terminal.screen import styled
from schemas.catalogue.model import Target
from sinks.clickhouse.reads.figures import Figure


def table(found: list[Figure], title: str, width: int) -> Table:
    """The indicators grouped by action. Columns that do not fit into `width` characters are left out."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    lights = any(figure.light for figure in found)
    columns: list[tuple[str, Callable[[Figure], Text | str], dict[str, Any], int]] = [
        ("指标", lambda figure: figure.indicator, {"style": "dim"}, 136 if lights else 98),
        ("状态", light, {}, 0 if lights else NEVER),
        ("名称", lambda figure: figure.zh, {"overflow": "ellipsis", "min_width": 26}, 0),
        ("数值", value, {"justify": "right"}, 0),
        ("分子 / 分母", parts, {"justify": "right", "style": "dim"}, 160 if lights else 128),
        ("目标", target, {"justify": "right"}, 0),
        ("完成", percent, {"justify": "right"}, 120 if lights else 0),
        ("概率", chance, {"justify": "right"}, 98 if lights else NEVER),
        ("天", days, {"justify": "right"}, 90 if lights else NEVER),
        ("自", since, {"style": "dim"}, 106 if lights else NEVER),
        (
            "责任单位",
            lambda figure: figure.department_zh,
            {"style": "dim", "overflow": "ellipsis"},
            190 if lights else 152,
        ),
    ]
    fitting = [column for column in columns if width >= column[3]]
    for heading, _, words, _ in fitting:
        shown.add_column(heading, no_wrap=True, **words)
    for n, figure in enumerate(found):
        last = n + 1 < len(found) and found[n + 1].action != figure.action
        shown.add_row(*(cell(figure) for _, cell, _, _ in fitting), end_section=last)
    return shown


NEVER = 1_000_000
"""A width that no terminal has, for columns that are never shown."""


def value(figure: Figure) -> str:
    """The value with its unit; – if there is none.

    For a cohort, the present value for the same cases follows in brackets if it differs.
    """
    if figure.value is None:
        return "–"
    shown = f"{figure.value:,.{figure.decimals}f}"
    by_now = shown if figure.cohort is None else f"{figure.cohort:,.{figure.decimals}f}"
    return (f"{shown} {figure.unit}" + (f"（同批至今 {by_now}）" if by_now != shown else "")).replace(
        ",", " "
    )


def parts(figure: Figure) -> str:
    """Numerator / denominator; empty if one of them is missing."""
    if figure.denominator is None or figure.numerator is None:
        return ""
    digits = (
        0
        if figure.numerator == int(figure.numerator) and figure.denominator == int(figure.denominator)
        else 1
    )
    return f"{figure.numerator:,.{digits}f} / {figure.denominator:,.{digits}f}".replace(",", " ")


def target(figure: Figure) -> str:
    """The target in the plan's words."""
    if figure.target is None:
        return "监测" if figure.kind == "monitor" else ""
    number = Decimal(f"{figure.target:f}".rstrip("0").rstrip("."))
    return Target.model_validate({"op": figure.target_op, "value": number}).words(figure.unit, reach=False)


def percent(figure: Figure) -> str:
    """Percent of the target."""
    return "" if figure.percent is None else f"{figure.percent:.1f} %"


def light(figure: Figure) -> Text | str:
    """The light: its symbol and word, coloured; empty if there is none."""
    if figure.light is None:
        return ""
    return styled((f"{figure.light.symbol} {figure.light.status_zh}", figure.light.color))


def chance(figure: Figure) -> str:
    """The chance that the target is met; – if it cannot be known, empty if there is nothing to forecast."""
    if figure.light is None or figure.target is None:
        return ""
    known = figure.light.chance
    if known is None:
        return "" if figure.light.no_forecast in ("over", "not_a_target") else "–"
    return "<1 %" if known < 0.01 else ">99 %" if known > 0.99 else f"{100 * known:.0f} %"


def days(figure: Figure) -> str:
    """Days ahead of (+) or behind (-) the expected pace."""
    if figure.light is None or figure.light.gap_days is None:
        return ""
    gap = round(figure.light.gap_days)
    return f"{gap:+d}" if gap else "0"


def since(figure: Figure) -> str:
    """Month and day since which the light has had its present status."""
    return "" if figure.light is None else f"{figure.light.since:%m-%d}"
