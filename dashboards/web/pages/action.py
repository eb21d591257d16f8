"""The page of one action: its indicators with value and target, and the state of each in the counties."""

from __future__ import annotations

from dashboards.web import names, quantities, sentences
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.frame import Action
from dashboards.web.model.light import Light, worst_first
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.pages.switch import regions
from dashboards.web.parts import Page, Piece, indicator_link, lamp, light_table, link, value
from dashboards.web.tables import Cell, Column, Table, titled
from dashboards.web.tables import html as table_html
from dashboards.web.texts import say


def page(snapshot: Snapshot, view: View, action: Action) -> Page:
    """The action's page, for the region in the URL or else the city."""
    region = view.asked("region", snapshot.city)
    lights = snapshot.of_action(action.action, region)
    table = light_table("indicators", say(view.lang, "indicators"), worst_first(lights), snapshot, view)
    map_ = county_map(snapshot, view, action)
    return Page(
        names.name(action, view.lang),
        [
            Piece("title", _title(snapshot, view, action, lights), "div", "title"),
            Piece(
                "switch", regions(snapshot, view, region), "nav", "switch", label=say(view.lang, "counties")
            ),
            Piece("cards", _cards(snapshot, view, lights), "section", "cards-panel", calm=True),
            Piece("table", table_html(table, view), "section", "panel wide"),
            Piece("map", titled(map_, view), "section", "panel wide"),
        ],
        [table, map_],
    )


def _title(snapshot: Snapshot, view: View, action: Action, lights: list[Light]) -> Html:
    worst = worst_first(lights)
    return tag(
        "div",
        tag("p", f"{say(view.lang, 'action')} {action.action}", class_="over"),
        tag(
            "h1",
            names.name(action, view.lang),
            lamp(worst[0].status, snapshot.frame, view) if worst else None,
        ),
    )


def _cards(snapshot: Snapshot, view: View, lights: list[Light]) -> Html:
    return tag(
        "div",
        tag("h2", say(view.lang, "indicators"), class_="away"),
        tag("ol", [_card(light, snapshot, view) for light in worst_first(lights)], class_="cards why-cards"),
    )


def _card(light: Light, snapshot: Snapshot, view: View) -> Html:
    tempo, chance = sentences.tempo(light, view.lang), ""
    if light.forecast.chance is not None:
        chance = f"{say(view.lang, 'chance')} {sentences.outlook(light, view.lang)}"
    return tag(
        "li",
        indicator_link(
            light,
            snapshot,
            view,
            tag("h3", names.name(light.about, view.lang)),
            lamp(light.status, snapshot.frame, view),
            tag(
                "p",
                tag("b", value(light, snapshot, view)),
                tag("span", quantities.goal(light, snapshot.frame, view.lang, beside=True), class_="goal"),
                class_="figure pair",
            ),
            tag("p", " · ".join(filter(None, (tempo, chance))), class_="places"),
            class_=f"card s-{light.status}",
        ),
    )


def county_map(snapshot: Snapshot, view: View, action: Action) -> Table:
    """Counties × the action's indicators, with values."""
    lights = snapshot.of_action(action.action, snapshot.city)
    columns = [Column(say(view.lang, "county"))]
    columns += [Column(names.name(light.about, view.lang), numeric=True) for light in lights]
    rows = []
    for region in snapshot.frame.regions:
        cells = [
            Cell(
                link(view, f"/county/{region.code}", names.name(region, view.lang)),
                names.name(region, view.lang),
                head=True,
            )
        ]
        for light in lights:
            found = snapshot.light.get((light.indicator, region.code))
            cells.append(_value(found, snapshot, view) if found else Cell("", None))
        rows.append(cells)
    return Table("counties", say(view.lang, "by_county"), columns, rows, class_="values")


def _value(light: Light, snapshot: Snapshot, view: View) -> Cell:
    mark = lamp(light.status, snapshot.frame, view, word=False)
    shown = tag("span", mark, tag("span", value(light, snapshot, view)), class_="beside")
    return Cell(
        indicator_link(light, snapshot, view, shown, class_="plain"),
        light.figure.value,
        "valued hot" if light.needs_attention else "valued",
    )
