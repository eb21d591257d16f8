"""`pulse status`: how all indicators stand."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from rich.console import Console
    from rich.table import Table

    from sinks.clickhouse.figures import Assessed, Figure


@click.command("status")
@click.option(
    "--region",
    default=None,
    metavar="CODE",
    help="A county, town or community by its code; all: the city and each of its counties. Default: the city.",
)
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="As of the end of a day. Default: now."
)
@click.option("--action", type=int, default=None, help="Only this action of the plan.")
@click.option(
    "--why",
    is_flag=True,
    help="Why each light is what it is, in words, and what came in that counts for nobody.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="JSON, one object an indicator, with all that is known of it."
)
def command(region: str | None, day: datetime | None, action: int | None, why: bool, as_json: bool) -> None:
    """How all indicators stand: light, value, target, chance of meeting it, days ahead (+) or behind (-).

    Reads the views in ClickHouse (PULSE_CLICKHOUSE). An embedded database can be read by one process at a time:
    where a worker or demo holds it, ask that one. Lights are of the city and its counties; towns and communities have
    their values.

    \b
    pulse status                          the city, now
    pulse status --region 370831 --why    泗水县, with the reasons
    pulse status --region 370811001001    one community
    pulse status --region all --day 2023-06-30 --json
    """
    from cli.city import load_city
    from cli.orphans import as_list, line, of_indicator
    from cli.settings import load_settings
    from sinks.clickhouse.connection import connect
    from sinks.clickhouse.orphans import orphaned

    settings = load_settings()
    city = load_city(settings)
    names = {city.regions.code: city.regions.zh}
    names |= {county.code: county.zh for county in city.regions.counties}
    codes = list(names) if region == ALL else [region or city.regions.code]
    if region != ALL and (fault := city.regions.fault(codes[0])):
        raise click.BadParameter(f"{region}: expected {fault}, or {ALL}", param_hint="--region")
    if action is not None and action not in (numbers := [each.no for each in city.catalogue.actions]):
        raise click.BadParameter(f"expected {numbers[0]} to {numbers[-1]}", param_hint="--action")
    with closing(connect(settings.clickhouse.get_secret_value())) as client:
        if not int(client.command("EXISTS VIEW light_days")):
            raise click.ClickException(
                "this database has no views yet: run `pulse migrate` (or `pulse demo`) first"
            )
        told = [(code, *read(client, code, day.date() if day else None)) for code in codes]
        orphans = [] if day or not int(client.command("EXISTS VIEW orphans_now")) else orphaned(client)
    shown = [
        (code, [figure for figure in known if action in (None, figure.action)], as_of)
        for code, known, as_of, _ in told
    ]
    if as_json:
        rows = [
            as_dict(figure, code, as_of)
            | {"orphans": as_list(of_indicator(orphans, figure.indicator, code, city.regions.code))}
            for code, found, as_of in shown
            for figure in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, default=str, indent=1))
        return
    if not any(known for _, known, _, _ in told):
        raise click.ClickException(f"nothing is known of {codes[0]}: no event named it")
    out = console()
    for code, found, as_of in shown:
        where = names.get(code) or f"{names.get(code[:6], '')} {code}"
        out.print(table(found, f"{city.catalogue.plan.name.zh} · {where} · {as_of}", out.width))
        for figure in found:
            if why and figure.light is not None:
                out.print(f"{light(figure)} [bold]{figure.zh}[/]  {figure.light.why_zh}", highlight=False)
                if said := line(of_indicator(orphans, figure.indicator, code, city.regions.code)):
                    out.print(f"    {said}", highlight=False, markup=False, style="yellow")
    for note in dict.fromkeys(note for *_, note in told if note):
        out.print(f"[yellow]{note}[/]", highlight=False)


ALL = "all"
"""In the place of a region's code: the city and each of its counties."""


def read(client: Client, code: str, day: date | None) -> tuple[list[Figure], date, str]:
    """(the figures of a region now or at the end of a day, that day, what the reader must know about the lights).

    The city's and the counties' are those that the lights were judged by; others come from the views of figures.
    """
    from sinks.clickhouse.figures import assessed, clock, figures, lit

    today = clock(client)[1]
    as_of = day or today
    if len(code) == 6:
        done = assessed(client)
        if day is None and done is not None:
            as_of = min(done.day, today)
        if found := lit(client, code, as_of):
            return found, as_of, _age(done, today)
        note = f"{as_of} 尚未评估，没有灯：等工作进程评估，或运行 pulse assess --once"
    else:
        note = ""
    return figures(client, code, day), as_of, note


def _age(done: Assessed | None, today: date) -> str:
    if done is None or (done.missing <= 0 and done.day >= today):
        return ""
    return (
        f"灯评估到 {done.day}，此后又有 {done.missing} 条事件未评估：以上是那时的数。"
        f"等工作进程评估，或运行 pulse assess --once"
    )


def as_dict(figure: Figure, region: str, as_of: date) -> dict[str, Any]:
    """One indicator for a program: figure and light side by side, null where there is none."""
    from sinks.clickhouse.figures import Light

    of_light = figure.light._asdict() if figure.light is not None else dict.fromkeys(Light._fields)
    own = figure._asdict()
    del own["light"]
    return {"region": region, "as_of": as_of, **own, "percent": figure.percent, **of_light}


def table(found: list[Figure], title: str, width: int) -> Table:
    """The indicators, an action after the other; what does not fit into `width` columns is left out."""
    from rich import box
    from rich.table import Table

    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    lights = any(figure.light for figure in found)
    columns: list[tuple[str, Callable[[Figure], str], dict[str, Any], int]] = [
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
"""A width that no terminal has."""


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
    from decimal import Decimal

    from schemas.catalogue.model import Target

    number = Decimal(f"{figure.target:f}".rstrip("0").rstrip("."))
    return Target.model_validate({"op": figure.target_op, "value": number}).words(figure.unit, reach=False)


def percent(figure: Figure) -> str:
    """Percent of the target."""
    return "" if figure.percent is None else f"{figure.percent:.1f} %"


def light(figure: Figure) -> str:
    """The light: symbol and word, coloured."""
    if figure.light is None:
        return ""
    return f"[{figure.light.color}]{figure.light.symbol} {figure.light.status_zh}[/]"


def chance(figure: Figure) -> str:
    """The chance that the target is met; – where it cannot be known."""
    if figure.light is None or figure.target is None:
        return ""
    known = figure.light.chance
    if known is None:
        return "" if figure.light.no_forecast in ("over", "not_a_target") else "–"
    return "<1 %" if known < 0.01 else ">99 %" if known > 0.99 else f"{100 * known:.0f} %"


def days(figure: Figure) -> str:
    """Days of the pace ahead (+) or behind (-)."""
    if figure.light is None or figure.light.gap_days is None:
        return ""
    gap = round(figure.light.gap_days)
    return f"{gap:+d}" if gap else "0"


def since(figure: Figure) -> str:
    """Since when the light has been so."""
    return "" if figure.light is None else f"{figure.light.since:%m-%d}"
