"""One action: its indicators with value, target and why, and how the counties stand on each."""

from __future__ import annotations

from dashboards.web import words
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model import LAGGING, Action, Light, Snapshot, worst_first
from dashboards.web.pages.switch import regions
from dashboards.web.parts import Page, Piece, lamp, light_table, link
from dashboards.web.tables import Cell, Column, Table, csv_link
from dashboards.web.tables import html as table_html
from dashboards.web.words import say


def page(snapshot: Snapshot, view: View, action: Action) -> Page:
    """The action in the region that the URL names, else in the city."""
    region = view.asked("region", snapshot.city)
    lights = [light for light in snapshot.of_region(region) if light.action == action.action]
    table = light_table(
        "indicators", say(view.lang, "indicators"), worst_first(lights), snapshot.frame, view, snapshot.hidden
    )
    map_ = county_map(snapshot, view, action)
    return Page(
        words.name(action, view.lang),
        [
            Piece("title", _title(snapshot, view, action, lights), "div", "title"),
            Piece(
                "switch", regions(snapshot, view, region), "nav", "switch", label=say(view.lang, "counties")
            ),
            Piece("cards", _cards(snapshot, view, lights), "section", "cards-panel", calm=True),
            Piece("table", table_html(table, view), "section", "panel wide"),
            Piece("map", _map(map_, view), "section", "panel wide"),
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
            words.name(action, view.lang),
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
    query = {} if light.region == snapshot.city else {"region": light.region}
    away = (light.indicator, light.region) in snapshot.hidden
    tempo = words.tempo(light, view.lang)
    chance = (
        f"{say(view.lang, 'chance')} {words.outlook(light, view.lang)}" if light.chance is not None else ""
    )
    return tag(
        "li",
        link(
            view,
            f"/indicator/{light.indicator}",
            tag("h3", words.name(light, view.lang)),
            lamp(light.status, snapshot.frame, view),
            tag(
                "p",
                tag("b", words.value(light, snapshot.frame, view.lang, away=away)),
                tag("span", words.goal(light, snapshot.frame, view.lang, beside=True), class_="goal"),
                class_="figure pair",
            ),
            tag("p", " · ".join(filter(None, (tempo, chance))), class_="places"),
            class_=f"card s-{light.status}",
            **query,
        ),
    )


def county_map(snapshot: Snapshot, view: View, action: Action) -> Table:
    """Counties × the action's indicators, with values."""
    lights = [light for light in snapshot.of_region(snapshot.city) if light.action == action.action]
    columns = [Column(say(view.lang, "county"))]
    columns += [Column(words.name(light, view.lang), numeric=True) for light in lights]
    rows = []
    for region in snapshot.frame.regions:
        cells = [
            Cell(
                link(view, f"/county/{region.code}", words.name(region, view.lang)),
                words.name(region, view.lang),
                head=True,
            )
        ]
        for light in lights:
            found = snapshot.light.get((light.indicator, region.code))
            cells.append(_value(found, snapshot, view) if found else Cell("", None))
        rows.append(cells)
    return Table("counties", say(view.lang, "by_county"), columns, rows, class_="values")


def _value(light: Light, snapshot: Snapshot, view: View) -> Cell:
    away = (light.indicator, light.region) in snapshot.hidden
    shown = words.value(light, snapshot.frame, view.lang, away=away)
    query = {} if light.region == snapshot.city else {"region": light.region}
    hot = " hot" if light.status_rank >= LAGGING else ""
    inside = tag(
        "span", lamp(light.status, snapshot.frame, view, word=False), tag("span", shown), class_="beside"
    )
    return Cell(
        link(view, f"/indicator/{light.indicator}", inside, class_="plain", **query),
        light.value,
        f"valued{hot}",
    )


def _map(table: Table, view: View) -> Html:
    from dashboards.web.tables import body

    return tag(
        "div",
        tag("div", tag("h2", table.title), csv_link(table, view), class_="panel-head"),
        body(table, view),
    )
