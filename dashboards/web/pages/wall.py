"""大屏: the overview for a wall screen, as sheets that are shown in turn."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dashboards.web import names, numerals
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.pages import cards, heat, lagging, tally
from dashboards.web.parts import Page, Piece, lamp
from dashboards.web.texts import say

LINES = 10
"""The most lines of the lagging list that fit on the screen."""


def page(snapshot: Snapshot, view: View) -> Page:
    """Three sheets: the actions, the lagging indicators, the map of counties × actions."""
    map_ = heat.table(snapshot, view)
    return Page(
        say(view.lang, "overview"),
        [
            Piece("title", _title(snapshot, view), "div", "title"),
            Piece("cards", cards.panel(snapshot, view), "section", "sheet sheet-0", calm=True),
            Piece("lagging", _lagging(snapshot, view), "section", "sheet sheet-1"),
            Piece("heat", heat.panel(snapshot, view, map_), "section", "sheet sheet-2"),
        ],
    )


def _title(snapshot: Snapshot, view: View) -> Html:
    zone = ZoneInfo(snapshot.frame.plan.zone)
    counts = tally.counts(snapshot, snapshot.city)
    shown = [status for status in snapshot.frame.statuses if counts[status.status] and status.rank]
    return tag(
        "div",
        tag(
            "h1",
            names.name(snapshot.frame.region[snapshot.city], view.lang),
            " ",
            tag("span", names.name(snapshot.frame.plan, view.lang), class_="plan"),
        ),
        tag(
            "ul",
            [
                tag("li", lamp(each.status, snapshot.frame, view), tag("b", str(counts[each.status])))
                for each in shown
            ],
            class_="wall-tally",
        ),
        tag("p", numerals.moment(snapshot.stream.last, zone, view.lang), class_="today"),
    )


def _lagging(snapshot: Snapshot, view: View) -> Html:
    found = lagging.lights(snapshot)
    shown = lagging.spread(found, LINES)
    more = len(found) - len(shown)
    return tag(
        "div",
        tag("h2", say(view.lang, "lagging_list")),
        lagging.lines(shown, snapshot, view) if found else tag("p", say(view.lang, "lagging_none")),
        tag("p", say(view.lang, "and_more", n=more), class_="hint") if more else None,
    )
