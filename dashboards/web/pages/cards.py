"""The plan's actions as cards, the worst first."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.web import names, quantities
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.frame import Action
from dashboards.web.model.light import ATTENTION, Light, worst_first
from dashboards.web.model.snapshot import ActionLight, Snapshot
from dashboards.web.numerals import NBSP
from dashboards.web.parts import lamp, link, value
from dashboards.web.texts import say

NAMED = 2
"""The most counties that a card names; it gives the number of the others."""

OTHERS = 4
"""The most indicators that the first card lists in addition to its worst."""

COLUMNS = (2, 3, 4, 5, 6)
"""The possible numbers of columns of the cards; the stylesheet chooses one."""


def ordered(snapshot: Snapshot) -> list[Action]:
    """Actions, worst first: by the worst light in the city, then the number of equally bad ones, then the plan's order."""

    def badness(action: Action) -> tuple[int, int, int]:
        lights = snapshot.of_action(action.action, snapshot.city)
        worst = max((light.standing.rank for light in lights), default=0)
        return (
            -worst,
            -sum(light.standing.rank == worst for light in lights) if worst >= ATTENTION else 0,
            action.action,
        )

    return sorted(snapshot.frame.actions, key=badness)


def panel(snapshot: Snapshot, view: View) -> Html:
    """One card for each action. The first, which is the worst, is enlarged so that the grid is full."""
    actions = ordered(snapshot)
    sizes = {columns: lead(len(actions), columns) for columns in COLUMNS}
    style = ";".join(f"--w{columns}:{wide};--h{columns}:{high}" for columns, (wide, high) in sizes.items())
    return tag(
        "div",
        tag("h2", say(view.lang, "seventeen", n=len(actions)), class_="over"),
        tag(
            "ol",
            [_card(action, snapshot, view, first=n == 0) for n, action in enumerate(actions)],
            class_="cards all",
            style=style,
        ),
    )


def lead(cards: int, columns: int) -> tuple[int, int]:
    """(columns, rows) that the first of `cards` cards must span so that the last row is full."""
    return ((1, 1), (2, 1), (3, 1), (2, 2), (5, 1), (3, 2))[-cards % columns]


def _card(action: Action, snapshot: Snapshot, view: View, *, first: bool) -> Html:
    lights = snapshot.of_action(action.action, snapshot.city)
    if not lights:
        return tag("li", tag("h3", names.name(action, view.lang)), class_="card")
    worst, *others = worst_first(lights)
    in_counties = (snapshot.by_action.get((action.action, county.code)) for county in snapshot.frame.counties)
    counties = [light for light in in_counties if light is not None and light.needs_attention]
    return tag(
        "li",
        link(
            view,
            f"/action/{action.action}",
            tag("h3", tag("span", str(action.action), class_="no"), names.short_action(action, view.lang)),
            lamp(worst.status, snapshot.frame, view),
            tag("p", names.name(worst.about, view.lang), class_="worst"),
            tag("p", _figure(worst, snapshot, view), class_="figure"),
            _dots(lights, snapshot, view),
            _counties(counties, snapshot, view),
            _others(others, snapshot, view) if first else None,
            class_=f"card s-{worst.status}" + (" lead" if first else ""),
        ),
    )


def _dots(lights: Sequence[Light], snapshot: Snapshot, view: View) -> Html:
    """A symbol for each of the action's indicators, the worst first."""
    dots = [
        tag(
            "i",
            snapshot.frame.status[light.status].symbol,
            class_=f"dot s-{light.status}",
            title=names.name(light.about, view.lang),
        )
        for light in sorted(lights, key=lambda light: -light.standing.rank)
    ]
    return tag("span", dots, class_="dots", aria_hidden="true")


def _others(lights: Sequence[Light], snapshot: Snapshot, view: View) -> Html | None:
    """Further indicators of the worst action, for the space in its larger card."""
    lines = [
        tag(
            "span",
            lamp(light.status, snapshot.frame, view, word=False),
            tag("span", names.name(light.about, view.lang), class_="worst"),
            tag("b", value(light, snapshot, view)),
        )
        for light in lights[:OTHERS]
    ]
    return tag("span", lines, class_="others") if lines else None


def _figure(light: Light, snapshot: Snapshot, view: View) -> Html:
    if snapshot.is_hidden(light):
        return tag("span", say(view.lang, "hidden"), class_="muted")
    goal = quantities.goal(light, snapshot.frame, view.lang, beside=True)
    return tag(
        "span",
        tag("b", value(light, snapshot, view)),
        tag("span", goal, class_="goal") if goal else None,
        class_="pair",
    )


def _counties(lights: Sequence[ActionLight], snapshot: Snapshot, view: View) -> Html | None:
    """Counties where the action needs attention: the worst by name, and their number."""
    if not lights:
        return None
    named = [
        names.name(snapshot.frame.region[light.region], view.lang)
        for light in sorted(lights, key=lambda light: -light.status_rank)[:NAMED]
    ]
    more = len(lights) - len(named)
    shown = ("、" if view.lang == "zh" else ", ").join(named)
    if more:
        shown += f"等 {len(lights)}{NBSP}县区" if view.lang == "zh" else f" +{more}"
    return tag("p", shown, class_="places")
