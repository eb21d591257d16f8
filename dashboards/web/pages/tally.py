"""The number of the city's indicators with each status."""

from __future__ import annotations

from dashboards.web import names
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.light import ATTENTION
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.parts import lamp
from dashboards.web.tables import Cell, Column, Table
from dashboards.web.texts import say


def counts(snapshot: Snapshot, region: str) -> dict[str, int]:
    """Status → number of the region's indicators with it."""
    found = dict.fromkeys((status.status for status in snapshot.frame.statuses), 0)
    for light in snapshot.of_region(region):
        found[light.status] += 1
    return found


def panel(snapshot: Snapshot, view: View) -> Html:
    """A large number for each status that occurs or would need attention, and a bar with their shares."""
    found = counts(snapshot, snapshot.city)
    shown = [status for status in snapshot.frame.statuses if found[status.status] or status.rank >= ATTENTION]
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
                tag("i", class_=f"s-{status.status}", style=f"flex:{found[status.status]}")
                for status in shown
                if found[status.status]
            ],
            class_="bar",
            aria_hidden="true",
        ),
    )


def table(snapshot: Snapshot, view: View) -> Table:
    """The numbers as a table, without statuses that do not occur."""
    found = counts(snapshot, snapshot.city)
    columns = [Column(say(view.lang, "status")), Column(say(view.lang, "indicators"), numeric=True)]
    rows = []
    for status in snapshot.frame.statuses:
        name, number = names.name(status, view.lang), found[status.status]
        if number:
            rows.append([Cell(name, name, head=True), Cell(str(number), number)])
    return Table("statuses", say(view.lang, "by_status"), columns, rows)
