"""Map of counties × actions: each cell shows the worst status of the action in the county."""

from __future__ import annotations

from dashboards.web import names
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.frame import Action, Region
from dashboards.web.model.snapshot import ActionLight, Snapshot
from dashboards.web.parts import lamp, link, region_query
from dashboards.web.tables import Cell, Column, Table, csv_link
from dashboards.web.texts import say


def table(snapshot: Snapshot, view: View) -> Table:
    """The map as a table, with the city and all counties as rows."""
    frame = snapshot.frame
    rows = []
    for region in frame.regions:
        cells = [
            Cell(
                link(view, f"/county/{region.code}", names.name(region, view.lang)),
                names.name(region, view.lang),
                head=True,
            )
        ]
        for action in frame.actions:
            light = snapshot.by_action.get((action.action, region.code))
            cells.append(_cell(light, action, region, snapshot, view))
        rows.append(cells)
    columns = [Column(say(view.lang, "county"))]
    columns += [
        Column(f"{each.action} {names.short_action(each, view.lang)}", hint=names.name(each, view.lang))
        for each in frame.actions
    ]
    return Table("heat", say(view.lang, "heat"), columns, rows, hint=say(view.lang, "heat_hint"))


def _cell(light: ActionLight | None, action: Action, region: Region, snapshot: Snapshot, view: View) -> Cell:
    if light is None:
        return Cell("", "", "tile")
    lang = view.lang
    status = snapshot.frame.status[light.status]
    name = names.name(status, lang)
    about = f"{names.name(region, lang)} · {names.short_action(action, lang)}: {name or status.symbol}"
    address = view.url(f"/action/{action.action}", **region_query(snapshot, region.code))
    shown = tag("a", status.symbol, href=address, title=about, aria_label=about)
    return Cell(shown, name, f"tile s-{light.status}" + (" hot" if light.needs_attention else ""))


def panel(snapshot: Snapshot, view: View, table: Table) -> Html:
    """The map for the page: the names of actions are vertical, and each cell is a coloured symbol."""
    return tag(
        "div",
        tag("div", tag("h2", table.title), tag("p", table.hint, class_="hint"), csv_link(table, view), class_="panel-head"),
        tag(
            "div",
            tag(
                "table", tag("caption", table.title, class_="away"), tag("thead", _head(snapshot, view, table)),
                tag("tbody", _rows(table)), class_="map",
            ),
            class_="scroll", tabindex=0, role="region", aria_label=table.title,
        ),
        _legend(snapshot, view),
    )  # fmt: skip


def _head(snapshot: Snapshot, view: View, table: Table) -> Html:
    actions = [
        tag("span", tag("b", str(action.action)), tag("span", names.short_action(action, view.lang)), class_="upright")
        for action in snapshot.frame.actions
    ]  # fmt: skip
    return tag(
        "tr",
        tag("th", table.columns[0].title, scope="col"),
        [tag("th", action, scope="col") for action in actions],
    )


def _rows(table: Table) -> list[Html]:
    return [
        tag(
            "tr",
            tag("th", region.shown, scope="row"),
            [tag("td", cell.shown, class_=cell.class_) for cell in cells],
            class_="whole" if n == 0 else None,
        )
        for n, (region, *cells) in enumerate(table.rows)
    ]


def _legend(snapshot: Snapshot, view: View) -> Html:
    """The statuses that occur in the map."""
    present = {light.status for light in snapshot.actions}
    statuses = [each for each in snapshot.frame.statuses if each.status in present and each.rank]
    return tag("p", [lamp(each.status, snapshot.frame, view) for each in statuses], class_="legend")
