"""总览: in ten seconds, which actions lag and where."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.web import words
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model import (
    LAGGING,
    Action,
    ActionLight,
    Change,
    Light,
    Snapshot,
    heaviest_first,
    worst_first,
)
from dashboards.web.numerals import NBSP, day
from dashboards.web.parts import Page, Piece, lamp, link
from dashboards.web.tables import Cell, Column, Table, csv_link
from dashboards.web.words import say

LISTED = 12
"""Lines of the lagging list that are shown."""

NAMED = 2
"""Counties that a card names; of the others it says how many they are."""

OTHERS = 4
"""Indicators that the first card lists beside its worst."""

COLUMNS = (2, 3, 4, 5, 6)
"""In how many columns the cards can stand: the stylesheet says in how many they do."""

CHANGED = 9
"""Changes that are shown."""


def page(snapshot: Snapshot, view: View) -> Page:
    """The city's actions as cards, what lags, counties against actions, what changed."""
    slow = lagging(snapshot, view)
    map_ = heat_table(snapshot, view)
    news = changes_table(snapshot, view, [each for each in snapshot.changes if each.day == snapshot.beat.day])
    return Page(
        say(view.lang, "overview"),
        [
            Piece("title", _title(snapshot, view), "div", "title"),
            Piece("tally", _tally(snapshot, view), "section", "tally", calm=True),
            Piece("cards", cards(snapshot, view), "section", "cards-panel", calm=True),
            Piece("lagging", _lagging(snapshot, view, slow), "section", "panel lagging"),
            Piece("heat", heat(snapshot, view, map_), "section", "panel heat"),
            Piece("changes", _changes(snapshot, view, news), "section", "panel changes"),
        ],
        [slow, map_, news, status_table(snapshot, view)],
    )


def _title(snapshot: Snapshot, view: View) -> Html:
    plan, today = snapshot.frame.plan, snapshot.beat.day
    gone, whole = (today - plan.start).days + 1, (plan.due - plan.start).days + 1
    return tag(
        "div",
        tag("h1", words.name(plan, view.lang)),
        tag(
            "p",
            tag("span", day(today, view.lang), class_="today"),
            tag("span", say(view.lang, "day_of", day=gone, days=whole)),
            tag(
                "span", tag("i", style=f"width:{100 * gone / whole:.1f}%"), class_="year", aria_hidden="true"
            ),
            class_="clockline",
        ),
    )


# --- Counts by status ---


def counts(snapshot: Snapshot) -> dict[str, int]:
    """How many of the city's indicators have each status."""
    found = dict.fromkeys((status.status for status in snapshot.frame.statuses), 0)
    for light in snapshot.of_region(snapshot.city):
        found[light.status] += 1
    return found


def _tally(snapshot: Snapshot, view: View) -> Html:
    found = counts(snapshot)
    shown = [status for status in snapshot.frame.statuses if found[status.status] or status.rank >= LAGGING]
    return tag(
        "div",
        tag("h2", say(view.lang, "by_status"), class_="away"),
        tag(
            "ul",
            [
                tag(
                    "li",
                    tag("b", str(found[status.status]), class_="big"),
                    lamp(status.status, snapshot.frame, view),
                    class_=f"tally-item s-{status.status}" + ("" if found[status.status] else " nought"),
                )
                for status in shown
            ],
            class_="tally-list",
        ),
        tag(
            "div",
            [
                tag("i", class_=f"s-{s.status}", style=f"flex:{found[s.status]}")
                for s in shown
                if found[s.status]
            ],
            class_="bar",
            aria_hidden="true",
        ),
    )


def status_table(snapshot: Snapshot, view: View) -> Table:
    """How many of the city's indicators stand how."""
    found = counts(snapshot)
    return Table(
        "statuses",
        say(view.lang, "by_status"),
        [Column(say(view.lang, "status")), Column(say(view.lang, "indicators"), numeric=True)],
        [
            [Cell(words.status(each, view.lang), words.status(each, view.lang), head=True), Cell(str(n), n)]
            for each in snapshot.frame.statuses
            if (n := found[each.status])
        ],
    )


# --- Actions as cards ---


def ordered(snapshot: Snapshot) -> list[Action]:
    """Actions, worst first: by their worst light in the city, then how many are as bad, then the plan's order."""

    def badness(action: Action) -> tuple[int, int, int]:
        lights = [light for light in snapshot.of_region(snapshot.city) if light.action == action.action]
        worst = max((light.status_rank for light in lights), default=0)
        return (
            -worst,
            -sum(light.status_rank == worst for light in lights) if worst >= LAGGING else 0,
            action.action,
        )

    return sorted(snapshot.frame.actions, key=badness)


