"""大屏: the overview for a screen on a wall, as sheets that turn."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dashboards.web import numerals, words
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model import LAGGING, Snapshot, heaviest_first
from dashboards.web.pages import overview
from dashboards.web.parts import Page, Piece, lamp
from dashboards.web.words import say

LINES = 10
"""Lines of the lagging list that a screen holds."""


def page(snapshot: Snapshot, view: View) -> Page:
    """Three sheets: the actions, what lags, counties against actions."""
    map_ = overview.heat_table(snapshot, view)
    return Page(
        say(view.lang, "overview"),
        [
            Piece("title", _title(snapshot, view), "div", "title"),
            Piece("cards", overview.cards(snapshot, view), "section", "sheet sheet-0", calm=True),
            Piece("lagging", _lagging(snapshot, view), "section", "sheet sheet-1"),
            Piece("heat", overview.heat(snapshot, view, map_), "section", "sheet sheet-2"),
        ],
    )


def _title(snapshot: Snapshot, view: View) -> Html:
    zone = ZoneInfo(snapshot.frame.plan.zone)
    counts = overview.counts(snapshot)
    shown = [status for status in snapshot.frame.statuses if counts[status.status] and status.rank]
    return tag(
        "div",
        tag(
            "h1",
            words.name(snapshot.frame.region[snapshot.city], view.lang),
            " ",
            tag("span", words.name(snapshot.frame.plan, view.lang), class_="plan"),
        ),
        tag(
            "ul",
            [
                tag("li", lamp(each.status, snapshot.frame, view), tag("b", str(counts[each.status])))
                for each in shown
            ],
            class_="wall-tally",
        ),
        tag("p", numerals.moment(snapshot.beat.last, zone, view.lang), class_="today"),
    )


def _lagging(snapshot: Snapshot, view: View) -> Html:
    found = heaviest_first(light for light in snapshot.lights if light.status_rank >= LAGGING)
    shown = overview.spread(found, LINES)
    more = len(found) - len(shown)
    return tag(
        "div",
        tag("h2", say(view.lang, "lagging_list")),
        tag("ol", [overview.line(light, snapshot, view) for light in shown], class_="lines")
        if found
        else tag("p", say(view.lang, "lagging_none")),
        tag("p", say(view.lang, "and_more", n=more), class_="hint") if more else None,
    )
