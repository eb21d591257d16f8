"""One indicator in one region: value against target and pace, forecast, months, counties, and why this light."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dashboards.web import charts, numerals, words
from dashboards.web.address import Language, View
from dashboards.web.markup import Html, tag
from dashboards.web.model import Course, Day, Frame, Light, Snapshot
from dashboards.web.pages.switch import regions
from dashboards.web.parts import Page, Piece, facts, lamp, link, missing, panel
from dashboards.web.tables import Cell, Column, Table, body, csv_link
from dashboards.web.theme import PALETTES
from dashboards.web.words import say


def page(snapshot: Snapshot, view: View, light: Light, course: Course) -> Page:
    """The indicator in the light's region, with its course there."""
    lang, frame = view.lang, snapshot.frame
    title = words.name(light, lang)
    strip = months_table(snapshot, view, course, light)
    unit = words.unit(light.unit, frame, lang)
    counties, days = county_table(snapshot, view, light), days_table(view, course, unit)
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
            Piece("course", _course_head(view, course, days, unit), "section", "panel course"),
            Piece(
                "chart",
                class_="chart",
                label=say(lang, "course_label", title=title),
                chart=charts.course(course, light, frame.plan, view, PALETTES[view.theme]),
            ),
            Piece("months", _months(strip, view, course, light, snapshot), "section", "panel wide months"),
        ]
    pieces += [
        Piece("facts", _facts(snapshot, view, light), "section", "panel"),
        Piece("sentence", _sentence(view, light), "section", "panel"),
    ]
    if len(known) > 1:
        pieces.append(Piece("counties", _counties(counties, view), "section", "panel wide"))
    return Page(f"{title} · {words.where(light, lang)}", pieces, [strip, counties, days])


def _title(snapshot: Snapshot, view: View, light: Light) -> Html:
    action = snapshot.frame.action[light.action]
    return tag(
        "div",
        tag(
            "p",
            link(view, f"/action/{action.action}", f"{action.action} {words.name(action, view.lang)}"),
            class_="over",
        ),
        tag("h1", f"{words.name(light, view.lang)} · {words.where(light, view.lang)}"),
    )


def _hero(snapshot: Snapshot, view: View, light: Light) -> Html:
    lang, frame = view.lang, snapshot.frame
    away = (light.indicator, light.region) in snapshot.hidden
    shown = numerals.amount(light.value, light.decimals)
    if light.target is not None:
        beside = [
            (say(lang, "target"), words.goal(light, frame, lang)),
            (say(lang, "due"), numerals.day(light.due, lang)),
        ]
        beside.append((say(lang, "chance"), words.outlook(light, lang)))
    else:
        beside = [(say(lang, "target"), say(lang, "monitor" if light.kind == "monitor" else "unallocated"))]
        if light.direction:
            beside.append(
                (
                    say(lang, "trend"),
                    say(lang, light.direction) if words.knows(light.direction) else light.direction,
                )
            )
    return tag(
        "div",
        tag("h2", say(lang, "value"), class_="away"),
        tag(
            "p",
            tag(
                "b",
                say(lang, "hidden") if away else shown,
                class_="huge",
            ),
            tag(
                "span",
                "" if away or light.value is None else words.unit(light.unit, frame, lang, shown),
                class_="unit",
            ),
            class_="heroic",
        ),
        tag(
            "p",
            lamp(light.status, frame, view),
            tag("span", words.tempo(light, lang), class_="tempo"),
            tag("span", f"{say(lang, 'since')} {numerals.day(light.since, lang)}", class_="muted"),
            class_="standing",
        ),
        facts(beside),
    )


def _why(snapshot: Snapshot, view: View, light: Light, course: Course) -> Html:
    lang = view.lang
    away = (light.indicator, light.region) in snapshot.hidden
    said = words.because(course.days[-1], lang) if course.days and not away else say(lang, "hidden")
    missing_now = "" if away else words.short_of(light, snapshot.frame, lang)
    return panel(
        say(lang, "why"),
        tag("p", numerals.unbroken(said), class_="because"),
        tag("p", missing_now, class_="missing") if missing_now else None,
    )


def _sentence(view: View, light: Light) -> Html:
    return panel(say(view.lang, "sentence"), tag("blockquote", light.sentence, lang="zh-CN"))


