"""县区: the page of one county: its rank, all actions, and what changed this week."""

from __future__ import annotations

from dashboards.web import names
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.frame import Region
from dashboards.web.model.light import worst_first
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.pages import changes, tally
from dashboards.web.pages.switch import chips
from dashboards.web.parts import Page, Piece, lamp, light_table, link, region_query
from dashboards.web.tables import html as table_html
from dashboards.web.texts import say


def page(snapshot: Snapshot, view: View, region: Region) -> Page:
    """The page of a region: a county or the city."""
    lang = view.lang
    lights = worst_first(snapshot.of_region(region.code))
    table = light_table("indicators", say(lang, "indicators"), lights, snapshot, view)
    here = [change for change in snapshot.changes if change.region == region.code]
    week = changes.table(snapshot, view, here, "this_week", placed=False)
    return Page(
        names.name(region, lang),
        [
            Piece("title", _title(snapshot, view, region), "div", "title"),
            Piece("switch", _counties(snapshot, view, region), "nav", "switch", label=say(lang, "counties")),
            Piece("standing", _standing(snapshot, view, region), "section", "panel", calm=True),
            Piece("actions", _actions(snapshot, view, region), "section", "panel spread"),
            Piece("week", table_html(week, view), "section", "panel wide"),
            Piece("table", table_html(table, view), "section", "panel wide"),
        ],
        [table, week],
    )


def attention(snapshot: Snapshot) -> dict[str, int]:
    """County → number of its lights that need attention."""
    found = {county.code: 0 for county in snapshot.frame.counties}
    for light in snapshot.lights:
        if light.region in found and light.needs_attention:
            found[light.region] += 1
    return found


def rank(snapshot: Snapshot, region: str) -> tuple[int, int]:
    """(rank, number of counties). Rank 1 has the fewest lights that need attention; ties share the better rank."""
    counts = attention(snapshot)
    return 1 + sum(count < counts[region] for count in counts.values()), len(counts)


def _title(snapshot: Snapshot, view: View, region: Region) -> Html:
    return tag(
        "div",
        tag("p", say(view.lang, "counties"), class_="over"),
        tag("h1", names.name(region, view.lang)),
    )


def _counties(snapshot: Snapshot, view: View, here: Region) -> Html:
    return chips(
        [(each, view.url(f"/county/{each.code}")) for each in snapshot.frame.regions], here.code, view
    )


def _standing(snapshot: Snapshot, view: View, region: Region) -> Html:
    lang = view.lang
    counts = tally.counts(snapshot, region.code)
    items = [
        tag(
            "li",
            tag("b", str(counts[status.status]), class_="big"),
            lamp(status.status, snapshot.frame, view),
            class_="tally-item",
        )
        for status in snapshot.frame.statuses
        if counts[status.status] and status.rank
    ]
    ranked = None
    if region.kind != "city":
        place, of = rank(snapshot, region.code)
        ranked = tag(
            "p",
            tag("b", say(lang, "rank_of", rank=place, of=of)),
            tag("span", say(lang, "rank_rule"), class_="hint"),
            class_="ranked",
        )
    return tag(
        "div",
        tag("div", tag("h2", say(lang, "by_status")), class_="panel-head"),
        ranked,
        tag("ul", items, class_="tally-list small"),
    )


def _actions(snapshot: Snapshot, view: View, region: Region) -> Html:
    query = region_query(snapshot, region.code)
    items = []
    for action in snapshot.frame.actions:
        each = snapshot.by_action.get((action.action, region.code))
        light = lamp(each.status, snapshot.frame, view) if each else None
        name = tag("span", tag("b", str(action.action), class_="no"), names.short_action(action, view.lang))
        items.append(tag("li", link(view, f"/action/{action.action}", name, light, **query)))
    return tag(
        "div",
        tag("div", tag("h2", say(view.lang, "all_actions")), class_="panel-head"),
        tag("ol", items, class_="action-list"),
    )
