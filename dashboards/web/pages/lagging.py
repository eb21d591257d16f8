"""The lights that need attention, worst first: as a list in plain words and as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dashboards.web import names, quantities, sentences
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.light import Light, heaviest_first
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.parts import indicator_link, lamp
from dashboards.web.tables import Cell, Column, Table, csv_link
from dashboards.web.texts import say

LISTED = 12
"""The most lines of the list that are shown."""

ALIKE = 3
"""The most lines of the list for one indicator."""


def lights(snapshot: Snapshot) -> list[Light]:
    """All lights that need attention, in the order of `heaviest_first`."""
    return heaviest_first(light for light in snapshot.lights if light.needs_attention)


def table(snapshot: Snapshot, view: View) -> Table:
    """All lights that need attention, one a row."""
    lang, frame = view.lang, snapshot.frame
    columns = [
        Column(say(lang, "status")),
        Column(say(lang, "county")),
        Column(say(lang, "indicator")),
        Column(say(lang, "value"), numeric=True),
        Column(say(lang, "unit")),
        Column(say(lang, "target"), numeric=True),
        Column(say(lang, "behind"), numeric=True),
        Column(say(lang, "shortfall"), numeric=True),
        Column(say(lang, "days_left"), numeric=True),
        Column(say(lang, "department")),
    ]
    rows = []
    for light in lights(snapshot):
        region, indicator = names.name(light.region_name, lang), names.name(light.about, lang)
        rows.append([
            Cell(lamp(light.status, frame, view), names.name(frame.status[light.status], lang)),
            Cell(region, region),
            Cell(indicator, indicator),
            Cell("", light.figure.value),
            Cell("", quantities.unit(light.about.unit, frame, lang)),
            Cell("", light.goal.target),
            Cell("", light.pace.behind),
            Cell("", light.goal.shortfall),
            Cell("", light.goal.days_left),
            Cell("", names.department(light.about.department, frame, lang)),
        ])  # fmt: skip
    return Table("lagging", say(lang, "lagging_list"), columns, rows, empty=say(lang, "lagging_none"))


def panel(snapshot: Snapshot, view: View, table: Table) -> Html:
    """The first lines of the list, and how many more there are."""
    found = lights(snapshot)
    shown = spread(found, LISTED)
    more = len(found) - len(shown)
    return tag(
        "div",
        tag("div", tag("h2", table.title), csv_link(table, view) if found else None, class_="panel-head"),
        lines(shown, snapshot, view) if found else tag("p", table.empty, class_="empty"),
        tag("p", say(view.lang, "and_more", n=more), class_="hint") if more else None,
    )


def spread(lights: Sequence[Light], most: int) -> list[Light]:
    """The first `most` lights, with at most ALIKE for one indicator: one that lags everywhere must not hide the others."""
    taken = Counter[str]()
    kept = []
    for light in lights:
        taken[light.indicator] += 1
        if taken[light.indicator] <= ALIKE:
            kept.append(light)
    return kept[:most]


def lines(lights: Sequence[Light], snapshot: Snapshot, view: View) -> Html:
    """Lights as lines in plain words."""
    return tag("ol", [_line(light, snapshot, view) for light in lights], class_="lines")


def _line(light: Light, snapshot: Snapshot, view: View) -> Html:
    lang, frame = view.lang, snapshot.frame
    if snapshot.is_hidden(light):
        what, rest = f"{sentences.placed(light, lang)} {say(lang, 'hidden')}", []
    else:
        what, rest = sentences.headline(light, frame, lang), sentences.particulars(light, frame, lang)
    comma = sentences.comma(lang)
    return tag(
        "li",
        lamp(light.status, frame, view),
        indicator_link(
            light,
            snapshot,
            view,
            tag("span", what, class_="what"),
            tag("span", comma, class_="away") if rest else None,
            tag("span", comma.join(rest), class_="rest"),
            class_="said",
        ),
    )