def _facts(snapshot: Snapshot, view: View, light: Light) -> Html:
    lang, frame = view.lang, snapshot.frame
    away = (light.indicator, light.region) in snapshot.hidden
    counted = frame.counts.get(light.indicator)
    units = (counted.numerator if counted else "", counted.denominator if counted else "")
    zone = ZoneInfo(frame.plan.zone)
    digits = max(1, light.decimals)
    assurance = {"chance": "sometimes"}.get(light.assurance, light.assurance)
    known: list[tuple[str, bool, str]] = [
        ("numerator", light.formula != "count", words.measured(light.numerator, units[0], frame, lang)),
        (
            "denominator",
            light.denominator is not None and light.formula != "count",
            words.measured(light.denominator, units[1], frame, lang),
        ),
        (
            "expected",
            light.expected is not None,
            words.measured(light.expected, light.unit, frame, lang, digits),
        ),
        ("gap", light.gap is not None, numerals.signed(light.gap, digits)),
        ("shortfall", True, missing(light, frame, view)),
        ("rate28", light.rate28 is not None, numerals.amount(light.rate28, 1)),
        ("required", light.required_rate is not None, numerals.amount(light.required_rate, 1)),
        ("forecast", True, _forecast(light, frame, lang)),
        ("period", True, words.period(light, lang)),
        ("days_left", light.days_left is not None, say(lang, "n_days", n=light.days_left)),
        ("signal", words.knows(light.signal), say(lang, light.signal) if words.knows(light.signal) else ""),
        ("assurance", words.knows(assurance), say(lang, assurance) if words.knows(assurance) else ""),
        ("last_report", True, numerals.day(light.last_report, lang)),
        ("department", True, words.office(light.department, frame, lang)),
        ("as_of", True, numerals.moment(snapshot.beat.last, zone, lang)),
    ]
    pairs = [(say(lang, key), shown) for key, there, shown in known if there]
    return panel(say(lang, "figures"), tag("p", say(lang, "hidden")) if away else facts(pairs))


def _forecast(light: Light, frame: Frame, lang: Language) -> str:
    if light.p10 is None or light.p90 is None:
        return ""
    low, high = numerals.amount(light.p10, light.decimals), numerals.amount(light.p90, light.decimals)
    return f"{low} – {numerals.behind(high, words.unit(light.unit, frame, lang, high))}"


# --- The year ---


def _course_head(view: View, course: Course, days: Table, unit: str) -> Html:
    head = tag(
        "div",
        tag("h2", say(view.lang, "course")),
        tag("p", unit, class_="hint"),
        csv_link(days, view),
        class_="panel-head",
    )
    if not course.of_cohort:
        return head
    return tag("div", head, tag("p", say(view.lang, "cohort_hint"), class_="hint"))


def days_table(view: View, course: Course, unit: str) -> Table:
    """Every day of the course, for the CSV."""
    keys = (
        "date",
        "period",
        "value",
        "unit",
        "numerator",
        "denominator",
        *(["cohort"] if course.of_cohort else []),
        "target",
        "expected",
        "status",
        "why",
    )
    raws = [
        (
            d.day,
            d.period,
            d.value,
            unit,
            d.numerator,
            d.denominator,
            *([d.cohort] if course.of_cohort else []),
            d.target,
            d.expected,
            d.status,
            words.because(d, view.lang),
        )
        for d in course.days
    ]
    rows = [[Cell("", raw) for raw in row] for row in raws]
    return Table("days", say(view.lang, "course"), [Column(say(view.lang, key)) for key in keys], rows)


def closing(course: Course) -> list[tuple[str, Day]]:
    """The last known day of each of its periods; of a yearly indicator, of each month."""
    last: dict[str, Day] = {}
    for day in course.days:
        yearly = len(day.period) == 4 or not day.period
        last[f"{day.day:%Y-%m}" if yearly else day.period] = day
    return list(last.items())


def months_table(snapshot: Snapshot, view: View, course: Course, light: Light) -> Table:
    """What stood at the end of each month or quarter."""
    lang = view.lang
    columns = [
        Column(say(lang, "period")),
        Column(say(lang, "value"), numeric=True),
        Column(say(lang, "unit"), only="csv"),
        *([Column(say(lang, "cohort"), numeric=True)] if course.of_cohort else []),
        Column(say(lang, "target"), numeric=True),
    ]
    columns.append(Column(say(lang, "status")))
    unit = words.unit(light.unit, snapshot.frame, lang)
    rows = [
        [
            Cell(numerals.month(period, lang), period, head=True),
            Cell(words.measured(day.value, light.unit, snapshot.frame, lang, light.decimals), day.value),
            Cell("", unit),
            *([Cell(numerals.amount(day.cohort, light.decimals), day.cohort)] if course.of_cohort else []),
            Cell(numerals.amount(day.target, light.decimals), day.target),
            Cell(lamp(day.status, snapshot.frame, view), day.status),
        ]
        for period, day in closing(course)
    ]
    quarterly = any("Q" in period for period, _ in closing(course))
    return Table("months", say(lang, "quarters" if quarterly else "months"), columns, rows)


