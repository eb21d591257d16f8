"""An indicator's year: the heading of its chart, every day for the CSV, and the state at the end of each month."""

from __future__ import annotations

from dashboards.web import numerals, quantities, sentences
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.course import Course, Day
from dashboards.web.model.light import Light
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.parts import lamp
from dashboards.web.tables import Cell, Column, Table, csv_link
from dashboards.web.texts import say


def head(view: View, course: Course, days: Table, unit: str) -> Html:
    """The heading above the chart."""
    title = tag(
        "div",
        tag("h2", say(view.lang, "course")),
        tag("p", unit, class_="hint"),
        csv_link(days, view),
        class_="panel-head",
    )
    if not course.of_cohort:
        return title
    return tag("div", title, tag("p", say(view.lang, "cohort_hint"), class_="hint"))


def days_table(view: View, course: Course, unit: str) -> Table:
    """Every day of the course, for the CSV."""
    cohort = ["cohort"] if course.of_cohort else []
    keys = (
        "date",
        "period",
        "value",
        "unit",
        "numerator",
        "denominator",
        *cohort,
        "target",
        "expected",
        "status",
        "why",
    )
    rows = []
    for day in course.days:
        by_now = [day.cohort] if course.of_cohort else []
        raws = (
            day.day, day.period, day.value, unit, day.numerator, day.denominator, *by_now, day.target, day.expected,
            day.status, sentences.because(day, view.lang),
        )  # fmt: skip
        rows.append([Cell("", raw) for raw in raws])
    return Table("days", say(view.lang, "course"), [Column(say(view.lang, key)) for key in keys], rows)


def closing(course: Course) -> list[tuple[str, Day]]:
    """(period, last known day) for each period of the course; for a yearly indicator, for each month."""
    last: dict[str, Day] = {}
    for day in course.days:
        yearly = len(day.period) == 4 or not day.period
        last[f"{day.day:%Y-%m}" if yearly else day.period] = day
    return list(last.items())


def months_table(snapshot: Snapshot, view: View, course: Course, light: Light) -> Table:
    """A table of the state at the end of each month or quarter."""
    lang, frame, about = view.lang, snapshot.frame, light.about
    columns = [
        Column(say(lang, "period")),
        Column(say(lang, "value"), numeric=True),
        Column(say(lang, "unit"), only="csv"),
        *([Column(say(lang, "cohort"), numeric=True)] if course.of_cohort else []),
        Column(say(lang, "target"), numeric=True),
        Column(say(lang, "status")),
    ]
    unit, periods = quantities.unit(about.unit, frame, lang), closing(course)
    rows = [
        [
            Cell(numerals.month(period, lang), period, head=True),
            Cell(quantities.measured(day.value, about.unit, frame, lang, about.decimals), day.value),
            Cell("", unit),
            *([Cell(numerals.amount(day.cohort, about.decimals), day.cohort)] if course.of_cohort else []),
            Cell(numerals.amount(day.target, about.decimals), day.target),
            Cell(lamp(day.status, frame, view), day.status),
        ]
        for period, day in periods
    ]
    quarterly = any("Q" in period for period, _ in periods)
    return Table("months", say(lang, "quarters" if quarterly else "months"), columns, rows)


def months(snapshot: Snapshot, view: View, course: Course, light: Light, table: Table) -> Html:
    """The state at the end of each month or quarter, as a strip."""
    lang, frame, decimals = view.lang, snapshot.frame, light.about.decimals
    items = []
    for period, day in closing(course):
        by_now = None
        if course.of_cohort:
            by_now = tag("span", say(lang, "by_now", n=numerals.amount(day.cohort, decimals)), class_="hint")
        items.append(
            tag(
                "li",
                tag("span", numerals.month(period, lang), class_="over"),
                tag("b", numerals.amount(day.value, decimals)),
                by_now,
                lamp(day.status, frame, view),
                class_=f"s-{day.status}",
            )
        )
    title = tag(
        "div",
        tag("h2", table.title),
        tag("p", quantities.unit(light.about.unit, frame, lang), class_="hint"),
        csv_link(table, view),
        class_="panel-head",
    )
    return tag("div", title, tag("ol", items, class_="strip"))
