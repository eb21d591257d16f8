"""`pulse status`: prints the state of all indicators."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from pulse.terminal.lines import print_json, print_line
from pulse.terminal.refused import CommandRefused

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from sinks.clickhouse.reads.figures import Assessed, Figure


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
    from pulse.app.city import load_city
    from pulse.app.settings import load_settings
    from pulse.terminal.figures import light, table
    from pulse.terminal.orphans import as_list, line, of_indicator
    from pulse.terminal.screen import console, styled
    from sinks.clickhouse.connection import connect
    from sinks.clickhouse.reads.figures import clock
    from sinks.clickhouse.reads.orphans import orphaned

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
            raise CommandRefused(
                "this database has no views yet: run `pulse migrate` (or `pulse demo`) first"
            )
        if not int(client.command("EXISTS VIEW meant")):
            raise CommandRefused("this database has the views of an older release: run `pulse migrate` first")
        if at is not None and at > (today := clock(client)[1]):
            raise click.BadParameter(
                f"{at} is still to come: figures go up to {today}, of a plan from {plan.start} to {plan.due}",
                param_hint="--day",
            )
        readings = [(code, *read(client, code, at)) for code in codes]
        orphans = [] if at or not int(client.command("EXISTS VIEW orphans_now")) else orphaned(client)
    shown = [
        (code, [figure for figure in known if action in (None, figure.action)], as_of)
        for code, known, as_of, _ in readings
    ]
    notes = dict.fromkeys(note for *_, note in readings if note)
    if as_json:
        for note in notes:
            print_line(note, err=True)
        rows = [
            as_dict(figure, code, as_of)
            | {"orphans": as_list(of_indicator(orphans, figure.indicator, code, city.regions.code))}
            for code, found, as_of in shown
            for figure in found
        ]
        print_json(rows)
        return
    if not any(known for _, known, _, _ in readings):
        raise CommandRefused(f"nothing is known of {codes[0]}: no event named it")
    out = console()
    for code, found, as_of in shown:
        where = names.get(code) or f"{names.get(code[:6], '')} {code}"
        out.print(table(found, f"{city.catalogue.plan.name.zh} · {where} · {as_of}", out.width))
        for figure in found:
            if why and figure.light is not None:
                why_line = styled((figure.zh, "bold"), f"  {figure.light.why_zh}")
                out.print(light(figure), why_line, highlight=False)
                if orphan_line := line(of_indicator(orphans, figure.indicator, code, city.regions.code)):
                    out.print(f"    {orphan_line}", highlight=False, markup=False, style="yellow")
    for note in notes:
        out.print(note, style="yellow", highlight=False, soft_wrap=True)


ALL = "all"
"""Value of --region that means the city and each of its counties."""


def read(client: Client, code: str, day: date | None) -> tuple[list[Figure], date, str]:
    """(figures of a region now or at the end of a day, that day, a note about the lights or "").

    For the city and counties, these are the figures by which the lights were judged. For other regions, and
    if nothing is judged, they come from the views of figures.
    """
    from sinks.clickhouse.reads.figures import assessed, clock, figures, lit, unlit

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
"""What to do if lights are missing or old."""


def _unassessed(client: Client, day: date) -> str:
    """Note about a day without lights: whether its assessment has begun, and how far it got."""
    from sinks.clickhouse.reads.figures import begun

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
    """One indicator for a program: the fields of figure and light together; null if there is no value."""
    from sinks.clickhouse.reads.figures import Light

    of_light = figure.light._asdict() if figure.light is not None else dict.fromkeys(Light._fields)
    own = figure._asdict()
    del own["light"]
    return {"region": region, "as_of": as_of, **own, "percent": figure.percent, **of_light}