def _months(table: Table, view: View, course: Course, light: Light, snapshot: Snapshot) -> Html:
    cells = [
        tag(
            "li",
            tag("span", numerals.month(period, view.lang), class_="over"),
            tag("b", numerals.amount(day.value, light.decimals)),
            tag(
                "span", say(view.lang, "by_now", n=numerals.amount(day.cohort, light.decimals)), class_="hint"
            )
            if course.of_cohort
            else None,
            lamp(day.status, snapshot.frame, view),
            class_=f"s-{day.status}",
        )
        for period, day in closing(course)
    ]
    head = tag(
        "div",
        tag("h2", table.title),
        tag("p", words.unit(light.unit, snapshot.frame, view.lang), class_="hint"),
        csv_link(table, view),
        class_="panel-head",
    )
    return tag("div", head, tag("ol", cells, class_="strip"))


# --- The counties ---


def ranking(snapshot: Snapshot, indicator: str) -> list[Light]:
    """Counties, best first: by days ahead of the pace where all have one, else by value."""
    lights = [light for light in snapshot.of_indicator(indicator) if light.region != snapshot.city]
    paced = all(light.gap_days is not None for light in lights if light.value is not None)

    def standing(light: Light) -> tuple[bool, float]:
        figure = light.gap_days if paced else light.value
        return figure is None, -(figure or 0.0)

    return sorted(lights, key=standing)


def county_table(snapshot: Snapshot, view: View, light: Light) -> Table:
    """The counties with a bar each, best first."""
    lang = view.lang
    lights = ranking(snapshot, light.indicator)
    top = max((each.value or 0.0 for each in lights), default=0.0)
    top = max([top, *(each.target or 0.0 for each in lights)]) or 1.0
    columns = [
        Column(say(lang, "rank"), numeric=True),
        Column(say(lang, "county")),
        Column(say(lang, "status")),
        Column(say(lang, "value"), numeric=True),
        Column(say(lang, "unit"), only="csv"),
        Column(say(lang, "bar"), minor=True, only="page"),
        Column(say(lang, "target"), numeric=True),
        Column(say(lang, "gap_days"), numeric=True, minor=True),
        Column(say(lang, "shortfall"), numeric=True),
        Column(say(lang, "chance"), numeric=True, minor=True),
    ]
    rows, marked = [], set()
    for n, each in enumerate(lights):
        away = (each.indicator, each.region) in snapshot.hidden
        if each.region == light.region:
            marked.add(n)
        where = words.where(each, lang)
        rows.append([
            Cell("" if away or each.value is None else str(n + 1), None if away or each.value is None else n + 1),
            Cell(link(view, f"/indicator/{each.indicator}", where, region=each.region), where, head=True),
            Cell(lamp(each.status, snapshot.frame, view), each.status),
            Cell(words.value(each, snapshot.frame, lang, away=away), each.value, "strong"),
            Cell("", words.unit(each.unit, snapshot.frame, lang)),
            Cell(None if away else _bar(each, top), None, "bar-cell"),
            Cell(words.goal(each, snapshot.frame, lang), each.target),
            Cell(numerals.signed(each.gap_days, 1) if each.gap_days is not None else "", each.gap_days),
            Cell(missing(each, snapshot.frame, view), each.shortfall),
            Cell(numerals.share(each.chance) if each.chance is not None else "", each.chance),
        ])  # fmt: skip
    return Table("counties", say(lang, "by_county"), columns, rows, marked=frozenset(marked))


def _bar(light: Light, top: float) -> Html | None:
    if light.value is None:
        return None
    ticks = [
        tag("i", class_=f"tick {name}", style=f"left:{min(100.0, 100 * at / top):.1f}%")
        for name, at in (("pace", light.expected), ("goal", light.target))
        if at is not None
    ]
    filled = tag(
        "i",
        class_=f"fill s-{light.status}",
        style=f"width:{max(0.0, min(100.0, 100 * light.value / top)):.1f}%",
    )
    return tag("span", filled, ticks, class_="hbar", aria_hidden="true")


def _counties(table: Table, view: View) -> Html:
    return tag(
        "div",
        tag("div", tag("h2", table.title), csv_link(table, view), class_="panel-head"),
        body(table, view),
    )
