"""Changes of shown statuses."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.web import names, sentences
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.snapshot import Snapshot, StatusChange
from dashboards.web.numerals import day
from dashboards.web.parts import indicator_link, lamp
from dashboards.web.tables import Cell, Column, Table, csv_link
from dashboards.web.texts import say

SHOWN = 9
"""The most changes that the overview shows."""


def table(
    snapshot: Snapshot,
    view: View,
    changes: Sequence[StatusChange],
    title: str = "since_yesterday",
    *,
    placed: bool = True,
) -> Table:
    """A table of status changes: latest day first, then worst status first. `placed`: with the region's name."""
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
        name = sentences.placed(light, view.lang) if placed else names.name(light.about, view.lang)
        rows.append([
            Cell(day(change.day, view.lang), change.day, "tight"),
            Cell(indicator_link(light, snapshot, view, name), name, head=True),
            Cell(lamp(change.was, frame, view) if change.was in frame.status else "–", change.was),
            Cell(lamp(change.status, frame, view), change.status),
        ])  # fmt: skip
    columns = [Column(say(view.lang, key)) for key in ("date", "indicator", "was", "now")]
    return Table("changes", say(view.lang, title), columns, rows, empty=say(view.lang, "no_changes"))


def panel(snapshot: Snapshot, view: View, today: Table) -> Html:
    """Changes since yesterday, and below them earlier ones as far as there is room."""
    before = [change for change in snapshot.changes if change.day != snapshot.stream.day]
    room, more = max(0, SHOWN - len(today.rows)), max(0, len(today.rows) - SHOWN)
    older = table(snapshot, view, before).rows[:room]
    return tag(
        "div",
        tag(
            "div", tag("h2", today.title), csv_link(today, view) if today.rows else None, class_="panel-head"
        ),
        _lines(today.rows[:SHOWN]) if today.rows else tag("p", today.empty, class_="empty"),
        tag("p", say(view.lang, "and_more", n=more), class_="hint") if more else None,
        [tag("h3", say(view.lang, "this_week")), _lines(older, dated=True)] if older else None,
    )


def _lines(rows: Sequence[Sequence[Cell]], *, dated: bool = False) -> Html:
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
