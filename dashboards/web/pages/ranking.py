"""An indicator in all counties, best first, each with a bar."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.web import names, numerals, quantities
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.light import Light
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.parts import lamp, link, value
from dashboards.web.tables import Cell, Column, Table
from dashboards.web.texts import say


def ranking(snapshot: Snapshot, indicator: str) -> list[Light]:
    """The counties' lights, best first: by days ahead of the pace if all with a value have a pace, else by value."""
    lights = [light for light in snapshot.of_indicator(indicator) if light.region != snapshot.city]
    paced = all(light.pace.gap_days is not None for light in lights if light.figure.value is not None)

    def order(light: Light) -> tuple[bool, float]:
        figure = light.pace.gap_days if paced else light.figure.value
        return figure is None, -(figure or 0.0)

    return sorted(lights, key=order)


def table(snapshot: Snapshot, view: View, here: Light) -> Table:
    """A table of the counties with bars, best first. The region of `here` is highlighted."""
    lang, frame = view.lang, snapshot.frame
    lights = ranking(snapshot, here.indicator)
    top = _top(lights)
    columns = [
        Column(say(lang, "rank"), numeric=True),
        Column(say(lang, "county")),
        Column(say(lang, "status")),
        Column(say(lang, "value"), numeric=True),
        Column(say(lang, "unit"), only="csv"),
        Column(say(lang, "bar"), minor=True, only="page"),
        Column(say(lang, "target"), numeric=True),
        Column(say(lang, "gap_days"), numeric=True, minor=True),
        Column(say(lang, "shortfall"), numeric=True),
        Column(say(lang, "chance"), numeric=True, minor=True),
    ]
    rows = []
    for n, light in enumerate(lights, 1):
        hidden = snapshot.is_hidden(light)
        rank = None if hidden or light.figure.value is None else n
        region = names.name(light.region_name, lang)
        gap_days, chance = light.pace.gap_days, light.forecast.chance
        rows.append([
            Cell("" if rank is None else str(rank), rank),
            Cell(link(view, f"/indicator/{light.indicator}", region, region=light.region), region, head=True),
            Cell(lamp(light.status, frame, view), light.status),
            Cell(value(light, snapshot, view), light.figure.value, "strong"),
            Cell("", quantities.unit(light.about.unit, frame, lang)),
            Cell(None if hidden else _bar(light, top), None, "bar-cell"),
            Cell(quantities.goal(light, frame, lang), light.goal.target),
            Cell("" if gap_days is None else numerals.signed(gap_days, 1), gap_days),
            Cell(quantities.shortfall(light, frame, lang), light.goal.shortfall),
            Cell("" if chance is None else numerals.share(chance), chance),
        ])  # fmt: skip
    marked = frozenset(n for n, light in enumerate(lights) if light.region == here.region)
    return Table("counties", say(lang, "by_county"), columns, rows, marked=marked)


def _top(lights: Sequence[Light]) -> float:
    """The figure that corresponds to a full bar: the largest value or target, or 1 if there is none."""
    figures = [figure or 0.0 for light in lights for figure in (light.figure.value, light.goal.target)]
    return max([0.0, *figures]) or 1.0


def _bar(light: Light, top: float) -> Html | None:
    if light.figure.value is None:
        return None
    ticks = [
        tag("i", class_=f"tick {name}", style=f"left:{min(100.0, 100 * at / top):.1f}%")
        for name, at in (("pace", light.pace.expected), ("goal", light.goal.target))
        if at is not None
    ]
    width = max(0.0, min(100.0, 100 * light.figure.value / top))
    filled = tag("i", class_=f"fill s-{light.status}", style=f"width:{width:.1f}%")
    return tag("span", filled, ticks, class_="hbar", aria_hidden="true")
