"""`pulse status`: the table of all indicators."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from sinks.clickhouse.figures import Figure


@click.command("status")
@click.option("--region", default=None, metavar="CODE", help="A county, town or community by its code. Default: the city.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="As of the end of a day. Default: now.")
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
    from rich.console import Console

    from cli.city import load_city
    from cli.settings import load_settings
    from sinks.clickhouse.connection import connect
    from sinks.clickhouse.figures import clock, figures

    settings = load_settings()
    city = load_city(settings)
    code = region or city.regions.code
    if fault := city.regions.fault(code):
        raise click.BadParameter(f"{code}: expected {fault}", param_hint="--region")
    client = connect(settings.clickhouse.get_secret_value())
    if not int(client.command("EXISTS VIEW indicator_now")):
        raise click.ClickException("this database has no views yet: run `pulse migrate` (or `pulse demo`) first")
    found = [
        figure
        for figure in figures(client, code, day.date() if day else None)
        if action is None or figure.action == action
    ]
    if as_json:
        click.echo(json.dumps([figure._asdict() for figure in found], ensure_ascii=False, default=str, indent=1))
        return
    as_of = day.date() if day else clock(client)[1]
    names = {county.code: county.zh for county in city.regions.counties} | {city.regions.code: city.regions.zh}
    where = names.get(code) or f"{names.get(code[:6], '')} {code}"
    Console().print(table(found, f"{city.catalogue.plan.name.zh} · {where} · {as_of}"))
    if not found:
        raise click.ClickException(f"nothing is known of {code}: no event named it")


def table(found: list[Figure], title: str) -> Table:
    """The indicators as a table, an action after the other."""
    from rich import box
    from rich.table import Table

    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("指标")
    shown.add_column("名称", overflow="fold")
    shown.add_column("数值", justify="right")
    shown.add_column("分子 / 分母", justify="right", style="dim")
    shown.add_column("目标", justify="right")
    shown.add_column("完成", justify="right")
    shown.add_column("责任单位", style="dim")
    for n, figure in enumerate(found):
        shown.add_row(
            figure.indicator, figure.zh, value(figure), parts(figure), target(figure), percent(figure), figure.department_zh,
            end_section=n + 1 < len(found) and found[n + 1].action != figure.action,
        )  # fmt: skip
    return shown


def value(figure: Figure) -> str:
    """The value with its unit; – where there is none."""
    if figure.value is None:
        return "–"
    return f"{figure.value:,.{figure.decimals}f} {figure.unit}".replace(",", " ")


def parts(figure: Figure) -> str:
    """Numerator / denominator where both mean something."""
    if figure.denominator is None or figure.numerator is None:
        return ""
    digits = 0 if figure.numerator == int(figure.numerator) and figure.denominator == int(figure.denominator) else 1
    return f"{figure.numerator:,.{digits}f} / {figure.denominator:,.{digits}f}".replace(",", " ")


def target(figure: Figure) -> str:
    """As the plan words it."""
    if figure.target is None:
        return "监测" if figure.kind == "monitor" else ""
    sign = {">=": "≥", "~": "≈"}.get(figure.target_op, figure.target_op)
    return f"{sign} {figure.target:,.0f} {figure.unit}".replace(",", " ")


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
        return abs(figure.value - figure.target) <= 0.1 * figure.target
    return figure.value >= figure.target