def cards(snapshot: Snapshot, view: View) -> Html:
    """A card an action; the first, the worst, is as large as the places that the others leave over."""
    actions = ordered(snapshot)
    sizes = {columns: lead(len(actions), columns) for columns in COLUMNS}
    style = ";".join(f"--w{columns}:{wide};--h{columns}:{high}" for columns, (wide, high) in sizes.items())
    return tag(
        "div",
        tag("h2", say(view.lang, "seventeen", n=len(actions)), class_="over"),
        tag(
            "ol",
            [_card(action, snapshot, view, first=n == 0) for n, action in enumerate(actions)],
            class_="cards all",
            style=style,
        ),
    )


def lead(cards: int, columns: int) -> tuple[int, int]:
    """(columns, rows) of the first of so many cards that together fill their last row."""
    return ((1, 1), (2, 1), (3, 1), (2, 2), (5, 1), (3, 2))[-cards % columns]


def _card(action: Action, snapshot: Snapshot, view: View, *, first: bool) -> Html:
    lights = [light for light in snapshot.of_region(snapshot.city) if light.action == action.action]
    if not lights:
        return tag("li", tag("h3", words.name(action, view.lang)), class_="card")
    worst, *others = worst_first(lights)
    counties = [
        each for county in snapshot.frame.counties
        if (each := snapshot.by_action.get((action.action, county.code))) and each.status_rank >= LAGGING
    ]  # fmt: skip
    return tag(
        "li",
        link(
            view,
            f"/action/{action.action}",
            tag("h3", tag("span", str(action.action), class_="no"), words.short(action, view.lang)),
            lamp(worst.status, snapshot.frame, view),
            tag("p", words.name(worst, view.lang), class_="worst"),
            tag("p", _figure(worst, snapshot, view), class_="figure"),
            tag(
                "span",
                [
                    tag(
                        "i",
                        snapshot.frame.status[light.status].symbol,
                        class_=f"dot s-{light.status}",
                        title=words.name(light, view.lang),
                    )
                    for light in sorted(lights, key=lambda light: -light.status_rank)
                ],
                class_="dots",
                aria_hidden="true",
            ),
            _places(counties, snapshot, view),
            _others(others, snapshot, view) if first else None,
            class_=f"card s-{worst.status}" + (" lead" if first else ""),
        ),
    )


def _others(lights: list[Light], snapshot: Snapshot, view: View) -> Html | None:
    """What else the worst action is about, where its card has room."""
    lines = [
        tag(
            "span",
            lamp(light.status, snapshot.frame, view, word=False),
            tag("span", words.name(light, view.lang), class_="worst"),
            tag("b", _value(light, snapshot, view)),
        )
        for light in lights[:OTHERS]
    ]
    return tag("span", lines, class_="others") if lines else None


def _value(light: Light, snapshot: Snapshot, view: View) -> str:
    away = (light.indicator, light.region) in snapshot.hidden
    return words.value(light, snapshot.frame, view.lang, away=away)


def _figure(light: Light, snapshot: Snapshot, view: View) -> Html:
    if (light.indicator, light.region) in snapshot.hidden:
        return tag("span", say(view.lang, "hidden"), class_="muted")
    goal = words.goal(light, snapshot.frame, view.lang, beside=True)
    return tag(
        "span",
        tag("b", words.value(light, snapshot.frame, view.lang)),
        tag("span", goal, class_="goal") if goal else None,
        class_="pair",
    )


def _places(counties: list[ActionLight], snapshot: Snapshot, view: View) -> Html | None:
    if not counties:
        return None
    names = [
        words.name(snapshot.frame.region[each.region], view.lang)
        for each in sorted(counties, key=lambda each: -each.status_rank)[:NAMED]
    ]
    more = len(counties) - len(names)
    said = "、".join(names) if view.lang == "zh" else ", ".join(names)
    tail = f"等 {len(counties)}{NBSP}县区" if view.lang == "zh" else f" +{more}"
    return tag("p", said + tail if more else said, class_="places")


# --- The lagging list ---


