"""`pulse status`: how all indicators stand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from cli.say import say, say_json

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from rich.table import Table
    from rich.text import Text

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

    Reads the views in ClickHouse (PULSE_CLICKHOUSE); where a worker or demo holds an embedded folder, that process
    answers. Lights are of the city and its counties; towns and communities have
    their values.

    \b
    pulse status                          the city, now
    pulse status --region 370831 --why    泗水县, with the reasons
    pulse status --region 370811001001    one community
    pulse status --region all --day 2023-06-30 --json
    """
    from cli.city import load_city
    from cli.orphans import as_list, line, of_indicator
    from cli.screen import console, styled
    from cli.settings import load_settings
    from sinks.clickhouse.connection import connect
    from sinks.clickhouse.figures import clock
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
    plan, at = city.catalogue.plan, day.date() if day else None
    if at is not None and not plan.start <= at <= plan.due:
        raise click.BadParameter(f"{at}: the plan runs from {plan.start} to {plan.due}", param_hint="--day")
    with closing(connect(settings.clickhouse.get_secret_value())) as client:
        if not int(client.command("EXISTS VIEW light_days")):
            raise click.ClickException(
                "this database has no views yet: run `pulse migrate` (or `pulse demo`) first"
            )
        if not int(client.command("EXISTS VIEW meant")):
            raise click.ClickException(
                "this database has the views of an older release: run `pulse migrate` first"
            )
        if at is not None and at > (today := clock(client)[1]):
            raise click.BadParameter(
                f"{at} is still to come: figures go up to {today}, of a plan from {plan.start} to {plan.due}",
                param_hint="--day",
            )
        told = [(code, *read(client, code, at)) for code in codes]
        orphans = [] if at or not int(client.command("EXISTS VIEW orphans_now")) else orphaned(client)
    shown = [
        (code, [figure for figure in known if action in (None, figure.action)], as_of)
        for code, known, as_of, _ in told
    ]
    notes = dict.fromkeys(note for *_, note in told if note)
    if as_json:
        for note in notes:
            say(note, err=True)
        rows = [
            as_dict(figure, code, as_of)
            | {"orphans": as_list(of_indicator(orphans, figure.indicator, code, city.regions.code))}
            for code, found, as_of in shown
            for figure in found
        ]
        say_json(rows)
        return
    if not any(known for _, known, _, _ in told):
        raise click.ClickException(f"nothing is known of {codes[0]}: no event named it")
    out = console()
    for code, found, as_of in shown:
        where = names.get(code) or f"{names.get(code[:6], '')} {code}"
        out.print(table(found, f"{city.catalogue.plan.name.zh} · {where} · {as_of}", out.width))
        for figure in found:
            if why and figure.light is not None:
                why_line = styled((figure.zh, "bold"), f"  {figure.light.why_zh}")
                out.print(light(figure), why_line, highlight=False)
                if said := line(of_indicator(orphans, figure.indicator, code, city.regions.code)):
                    out.print(f"    {said}", highlight=False, markup=False, style="yellow")
    for note in notes:
        out.print(note, style="yellow", highlight=False, soft_wrap=True)


ALL = "all"
"""In the place of a region's code: the city and each of its counties."""


def read(client: Client, code: str, day: date | None) -> tuple[list[Figure], date, str]:
    """(the figures of a region now or at the end of a day, that day, what the reader must know about the lights).

    The city's and the counties' are those that the lights were judged by; others come from the views of figures.
    """
    from sinks.clickhouse.figures import assessed, clock, figures, lit, unlit

    today = clock(client)[1]
    as_of = day or today
    if len(code) != 6:
        return figures(client, code, day), as_of, ""
    done = assessed(client)
    if day is None and done is not None:
        as_of = min(done.day, today)
    found = lit(client, code, as_of)
    if not found:
        return figures(client, code, day), as_of, _unassessed(client, as_of)
    missing = unlit(client, code, as_of)
    if not missing:
        return found, as_of, _age(done, today)
    lights = {figure.indicator: figure for figure in found}
    known = [lights.get(each.indicator, each) for each in figures(client, code, as_of)]
    whole = [each for each in known if each.indicator in lights or each.indicator in missing]
    return whole, as_of, _without(missing, len(whole), as_of)


MEND = "等工作进程评估，或运行 pulse assess --once（演示的文件夹：再运行一次 pulse demo）"
"""What to do where lights are not there or are old."""


def _unassessed(client: Client, day: date) -> str:
    """Of a day without lights: whether an assessment of it has begun, and how far that came."""
    from sinks.clickhouse.figures import begun

    known, every = begun(client, day), int(client.command("SELECT count() FROM indicators"))
    if not known:
        return f"{day} 尚未评估，没有灯：{MEND}"
    return (
        f"{day} 的评估没有做完：{every} 项指标只评了 {known} 项，正在进行或被中断。做完之前一盏灯也不显示，以上只有数。"
        f"{MEND}"
    )


def _without(missing: list[str], every: int, day: date) -> str:
    named = "、".join(missing[:5]) + (" 等" if len(missing) > 5 else "")
    return (
        f"{every} 项指标中有 {len(missing)} 项没有 {day} 的灯，只有数：{named}。"
        f"指标是新加的，或这些行丢失了。{MEND}"
    )


def _age(done: Assessed | None, today: date) -> str:
    if done is None or (done.missing <= 0 and done.day >= today):
        return ""
    return f"灯评估到 {done.day}，此后又有 {done.missing} 条事件未评估：以上是那时的数。{MEND}"


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
"""A width that no terminal has."""


def value(figure: Figure) -> str:
    """The value with its unit; – where there is none. Of a cohort, what has become of the same cases by now, where it is
    another figure."""
    if figure.value is None:
        return "–"
    shown = f"{figure.value:,.{figure.decimals}f}"
    by_now = shown if figure.cohort is None else f"{figure.cohort:,.{figure.decimals}f}"
    return (f"{shown} {figure.unit}" + (f"（同批至今 {by_now}）" if by_now != shown else "")).replace(
        ",", " "
    )


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


def light(figure: Figure) -> Text | str:
    """The light: symbol and word, coloured."""
    if figure.light is None:
        return ""
    from cli.screen import styled

    return styled((f"{figure.light.symbol} {figure.light.status_zh}", figure.light.color))


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
