"""数据: the page for departments: what was received, how late, and what was refused and why."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

from dashboards.web import names, numerals
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.findings import Findings, Refusal
from dashboards.web.model.snapshot import DepartmentFeed, Snapshot
from dashboards.web.pages.findings import conflicts_table, orphans_table
from dashboards.web.parts import Page, Piece
from dashboards.web.tables import Cell, Column, Table
from dashboards.web.tables import html as table_html
from dashboards.web.texts import say
from schemas.visible import visible


def page(snapshot: Snapshot, view: View, found: Findings) -> Page:
    """The departments' feeds, refused messages, orphans, and records published with two contents."""
    feeds, refused = feeds_table(snapshot, view), refusals_table(snapshot, view, found.refusals)
    orphans, conflicts = orphans_table(snapshot, view, found), conflicts_table(snapshot, view, found)
    return Page(
        say(view.lang, "data"),
        [
            Piece("title", tag("div", tag("h1", say(view.lang, "feeds"))), "div", "title"),
            Piece("feeds", table_html(feeds, view), "section", "panel wide"),
            Piece("refusals", table_html(refused, view), "section", "panel wide"),
            Piece("orphans", table_html(orphans, view), "section", "panel wide"),
            Piece("conflicts", table_html(conflicts, view), "section", "panel wide"),
        ],
        [feeds, refused, orphans, conflicts],
    )


def feeds_table(snapshot: Snapshot, view: View) -> Table:
    """A table with one row for each department."""
    lang = view.lang
    zone = ZoneInfo(snapshot.frame.plan.zone)
    columns = [
        Column(say(lang, "department")),
        Column(say(lang, "status")),
        Column(say(lang, "last_event")),
        Column(say(lang, "received_7d"), numeric=True),
        Column(say(lang, "usual_7d"), numeric=True, minor=True),
        Column(say(lang, "lateness"), numeric=True),
        Column(say(lang, "refused_28d"), numeric=True),
        Column(say(lang, "duplicate_28d"), numeric=True, minor=True),
        Column(say(lang, "conflict_28d"), numeric=True, minor=True),
    ]
    rows = []
    for each in snapshot.feeds:
        name = names.department(each.department, snapshot.frame, lang)
        late = (
            ""
            if each.lateness_p50_hours is None
            else f"{_hours(each.lateness_p50_hours, view)} / {_hours(each.lateness_p90_hours, view)}"
        )
        rows.append([
            Cell(name, name, head=True),
            Cell(_state(each, snapshot, view), "silent" if each.silent else "reporting"),
            Cell(numerals.moment(each.last_event, zone, lang, snapshot.frame.plan.start.year), each.last_event, "tight"),
            Cell(numerals.amount(each.received_7d), each.received_7d, "strong"),
            Cell(numerals.amount(each.usual_7d), each.usual_7d),
            Cell(late, each.lateness_p50_hours),
            Cell(numerals.amount(each.refused_28d), each.refused_28d),
            Cell(numerals.amount(each.duplicate_28d), each.duplicate_28d),
            Cell(numerals.amount(each.conflict_28d), each.conflict_28d),
        ])  # fmt: skip
    marked = frozenset(n for n, each in enumerate(snapshot.feeds) if each.silent)
    return Table("feeds", say(lang, "feeds"), columns, rows, class_="stack", marked=marked)


def _hours(hours: float | None, view: View) -> str:
    if hours is None:
        return numerals.NONE
    if hours >= 48:
        return say(view.lang, "days", n=numerals.amount(hours / 24))
    return say(view.lang, "hours", n=numerals.amount(hours, 1 if hours < 10 else 0))


def _state(each: DepartmentFeed, snapshot: Snapshot, view: View) -> Html:
    if not each.silent:
        mark = tag("i", snapshot.frame.status["on_track"].symbol, class_="lamp", aria_hidden="true")
        return tag(
            "span", mark, tag("span", say(view.lang, "reporting"), class_="word"), class_="light s-on_track"
        )
    found = snapshot.frame.status["silent"]
    text = names.name(found, view.lang)
    if each.silent_days:
        text = say(view.lang, "silent_for", n=each.silent_days)
    mark = tag("i", found.symbol, class_="lamp", aria_hidden="true")
    return tag("span", mark, tag("span", text, class_="word"), class_="light s-silent")


def refusals_table(snapshot: Snapshot, view: View, refusals: Sequence[Refusal]) -> Table:
    """A table with one row for each topic, reason and field."""
    lang = view.lang
    zone = ZoneInfo(snapshot.frame.plan.zone)
    keys = ("department", "count", "reason", "field", "expected_is", "hint", "latest", "place", "payload")
    numeric, minor = {"count"}, {"latest", "place"}
    columns = [Column(say(lang, key), numeric=key in numeric, minor=key in minor) for key in keys]
    rows = [
        [
            Cell(names.department(each.topic.split("@")[0], snapshot.frame, lang), each.topic, head=True),
            Cell(numerals.amount(each.messages), each.messages),
            Cell(each.reason, each.reason, "strong tight"),
            Cell(tag("code", each.field) if each.field else "", each.field, "tight"),
            Cell(_chinese(each.expected), each.expected, "prose"),
            Cell(_chinese(each.hint), each.hint, "prose"),
            Cell(
                numerals.moment(each.latest, zone, lang, snapshot.frame.plan.start.year), each.latest, "when"
            ),
            Cell(_breakable(each.place), each.place, "place"),
            Cell(_payload(each, view), each.payload, "payload"),
        ]
        for each in refusals
    ]
    return Table(
        "refusals",
        say(lang, "refusals"),
        columns,
        rows,
        hint=say(lang, "refusals_hint"),
        empty=say(lang, "no_refusals"),
        class_="stack",
    )


def _chinese(text: str) -> Html:
    """A hint to departments, marked as Chinese: hints are not translated."""
    return tag("span", text, lang="zh-CN") if text else Html("")


def _breakable(place: str) -> Html:
    """TOPIC/PARTITION/OFFSET with optional line breaks, for narrow columns."""
    return Html(tag("wbr").join(escape(visible(part)) for part in place.replace("/", "/\n").split("\n")))


def _payload(each: Refusal, view: View) -> Html:
    if not each.payload:
        return Html("")
    return tag("details", tag("summary", say(view.lang, "show")), tag("pre", each.payload, tabindex=0))
