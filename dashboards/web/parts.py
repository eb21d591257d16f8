"""Parts of which pages consist: lights with their words, figures, links, panels, tables of lights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dashboards.web import names, numerals, quantities
from dashboards.web.address import View
from dashboards.web.markup import Child, Html, tag
from dashboards.web.model.frame import Frame
from dashboards.web.model.light import Light
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.tables import Cell, Column, Table
from dashboards.web.texts import say

Options = dict[str, Any]
"""An ECharts option, as JSON."""


class Piece(NamedTuple):
    """A part of a page. It is updated as a whole, and only if it has changed."""

    key: str
    html: Html = Html("")
    element: str = "section"
    class_: str = ""
    label: str = ""
    """Label for screen readers."""
    chart: Options | None = None
    calm: bool = False
    """Whether it has large numerals, which change at most once in two seconds."""


@dataclass(frozen=True)
class Page:
    """A page's title and pieces, and the tables that it offers as CSV. `found`: False for the "not found" page."""

    title: str
    pieces: Sequence[Piece]
    tables: Sequence[Table] = field(default=())
    found: bool = True

    def table(self, key: str) -> Table | None:
        """The table with that key, or None."""
        return next((table for table in self.tables if table.key == key), None)


def lamp(status: str, frame: Frame, view: View, *, word: bool = True, title: str = "") -> Html:
    """A light: its symbol in colour and its word, which with `word=False` is only for screen readers."""
    found = frame.status[status]
    name = names.name(found, view.lang)
    mark = tag("i", found.symbol, class_="lamp", aria_hidden="true")
    spoken = tag("span", name, class_="word" if word and name != found.symbol else "away")
    return tag(
        "span", mark, spoken, class_=f"light s-{status}", title=title or (None if word else name) or None
    )


def lamp_cell(status: str, frame: Frame, view: View) -> Cell:
    """A table cell with a light."""
    return Cell(lamp(status, frame, view), names.name(frame.status[status], view.lang), "lamp-cell")


def link(view: View, path: str, *children: Child, class_: str = "", **query: str) -> Html:
    """A link to a page of the board, in the same language and theme."""
    return tag("a", *children, href=view.url(path, **query), class_=class_ or None)


def region_query(snapshot: Snapshot, region: str) -> dict[str, str]:
    """The query parameters for a region; empty for the whole city."""
    return {} if region == snapshot.city else {"region": region}


def indicator_link(light: Light, snapshot: Snapshot, view: View, *children: Child, class_: str = "") -> Html:
    """A link to the page of a light's indicator in its region."""
    query = region_query(snapshot, light.region)
    return link(view, f"/indicator/{light.indicator}", *children, class_=class_, **query)


def value(light: Light, snapshot: Snapshot, view: View) -> str:
    """A light's value with its unit, or the text for a withheld value."""
    return quantities.value(light, snapshot.frame, view.lang, hidden=snapshot.is_hidden(light))


def panel(title: str, *children: Child, hint: str = "", more: Child = None) -> Html:
    """A titled box."""
    head = tag(
        "div", tag("h2", title), tag("p", hint, class_="hint") if hint else None, more, class_="panel-head"
    )
    return tag("div", head, *children, class_="panel-in")


def facts(pairs: Sequence[tuple[str, Child]]) -> Html:
    """A description list of (term, value) pairs; pairs with an empty value are left out."""
    return tag(
        "dl",
        [tag("div", tag("dt", term), tag("dd", shown)) for term, shown in pairs if shown not in ("", None)],
        class_="facts",
    )


def light_table(key: str, title: str, lights: Sequence[Light], snapshot: Snapshot, view: View) -> Table:
    """A table of lights of one region, one indicator a row."""
    lang, frame = view.lang, snapshot.frame
    columns = [
        Column(say(lang, "indicator")),
        Column(say(lang, "status")),
        Column(say(lang, "value"), numeric=True),
        Column(say(lang, "unit"), only="csv"),
        Column(say(lang, "target"), numeric=True),
        Column(say(lang, "gap_days"), numeric=True, minor=True),
        Column(say(lang, "shortfall"), numeric=True),
        Column(say(lang, "chance"), numeric=True),
        Column(say(lang, "since"), minor=True),
        Column(say(lang, "department"), minor=True),
    ]
    rows = []
    for light in lights:
        name, department = names.name(light.about, lang), light.about.department
        gap_days, chance, since = light.pace.gap_days, light.forecast.chance, light.standing.since
        rows.append([
            Cell(indicator_link(light, snapshot, view, name), name, head=True),
            lamp_cell(light.status, frame, view),
            Cell(value(light, snapshot, view), light.figure.value, "strong"),
            Cell("", quantities.unit(light.about.unit, frame, lang)),
            Cell(quantities.goal(light, frame, lang), light.goal.target),
            Cell("" if gap_days is None else numerals.signed(gap_days, 1), gap_days),
            Cell(quantities.shortfall(light, frame, lang), light.goal.shortfall),
            Cell("" if chance is None else numerals.share(chance), chance),
            Cell(numerals.day(since, lang), since, "tight"),
            Cell(names.department(department, frame, lang), department, "office"),
        ])  # fmt: skip
    return Table(key, title, columns, rows)
