"""The page of one indicator in one region: value, target, pace, forecast, months, counties, and why it has its light."""

from __future__ import annotations

from dashboards.web import charts, names, numerals, quantities, sentences
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.course import Course
from dashboards.web.model.light import Light
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.pages import figures, ranking, year
from dashboards.web.pages.switch import regions
from dashboards.web.parts import Page, Piece, facts, lamp, link, panel
from dashboards.web.tables import titled
from dashboards.web.texts import known, say
from dashboards.web.theme import PALETTES


def page(snapshot: Snapshot, view: View, light: Light, course: Course) -> Page:
    """The page of the light's indicator in its region, with its course."""
    lang, frame = view.lang, snapshot.frame
    title = names.name(light.about, lang)
    unit = quantities.unit(light.about.unit, frame, lang)
    months, days = year.months_table(snapshot, view, course, light), year.days_table(view, course, unit)
    counties = ranking.table(snapshot, view, light)
    known = frozenset(each.region for each in snapshot.of_indicator(light.indicator))
    pieces = [
        Piece("title", _title(snapshot, view, light), "div", "title"),
        Piece(
            "switch",
            regions(snapshot, view, light.region, known),
            "nav",
            "switch",
            label=say(lang, "counties"),
        ),
        Piece("hero", _hero(snapshot, view, light), "section", "panel hero", calm=True),
        Piece("why", _why(snapshot, view, light, course), "section", "panel why"),
    ]
    if course.days:
        pieces += [
            Piece("course", year.head(view, course, days, unit), "section", "panel course"),
            Piece(
                "chart",
                class_="chart",
                label=say(lang, "course_label", title=title),
                chart=charts.course(course, light, frame.plan, view, PALETTES[view.theme]),
            ),
            Piece(
                "months", year.months(snapshot, view, course, light, months), "section", "panel wide months"
            ),
        ]
    pieces += [
        Piece("facts", figures.panel(snapshot, view, light), "section", "panel"),
        Piece("sentence", _sentence(view, light), "section", "panel"),
    ]
    if len(known) > 1:
        pieces.append(Piece("counties", titled(counties, view), "section", "panel wide"))
    return Page(f"{title} · {names.name(light.region_name, lang)}", pieces, [months, counties, days])


def _title(snapshot: Snapshot, view: View, light: Light) -> Html:
    action = snapshot.frame.action[light.about.action]
    return tag(
        "div",
        tag(
            "p",
            link(view, f"/action/{action.action}", f"{action.action} {names.name(action, view.lang)}"),
            class_="over",
        ),
        tag("h1", f"{names.name(light.about, view.lang)} · {names.name(light.region_name, view.lang)}"),
    )


def _hero(snapshot: Snapshot, view: View, light: Light) -> Html:
    lang, frame = view.lang, snapshot.frame
    shown = numerals.amount(light.figure.value, light.about.decimals)
    unit = "" if light.figure.value is None else quantities.unit(light.about.unit, frame, lang, shown)
    if snapshot.is_hidden(light):
        shown, unit = say(lang, "hidden"), ""
    return tag(
        "div",
        tag("h2", say(lang, "value"), class_="away"),
        tag("p", tag("b", shown, class_="huge"), tag("span", unit, class_="unit"), class_="heroic"),
        tag(
            "p",
            lamp(light.status, frame, view),
            tag("span", sentences.tempo(light, lang), class_="tempo"),
            tag("span", f"{say(lang, 'since')} {numerals.day(light.standing.since, lang)}", class_="muted"),
            class_="standing",
        ),
        facts(_aim(snapshot, view, light)),
    )


def _aim(snapshot: Snapshot, view: View, light: Light) -> list[tuple[str, str]]:
    """Target, due date and chance; without a target, the reason for that and the trend."""
    lang, direction = view.lang, light.trend.direction
    if light.goal.target is not None:
        return [
            (say(lang, "target"), quantities.goal(light, snapshot.frame, lang)),
            (say(lang, "due"), numerals.day(light.goal.due, lang)),
            (say(lang, "chance"), sentences.outlook(light, lang)),
        ]
    none = say(lang, "monitor" if light.about.kind == "monitor" else "unallocated")
    return [(say(lang, "target"), none), (say(lang, "trend"), known(lang, direction) or direction)]


def _why(snapshot: Snapshot, view: View, light: Light, course: Course) -> Html:
    lang = view.lang
    reason, short = say(lang, "hidden"), ""
    if not snapshot.is_hidden(light):
        short = sentences.short_of(light, snapshot.frame, lang)
        if course.days:
            reason = sentences.because(course.days[-1], lang)
    return panel(
        say(lang, "why"),
        tag("p", numerals.unbroken(reason), class_="because"),
        tag("p", short, class_="missing") if short else None,
    )


def _sentence(view: View, light: Light) -> Html:
    return panel(say(view.lang, "sentence"), tag("blockquote", light.about.sentence, lang="zh-CN"))
