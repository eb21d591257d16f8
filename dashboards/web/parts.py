"""What pages are made of: the light beside its word, figures, cards, panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dashboards.web import numerals, words
from dashboards.web.address import View
from dashboards.web.markup import Child, Html, tag
from dashboards.web.model import Frame, Light
from dashboards.web.tables import Cell, Column, Table
from dashboards.web.words import say

Options = dict[str, Any]
"""An ECharts option, as JSON."""


class Piece(NamedTuple):
    """A part of a page that is renewed as a whole, and only when it has changed."""

    key: str
    html: Html = Html("")
    element: str = "section"
    class_: str = ""
    label: str = ""
    """What a screen reader says of a chart."""
    chart: Options | None = None
    calm: bool = False
    """It holds big numerals: they change at most once in two seconds."""


@dataclass(frozen=True)
class Page:
    """A page's title and pieces, and the tables that can be had as CSV."""

    title: str
    pieces: Sequence[Piece]
    tables: Sequence[Table] = field(default=())
    found: bool = True

    def table(self, key: str) -> Table | None:
        """The table of that name."""
        return next((table for table in self.tables if table.key == key), None)


def lamp(status: str, frame: Frame, view: View, *, word: bool = True, title: str = "") -> Html:
    """A light: colour and symbol, and its word beside it (or said to screen readers alone)."""
    found = frame.status[status]
    said = words.status(found, view.lang)
    mark = tag("i", found.symbol, class_="lamp", aria_hidden="true")
    spoken = tag("span", said, class_="word" if word and said != found.symbol else "away")
    return tag(
        "span", mark, spoken, class_=f"light s-{status}", title=title or (None if word else said) or None
    )


def lamp_cell(status: str, frame: Frame, view: View) -> Cell:
    """A light in a table."""
    return Cell(lamp(status, frame, view), words.status(frame.status[status], view.lang), "lamp-cell")


def link(view: View, path: str, *children: Child, class_: str = "", **query: str) -> Html:
    """A link to a page of the board, in the same language and theme."""
    return tag("a", *children, href=view.url(path, **query), class_=class_ or None)


def panel(title: str, *children: Child, hint: str = "", more: Child = None) -> Html:
    """A titled box."""
    head = tag(
        "div", tag("h2", title), tag("p", hint, class_="hint") if hint else None, more, class_="panel-head"
    )
    return tag("div", head, *children, class_="panel-in")


def facts(pairs: Sequence[tuple[str, Child]]) -> Html:
    """Terms and what they are."""
    return tag(
        "dl",
        [tag("div", tag("dt", term), tag("dd", shown)) for term, shown in pairs if shown not in ("", None)],
        class_="facts",
    )


def light_table(
    key: str, title: str, lights: Sequence[Light], frame: Frame, view: View, hidden: frozenset[tuple[str, str]], *,
    of: str = "indicator", hint: str = "",
) -> Table:  # fmt: skip
    """Lights as rows: of one region each `of` indicator, or of one indicator each region."""
    lang = view.lang
    regional = of == "region"
    first = Column(say(lang, "county" if regional else "indicator"))
    columns = [
        first,
        Column(say(lang, "status")),
        Column(say(lang, "value"), numeric=True),
        Column(say(lang, "unit"), only="csv"),
        Column(say(lang, "target"), numeric=True),
        Column(say(lang, "gap_days"), numeric=True, minor=True),
        Column(say(lang, "shortfall"), numeric=True),
        Column(say(lang, "chance"), numeric=True),
        Column(say(lang, "since"), minor=True),
        *([] if regional else [Column(say(lang, "department"), minor=True)]),
    ]
    rows = []
    for light in lights:
        away = (light.indicator, light.region) in hidden
        title_of = words.where(light, lang) if regional else words.name(light, lang)
        target = link(
            view, f"/indicator/{light.indicator}", title_of, region=light.region
        ) if light.region != frame.plan.city else link(view, f"/indicator/{light.indicator}", title_of)  # fmt: skip
        rows.append([
            Cell(target, title_of, head=True),
            lamp_cell(light.status, frame, view),
            Cell(words.value(light, frame, lang, away=away), light.value, "strong"),
            Cell("", words.unit(light.unit, frame, lang)),
            Cell(words.goal(light, frame, lang), light.target),
            Cell(numerals.signed(light.gap_days, 1) if light.gap_days is not None else "", light.gap_days),
            Cell(missing(light, frame, view), light.shortfall),
            Cell(numerals.share(light.chance) if light.chance is not None else "", light.chance),
            Cell(numerals.day(light.since, lang), light.since, "tight"),
            *([] if regional else [Cell(words.office(light.department, frame, lang), light.department, "office")]),
        ])  # fmt: skip
    return Table(key, title, columns, rows, hint=hint)


def missing(light: Light, frame: Frame, view: View) -> str:
    """How much is short of the target, in what is counted."""
    return words.pieces(light.shortfall, light, frame, view.lang) if light.shortfall else ""
