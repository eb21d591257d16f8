"""总览: the overview, which shows within ten seconds which actions lag and where."""

from __future__ import annotations

from dashboards.web import names
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.numerals import day
from dashboards.web.pages import cards, changes, heat, lagging, tally
from dashboards.web.parts import Page, Piece
from dashboards.web.texts import say


def page(snapshot: Snapshot, view: View) -> Page:
    """The city's actions as cards, the lagging indicators, the map of counties × actions, and recent changes."""
    lags, map_ = lagging.table(snapshot, view), heat.table(snapshot, view)
    today = [change for change in snapshot.changes if change.day == snapshot.stream.day]
    changed = changes.table(snapshot, view, today)
    return Page(
        say(view.lang, "overview"),
        [
            Piece("title", _title(snapshot, view), "div", "title"),
            Piece("tally", tally.panel(snapshot, view), "section", "tally", calm=True),
            Piece("cards", cards.panel(snapshot, view), "section", "cards-panel", calm=True),
            Piece("lagging", lagging.panel(snapshot, view, lags), "section", "panel lagging"),
            Piece("heat", heat.panel(snapshot, view, map_), "section", "panel heat"),
            Piece("changes", changes.panel(snapshot, view, changed), "section", "panel changes"),
        ],
        [lags, map_, changed, tally.table(snapshot, view)],
    )


def _title(snapshot: Snapshot, view: View) -> Html:
    plan, today = snapshot.frame.plan, snapshot.stream.day
    gone, whole = (today - plan.start).days + 1, (plan.due - plan.start).days + 1
    return tag(
        "div",
        tag("h1", names.name(plan, view.lang)),
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