def lagging(snapshot: Snapshot, view: View) -> Table:
    """Everything that calls for somebody, worst first, and of equals the heaviest."""
    lights = heaviest_first(light for light in snapshot.lights if light.status_rank >= LAGGING)
    columns = [
        Column(say(view.lang, "status")),
        Column(say(view.lang, "county")),
        Column(say(view.lang, "indicator")),
        Column(say(view.lang, "value"), numeric=True),
        Column(say(view.lang, "unit")),
        Column(say(view.lang, "target"), numeric=True),
        Column(say(view.lang, "behind"), numeric=True),
        Column(say(view.lang, "shortfall"), numeric=True),
        Column(say(view.lang, "days_left"), numeric=True),
        Column(say(view.lang, "department")),
    ]
    return Table(
        "lagging",
        say(view.lang, "lagging_list"),
        columns,
        [
            [
                Cell(
                    lamp(light.status, snapshot.frame, view),
                    words.status(snapshot.frame.status[light.status], view.lang),
                ),
                Cell(words.where(light, view.lang), words.where(light, view.lang)),
                Cell(words.name(light, view.lang), words.name(light, view.lang)),
                Cell("", light.value),
                Cell("", words.unit(light.unit, snapshot.frame, view.lang)),
                Cell("", light.target),
                Cell("", light.behind),
                Cell("", light.shortfall),
                Cell("", light.days_left),
                Cell("", words.office(light.department, snapshot.frame, view.lang)),
            ]
            for light in lights
        ],
        empty=say(view.lang, "lagging_none"),
    )


def _lagging(snapshot: Snapshot, view: View, table: Table) -> Html:
    found = heaviest_first(light for light in snapshot.lights if light.status_rank >= LAGGING)
    shown = spread(found, LISTED)
    return tag(
        "div",
        tag("div", tag("h2", table.title), csv_link(table, view) if found else None, class_="panel-head"),
        tag("ol", [line(light, snapshot, view) for light in shown], class_="lines")
        if found
        else tag("p", table.empty, class_="empty"),
        tag("p", say(view.lang, "and_more", n=len(found) - len(shown)), class_="hint")
        if len(found) > len(shown)
        else None,
    )


def spread(lights: list[Light], most: int) -> list[Light]:
    """The first `most`, but of one indicator no more than three lines: one that lags everywhere must not hide the others."""
    seen: dict[str, int] = {}
    kept = []
    for light in lights:
        seen[light.indicator] = seen.get(light.indicator, 0) + 1
        if seen[light.indicator] <= 3:
            kept.append(light)
    return kept[:most]


def line(light: Light, snapshot: Snapshot, view: View) -> Html:
    """A light as a line in plain words."""
    query = {} if light.region == snapshot.city else {"region": light.region}
    if (light.indicator, light.region) in snapshot.hidden:
        said = f"{words.placed(light, view.lang)} {say(view.lang, 'hidden')}"
        rest: list[str] = []
    else:
        said, rest = (
            words.headline(light, snapshot.frame, view.lang),
            words.particulars(light, snapshot.frame, view.lang),
        )
    comma = "，" if view.lang == "zh" else ", "
    return tag(
        "li",
        lamp(light.status, snapshot.frame, view),
        link(
            view,
            f"/indicator/{light.indicator}",
            tag("span", said, class_="what"),
            tag("span", comma, class_="away") if rest else None,
            tag("span", comma.join(rest), class_="rest"),
            class_="said",
            **query,
        ),
    )


# --- Counties against actions ---


def heat_table(snapshot: Snapshot, view: View) -> Table:
    """The worst status of each action in each county."""
    frame = snapshot.frame
    rows = []
    for region in frame.regions:
        cells = [
            Cell(
                link(view, f"/county/{region.code}", words.name(region, view.lang)),
                words.name(region, view.lang),
                head=True,
            )
        ]
        for action in frame.actions:
            each = snapshot.by_action.get((action.action, region.code))
            cells.append(_heat_cell(each, action, region.code, snapshot, view))
        rows.append(cells)
    columns = [Column(say(view.lang, "county"))]
    columns += [
        Column(f"{each.action} {words.short(each, view.lang)}", hint=words.name(each, view.lang))
        for each in frame.actions
    ]
    return Table("heat", say(view.lang, "heat"), columns, rows, hint=say(view.lang, "heat_hint"))


