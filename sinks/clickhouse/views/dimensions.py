"""The catalogue as views of literal rows: plan, regions, indicators, their terms."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from pulse.lights.aim import meaningful
from pulse.lights.statuses import STATUSES
from schemas.catalogue.links import KINDS, links
from schemas.catalogue.model import (
    Average,
    Catalogue,
    Count,
    Coverage,
    Formula,
    Indicator,
    Online,
    PerPlace,
    Ratio,
    Reference,
)
from schemas.regions import Regions
from sinks.clickhouse.views.view import View

Clock = Literal["wall", "stream"] | date
"""What `now` is: the present, the stream's own time, or the stream's time but not past the end of a given day."""
Value = str | int | bool | date | Decimal | tuple[str, ...] | None


class Dimension(NamedTuple):
    """A view of literal rows."""

    name: str
    structure: str
    """Column names and types, as ClickHouse's `values` table function takes them."""
    rows: Sequence[tuple[Value, ...]]

    def view(self) -> View:
        """The view of its rows."""
        return View(self.name, self.select())

    def select(self) -> str:
        """The query that gives its rows."""
        names = ", ".join(column.split()[0] for column in self.structure.split(", "))
        if not self.rows:
            return f"SELECT {names} FROM null('{self.structure}')"
        rows = ",\n    ".join(f"({', '.join(map(literal, row))})" for row in self.rows)
        return f"SELECT {names} FROM values(\n    '{self.structure}',\n    {rows}\n)"

    def only(self, keys: Collection[str]) -> Dimension:
        """Only the rows that begin with one of these keys."""
        return self._replace(rows=[row for row in self.rows if row[0] in keys])


class Term(NamedTuple):
    """A measure's part in an indicator.

    `role`: numerator, denominator and divisor are summed by region. So is `cohort`: a numerator that is a
    cohort, as known by now. `reference` is read at exactly its region. `place` is a roster of places, `need`
    what each of its places must have at least `at_least` of, and `amount` is summed over the roster's places.
    `device` is a roster of devices and `heartbeat` what they send. `window` is the period that a count is
    read over; if it is empty, from the beginning.
    """

    role: str
    measure: str
    window: str = ""
    at_least: int = 1


def dimensions(catalogue: Catalogue, regions: Regions) -> list[Dimension]:
    """All views of literal rows, in an order in which they can be made."""
    return [
        Dimension(
            "plan",
            "id String, zh String, en String, zone String, start Date32, due Date32, city String",
            [(
                catalogue.plan.id, catalogue.plan.name.zh, catalogue.plan.name.en, regions.zone,
                catalogue.plan.start, catalogue.plan.due, regions.code,
            )],
        ),
        Dimension(
            "regions",
            "code String, level String, zh String, en String, kind String, in_every_county Bool",
            list(_regions(catalogue, regions)),
        ),
        Dimension(
            "indicators",
            "indicator String, position UInt16, action UInt8, zh String, en String, sentence String, kind String, "
            "department String, department_zh String, unit String, formula String, scale Float64, "
            "reference_scale Float64, fixed Nullable(Int64), level String, cadence String, decimals UInt8, "
            "target_op String, target Nullable(Float64), tolerance Nullable(Float64), due Nullable(Date32), note String, "
            "of_cohort Bool",
            [_indicator(n, catalogue, indicator) for n, indicator in enumerate(catalogue.indicators)],
        ),
        Dimension(
            "terms",
            "indicator String, role String, measure String, window String, at_least Int64, counties Bool",
            [
                (indicator.id, term.role, term.measure, term.window, term.at_least, by_county(indicator.formula))
                for indicator in catalogue.indicators
                for term in terms(catalogue, indicator)
            ],
        ),
        Dimension(
            "meant",
            "indicator String, regions String",
            [(each.id, ",".join(meaningful(catalogue, regions, each))) for each in catalogue.indicators],
        ),
        Dimension(
            "measures",
            "measure String, topic String, reducer String, zh String, en String, unit String, scale Int64",
            [
                (key, m.topic, m.reducer, m.name.zh, m.name.en, m.unit, m.scale)
                for key, m in catalogue.counted.items()
            ],
        ),
        Dimension(
            "departments",
            "department String, position UInt16, zh String, en String, silent_after UInt16",
            [
                (key, n, department.name.zh, department.name.en, department.silent_after)
                for n, (key, department) in enumerate(catalogue.departments.items())
            ],
        ),
        Dimension(
            "statuses",
            "status String, rank UInt8, zh String, en String, symbol String, color String, color_dark String",
            STATUSES,
        ),
        Dimension(
            "rosters",
            "measure String, kind String",
            [
                (key, catalogue.measures[key].name.zh)
                for key in dict.fromkeys(
                    term.measure
                    for indicator in catalogue.indicators
                    for term in terms(catalogue, indicator)
                    if term.role == "place"
                )
            ],
        ),
        Dimension(
            "roster_types",
            "type String",
            [
                (event_type,)
                for event_type in sorted({
                    feed.type
                    for indicator in catalogue.indicators
                    for term in terms(catalogue, indicator)
                    if term.role == "place"
                    for feed in catalogue.measures[term.measure].feeds
                })
            ],
        ),
        Dimension(
            "links",
            "measure String, needs String, home String, level Bool, period String, counties Bool, "
            "indicators Array(String), types Array(String)",
            [
                (each.measure, each.needs, each.home, each.level, each.period, each.counties, each.indicators, each.types)
                for each in links(catalogue)
            ],
        ),
        Dimension("orphan_kinds", "kind String, zh String, en String", KINDS),
        Dimension(
            "actions",
            "action UInt8, zh String, en String",
            [(action.no, action.name.zh, action.name.en) for action in catalogue.actions],
        ),
    ]  # fmt: skip


