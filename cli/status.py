"""`pulse status`: the table of all indicators."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sinks.clickhouse.figures import Figure


@click.command("status")
@click.option(
    "--region",
    default=None,
    metavar="CODE",
    help="A county, town or community by its code. Default: the city.",
)
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="As of the end of a day. Default: now."
)
@click.option("--action", type=int, default=None, help="Only this action of the plan.")
@click.option("--json", "as_json", is_flag=True, help="JSON, one object an indicator.")
def command(region: str | None, day: datetime | None, action: int | None, as_json: bool) -> None:
    """The table of all indicators: value, target, percent of the target.

    Reads the views in ClickHouse (PULSE_CLICKHOUSE). An embedded database can be read by one process at a time:
    where a worker or demo holds it, ask that one.

    \b
    pulse status                          the city, now
    pulse status --region 370831          泗水县
    pulse status --region 370811001001    one community
    pulse status --day 2023-06-30 --json
    """
    from cli.city import load_city
    from cli.settings import load_settings
    from sinks.clickhouse.connection import connect
    from sinks.clickhouse.figures import clock, figures

    settings = load_settings()
    city = load_city(settings)
    code = region or city.regions.code
    if fault := city.regions.fault(code):
        raise click.BadParameter(f"{code}: expected {fault}", param_hint="--region")
    if action is not None and action not in (numbers := [each.no for each in city.catalogue.actions]):
        raise click.BadParameter(f"expected {numbers[0]} to {numbers[-1]}", param_hint="--action")
    with closing(connect(settings.clickhouse.get_secret_value())) as client:
        if not int(client.command("EXISTS VIEW indicator_now")):
            raise click.ClickException(
                "this database has no views yet: run `pulse migrate` (or `pulse demo`) first"
            )
        known = figures(client, code, day.date() if day else None)
        as_of = day.date() if day else clock(client)[1]
    found = [figure for figure in known if action is None or figure.action == action]
    if as_json:
        click.echo(
            json.dumps([figure._asdict() for figure in found], ensure_ascii=False, default=str, indent=1)
        )
        return
    names = {county.code: county.zh for county in city.regions.counties} | {
        city.regions.code: city.regions.zh
    }
    where = names.get(code) or f"{names.get(code[:6], '')} {code}"
    out = console()
    out.print(table(found, f"{city.catalogue.plan.name.zh} · {where} · {as_of}", out.width))
    if not known:
        raise click.ClickException(f"nothing is known of {code}: no event named it")


def table(found: list[Figure], title: str, width: int) -> Table:
    """The indicators, an action after the other; what does not fit into `width` columns is left out."""
    from rich import box
    from rich.table import Table

    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    columns: list[tuple[str, Callable[[Figure], str], dict[str, Any], int]] = [
        ("指标", lambda figure: figure.indicator, {"style": "dim"}, 98),
        ("名称", lambda figure: figure.zh, {"overflow": "ellipsis", "min_width": 26}, 0),
        ("数值", value, {"justify": "right"}, 0),
        ("分子 / 分母", parts, {"justify": "right", "style": "dim"}, 128),
        ("目标", target, {"justify": "right"}, 0),
        ("完成", percent, {"justify": "right"}, 0),
        ("责任单位", lambda figure: figure.department_zh, {"style": "dim", "overflow": "ellipsis"}, 152),
    ]
    fitting = [column for column in columns if width >= column[3]]
    for heading, _, words, _ in fitting:
        shown.add_column(heading, no_wrap=True, **words)
    for n, figure in enumerate(found):
        last = n + 1 < len(found) and found[n + 1].action != figure.action
        shown.add_row(*(cell(figure) for _, cell, _, _ in fitting), end_section=last)
    return shown


def console() -> Console:
    """Where tables go: a terminal as wide as it is, a file or a pipe as wide as the table wants."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160)


def value(figure: Figure) -> str:
    """The value with its unit; – where there is none."""
    if figure.value is None:
        return "–"
    return f"{figure.value:,.{figure.decimals}f} {figure.unit}".replace(",", " ")


def parts(figure: Figure) -> str:
    """Numerator / denominator where both mean something."""
    if figure.denominator is None or figure.numerator is None:
        return ""
    digits = (
        0
        if figure.numerator == int(figure.numerator) and figure.denominator == int(figure.denominator)
        else 1
    )
    return f"{figure.numerator:,.{digits}f} / {figure.denominator:,.{digits}f}".replace(",", " ")


def target(figure: Figure) -> str:
    """As the plan words it."""
    if figure.target is None:
        return "监测" if figure.kind == "monitor" else ""
    sign = {">=": "≥", "~": "≈"}.get(figure.target_op, figure.target_op)
    digits = 0 if figure.target == int(figure.target) else figure.decimals or 1
    return f"{sign} {figure.target:,.{digits}f} {figure.unit}".replace(",", " ")


def percent(figure: Figure) -> str:
    """Percent of the target, green once it is met."""
    share = figure.percent
    if share is None:
        return ""
    return f"[{'green' if met(figure) else 'yellow'}]{share:.1f} %[/]"


def met(figure: Figure) -> bool:
    """Whether the value meets the target as the plan words it."""
    if figure.value is None or figure.target is None:
        return False
    if figure.target_op == ">":
        return figure.value > figure.target
    if figure.target_op == "~":
        return abs(figure.value - figure.target) <= (figure.tolerance or 0) / 100 * figure.target
    return figure.value >= figure.target
