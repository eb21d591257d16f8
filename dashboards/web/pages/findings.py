"""What departments must fix although nothing was refused: orphans, and records with two contents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from dashboards.web import names, numerals
from dashboards.web.address import View
from dashboards.web.markup import Html, join, tag
from dashboards.web.model.findings import Findings
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.parts import link
from dashboards.web.tables import Cell, Column, Table
from dashboards.web.texts import say
from schemas.conflicts import RESTARTS, Conflict
from schemas.orphans import Orphaned, Sample

SAMPLES = 5
"""The most samples of orphans in a row."""


def orphans_table(snapshot: Snapshot, view: View, found: Findings) -> Table:
    """A table with one row for each measure and kind of orphan, over all counties, most events first."""
    lang = view.lang
    columns = [
        Column(say(lang, "department")), Column(say(lang, "events"), numeric=True), Column(say(lang, "cause")),
        Column(say(lang, "missing")), Column(say(lang, "would_move")), Column(say(lang, "samples")),
    ]  # fmt: skip
    groups = [
        list(alike)
        for _, alike in groupby(found.orphans, key=lambda each: (each.department, each.measure, each.kind))
    ]
    groups.sort(key=lambda alike: -sum(each.events for each in alike))
    rows = [_orphans(snapshot, view, alike, found.least) for alike in groups]
    return Table(
        "orphans", say(lang, "orphans"), columns, rows, hint=say(lang, "orphans_hint"),
        empty=say(lang, "no_orphans"), class_="stack",
    )  # fmt: skip


def _orphans(snapshot: Snapshot, view: View, alike: Sequence[Orphaned], least: int) -> list[Cell]:
    lang, one = view.lang, alike[0]
    events = sum(each.events for each in alike)
    few = events < least
    shown = say(lang, "fewer_than", n=least) if few else numerals.amount(events)
    samples = sorted((sample for each in alike for sample in each.samples), reverse=True)[:SAMPLES]
    name = names.department(one.department, snapshot.frame, lang)
    kind = one.kind_zh if lang == "zh" else one.kind_en
    return [
        Cell(name, one.department, head=True),
        Cell(shown, None if few else events, "strong"),
        Cell(kind, one.kind, "prose"),
        Cell(_missing(one, view), ", ".join(one.types), "prose"),
        Cell(_indicators(snapshot, view, one), ", ".join(one.indicators), "prose"),
        Cell(
            _samples(snapshot, view, samples),
            "; ".join(each.place for each in samples if each.place),
            "place",
        ),
    ]


def _missing(one: Orphaned, view: View) -> str:
    if not one.types:
        return say(view.lang, "a_county")
    needs = one.kind.split("-")[0]
    return say(view.lang, f"{needs}_of", types=", ".join(one.types))


def _indicators(snapshot: Snapshot, view: View, one: Orphaned) -> Html:
    """The names of the indicators, each with a link to its page."""
    links = []
    for indicator in one.indicators:
        light = snapshot.light.get((indicator, snapshot.city))
        name = indicator if light is None else names.name(light.about, view.lang)
        links.append(link(view, f"/indicator/{indicator}", name))
    return tag("div", [tag("div", each) for each in links])


def _samples(snapshot: Snapshot, view: View, samples: Sequence[Sample]) -> Html:
    if not samples:
        return Html("")
    zone, year = ZoneInfo(snapshot.frame.plan.zone), snapshot.frame.plan.start.year
    lines = [
        tag(
            "div",
            tag("code", sample.subject), " ", numerals.moment(sample.time, zone, view.lang, year), " ",
            " ".join(filter(None, (sample.id, sample.source, sample.region, sample.place))),
        )
        for sample in samples
    ]  # fmt: skip
    return tag("details", tag("summary", say(view.lang, "show")), lines)


def conflicts_table(snapshot: Snapshot, view: View, found: Findings) -> Table:
    """A table with one row for each record and revision that is in conflict."""
    lang = view.lang
    zone, year = ZoneInfo(snapshot.frame.plan.zone), snapshot.frame.plan.start.year
    columns = [
        Column(say(lang, "department")), Column(say(lang, "record")), Column(say(lang, "revision"), numeric=True),
        Column(say(lang, "contents")), Column(say(lang, "latest"), minor=True),
    ]  # fmt: skip
    rows = []
    for each in found.conflicts:
        latest = datetime.fromtimestamp(each.latest / 1000, UTC)
        rows.append([
            Cell(names.department(each.department, snapshot.frame, lang), each.department, head=True),
            Cell(_record(each), f"{each.source} {each.id}", "place"),
            Cell(str(each.revision), each.revision),
            Cell(_contents(each, view), "; ".join(each.places), "place"),
            Cell(numerals.moment(latest, zone, lang, year), latest, "when"),
        ])  # fmt: skip
    return Table(
        "conflicts", say(lang, "conflicts"), columns, rows, hint=say(lang, "conflicts_hint"),
        empty=say(lang, "not_public" if found.least else "no_conflicts"), class_="stack",
    )  # fmt: skip


def _record(each: Conflict) -> Html:
    return tag("div", [tag("div", text) for text in (each.type, each.id, each.source, each.subject)])


def _contents(each: Conflict, view: View) -> Html:
    lines = []
    for n, place in enumerate(each.places):
        content = "  ".join(f"{differs.field} {differs.values[n]}" for differs in each.differs)
        line = join(place, ": ", content)
        lines.append(tag("div", tag("strong", line) if n == each.stands else line))
    if each.stands is None:
        lines.append(tag("div", say(view.lang, "settled")))
    if each.restarts:
        lines.append(tag("div", RESTARTS[view.lang != "zh"], class_="prose"))
    return tag("div", lines)