def _heat_cell(each: ActionLight | None, action: Action, region: str, snapshot: Snapshot, view: View) -> Cell:
    if each is None:
        return Cell("", "", "tile")
    status = snapshot.frame.status[each.status]
    said = words.status(status, view.lang)
    where = words.name(snapshot.frame.region[region], view.lang)
    about = f"{where} · {words.short(action, view.lang)}: {said or status.symbol}"
    path = f"/action/{action.action}"
    query = {} if region == snapshot.city else {"region": region}
    shown = tag("a", status.symbol, href=view.url(path, **query), title=about, aria_label=about)
    return Cell(shown, said, f"tile s-{each.status}" + (" hot" if each.status_rank >= LAGGING else ""))


def heat(snapshot: Snapshot, view: View, table: Table) -> Html:
    """The map as it is shown: names of actions upright, each cell a coloured symbol."""
    head = tag(
        "tr",
        tag("th", table.columns[0].title, scope="col"),
        [
            tag(
                "th",
                tag(
                    "span",
                    tag("b", str(action.action)),
                    tag("span", words.short(action, view.lang)),
                    class_="upright",
                ),
                scope="col",
            )
            for action in snapshot.frame.actions
        ],
    )
    rows = [
        tag("tr", tag("th", row[0].shown, scope="row"), [tag("td", cell.shown, class_=cell.class_) for cell in row[1:]],
            class_="whole" if n == 0 else None)
        for n, row in enumerate(table.rows)
    ]  # fmt: skip
    present = {each.status for each in snapshot.actions}
    legend = tag(
        "p",
        [
            lamp(status.status, snapshot.frame, view)
            for status in snapshot.frame.statuses
            if status.status in present and status.rank
        ],
        class_="legend",
    )
    return tag(
        "div",
        tag("div", tag("h2", table.title), tag("p", table.hint, class_="hint"), csv_link(table, view), class_="panel-head"),
        tag(
            "div",
            tag("table", tag("caption", table.title, class_="away"), tag("thead", head), tag("tbody", rows), class_="map"),
            class_="scroll", tabindex=0, role="region", aria_label=table.title,
        ),
        legend,
    )  # fmt: skip


# --- What changed ---


def changes_table(
    snapshot: Snapshot,
    view: View,
    changes: list[Change],
    title: str = "since_yesterday",
    *,
    placed: bool = True,
) -> Table:
    """Shown statuses that became others, the worst first. `placed`: with the name of the region."""
    frame = snapshot.frame
    rank = {status.status: status.rank for status in frame.statuses}
    rows = []
    for change in sorted(
        changes,
        key=lambda each: (-each.day.toordinal(), -rank.get(each.status, 0), each.region != snapshot.city),
    ):
        light = snapshot.light.get((change.indicator, change.region))
        if light is None:
            continue
        query = {} if change.region == snapshot.city else {"region": change.region}
        name = words.placed(light, view.lang) if placed else words.name(light, view.lang)
        rows.append([
            Cell(day(change.day, view.lang), change.day, "tight"),
            Cell(link(view, f"/indicator/{change.indicator}", name, **query), name, head=True),
            Cell(lamp(change.was, frame, view) if change.was in frame.status else "–", change.was),
            Cell(lamp(change.status, frame, view), change.status),
        ])  # fmt: skip
    columns = [Column(say(view.lang, key)) for key in ("date", "indicator", "was", "now")]
    return Table("changes", say(view.lang, title), columns, rows, empty=say(view.lang, "no_changes"))


def _changes(snapshot: Snapshot, view: View, table: Table) -> Html:
    """Since yesterday, and below it the days before as far as there is room."""
    before = [each for each in snapshot.changes if each.day != snapshot.beat.day]
    older = changes_table(snapshot, view, before).rows
    room = max(0, CHANGED - len(table.rows))
    return tag(
        "div",
        tag(
            "div", tag("h2", table.title), csv_link(table, view) if table.rows else None, class_="panel-head"
        ),
        _news(table.rows[:CHANGED]) if table.rows else tag("p", table.empty, class_="empty"),
        tag("p", say(view.lang, "and_more", n=len(table.rows) - CHANGED), class_="hint")
        if len(table.rows) > CHANGED
        else None,
        [tag("h3", say(view.lang, "this_week")), _news(older[:room], dated=True)] if older and room else None,
    )


def _news(rows: Sequence[Sequence[Cell]], *, dated: bool = False) -> Html:
    return tag(
        "ol",
        [
            tag(
                "li",
                was.shown,
                tag("span", "→", class_="arrow", aria_hidden="true"),
                now.shown,
                tag("span", when.shown, class_="hint") if dated else None,
                tag("span", name.shown, class_="said"),
            )
            for when, name, was, now in rows
        ],
        class_="news",
    )