def by_county(formula: Formula) -> bool:
    """Whether the formula's places are the counties."""
    return isinstance(formula, Coverage) and formula.places == "counties"


def terms(catalogue: Catalogue, indicator: Indicator) -> Iterator[Term]:
    """The measures that an indicator is made of, each with its role."""

    def term(role: str, measure: str, at_least: int = 1) -> Term:
        key = catalogue.read(indicator, measure)
        windowed = catalogue.counted[key].flow and indicator.window
        return Term(role, key, windowed or "", at_least)

    if key := cohort(catalogue, indicator):
        yield Term("cohort", key, indicator.window or "")
    match indicator.formula:
        case Count(measure=measure):
            yield term("numerator", measure)
        case Ratio(numerator=numerator, denominator=denominator):
            yield term("numerator", numerator)
            yield term("denominator", denominator)
        case Average(total=total, count=count):
            yield term("numerator", total)
            yield term("denominator", count)
        case Reference(total=total, count=count, reference=reference):
            yield term("numerator", total)
            yield term("divisor", count)
            yield term("reference", reference)
        case Coverage(places=places, needs=needs):
            if places != "counties":
                yield term("place", places)
            for measure, at_least in needs.items():
                yield term("need", measure, at_least)
        case PerPlace(places=places, measure=measure):
            yield term("place", places)
            yield term("amount", measure)
        case Online(seen=seen, registered=registered):
            yield term("denominator", registered)
            yield term("device", registered)
            yield term("heartbeat", seen)


def cohort(catalogue: Catalogue, indicator: Indicator) -> str:
    """The measure of an indicator's numerator, if that is a cohort; else empty."""
    match indicator.formula:
        case Count(measure=key) | Ratio(numerator=key) | Average(total=key):
            return key if catalogue.measures[key].cohort else ""
    return ""


def _regions(catalogue: Catalogue, regions: Regions) -> Iterator[tuple[Value, ...]]:
    yield regions.code, "city", regions.zh, regions.en, "city", False
    everyone = catalogue.plan.counties == "all"
    for county in regions.counties:
        counts = everyone or county.kind == "statutory"
        yield county.code, "county", county.zh, county.en, county.kind, counts


def _indicator(position: int, catalogue: Catalogue, indicator: Indicator) -> tuple[Value, ...]:
    formula, target = indicator.formula, indicator.target
    scale = reference_scale = 1
    match formula:
        case Count(measure=key) | PerPlace(measure=key):
            scale = catalogue.measures[key].scale
        case Average(total=key):
            scale = catalogue.measures[key].scale
        case Reference(total=key, reference=other):
            scale, reference_scale = catalogue.measures[key].scale, catalogue.measures[other].scale
    return (
        indicator.id, position, indicator.action, indicator.name.zh, indicator.name.en, indicator.sentence,
        indicator.kind, indicator.department, catalogue.departments[indicator.department].name.zh, indicator.unit,
        formula.kind, scale, reference_scale, formula.of if isinstance(formula, Count) else None, indicator.level,
        indicator.cadence, indicator.decimals, target.op if target else "", target.value if target else None,
        target.tolerance if target and target.op == "~" else None, indicator.due, indicator.note,
        bool(cohort(catalogue, indicator)),
    )  # fmt: skip


def literal(value: Value) -> str:
    """A value as ClickHouse writes it in SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"'{escaped}'"
    if isinstance(value, date):
        return f"'{value.isoformat()}'"
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    return str(value)


def clock(catalogue: Catalogue, regions: Regions, source: Clock) -> View:
    """The view `clock`: `until`, up to which figures are read, and its local `day`.

    `wall`: the present. `stream`: the latest append time that was counted, for a replayed or simulated year.
    A day: as `stream`, but never past that day. The clock never leaves the plan's span, so that a plan that
    is over keeps the figures of its last day.
    """
    zone = ZoneInfo(regions.zone)
    opens = datetime.combine(catalogue.plan.start, time(), zone)
    closes = datetime.combine(catalogue.plan.due + timedelta(1), time(), zone)
    now = "now64(6, 'UTC')"
    if source != "wall":
        now = "(SELECT max(append_time) FROM positions WHERE generation = (SELECT generation FROM answering))"
    if isinstance(source, date):
        closes = min(closes, datetime.combine(source + timedelta(1), time(), zone))
    first, last = (
        f"fromUnixTimestamp64Micro({int(at.timestamp()) * 1_000_000}, 'UTC')" for at in (opens, closes)
    )
    body = (
        f"SELECT greatest({first}, least({last}, toDateTime64({now}, 6, 'UTC'))) AS until,\n"
        f"    toDate32(toTimeZone(greatest({first}, until - toIntervalMicrosecond(1)), '{regions.zone}')) AS day"
    )
    return View("clock", body, reads=() if source == "wall" else ("answering",))
