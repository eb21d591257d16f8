"""The assessor: reads figures and reports from ClickHouse, has them judged, writes the lights that changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from numpy.typing import NDArray
from xxhash import xxh3_64_hexdigest

from pulse.assessor.conflicts import Conflicts
from pulse.assessor.digests import Uints, digests
from pulse.assessor.orphans import Orphans
from pulse.assessor.reports import Arrivals, spans
from pulse.assessor.rows import (
    Moment,
    assessment_row,
    fan_rows,
    light_rows,
    pivot,
    reporter_rows,
)
from pulse.errors import Stopped
from pulse.lights.aim import Aim, aim, heartbeats
from pulse.lights.assess import Lights, assess
from pulse.lights.history import Figures, Outlooks, Signals, fan, first_changed, outlooks, signals
from pulse.lights.reasons import ReasonWriter
from pulse.lights.silence import NEVER, Ints, county_silent, department_silent, last_report
from schemas.catalogue.model import Catalogue, Indicator
from schemas.regions import Regions
from schemas.registry import event_types
from sinks.clickhouse.light_columns import COLUMNS, selection
from sinks.clickhouse.views.dimensions import cohort, terms
from sinks.clickhouse.views.few import days_of

_POSITIONS = """
SELECT topic, partition, offset FROM positions FINAL
WHERE generation = (SELECT generation FROM answering) ORDER BY topic, partition
"""
_CLOCK = "SELECT generation, until, day FROM answering CROSS JOIN clock"
_MOVED = """
SELECT DISTINCT measure FROM cells WHERE generation = {generation:String} AND (
"""
_CLOSES = """
SELECT indicator, region, period, argMin(met, known_at) AS met FROM closes GROUP BY indicator, region, period
"""
_KEPT = (*Figures._fields, *Outlooks._fields, *Signals._fields)
_KNOWN = f"""
SELECT l.indicator AS indicator, l.region AS region, l.day AS day, {selection(_KEPT, "l")}, l.digest AS digest
FROM lights AS l FINAL WHERE l.generation = {{generation:String}}
"""
_METHOD = "SELECT method FROM assessments FINAL WHERE generation = {generation:String}"
TOGETHER = 4
"""Indicators whose figures are read in one query. With more of them each costs less, but a stop is noticed later."""


class LastJudged(NamedTuple):
    """The last judgement of one indicator, [region, day]: in all regions of the city where it was read from
    the table, else in the indicator's own regions."""

    figures: Figures
    outlooks: Outlooks
    signals: Signals
    digests: Uints

    def of(self, rows: Sequence[int]) -> LastJudged:
        """The same for some regions only."""
        return LastJudged(
            Figures._make(None if part is None else part[rows] for part in self.figures),
            Outlooks._make(part[rows] for part in self.outlooks),
            Signals._make(part[rows] for part in self.signals),
            self.digests[rows],
        )


class Written(NamedTuple):
    """What an assessment did."""

    indicators: int
    rows: int
    findings: int = 0
    """How many links have other orphans now, and one more if the list of conflicts changed."""


class Assessor:
    """Keeps the lights of a database up to date. One thread at a time; every method blocks.

    It remembers what it read and wrote, so that a refresh looks only at indicators whose topics moved and
    writes only rows that changed. A new one first reads from the table what is stored.
    """

    def __init__(self, catalogue: Catalogue, regions: Regions) -> None:
        self._catalogue, self._regions = catalogue, regions
        self._zone = ZoneInfo(regions.zone)
        self._arrivals = Arrivals(catalogue, regions)
        self._orphans = Orphans(catalogue)
        self._conflicts = Conflicts(event_types, regions.zone)
        self.as_of: datetime | None = None
        """The clock at the last look; None before anything was counted."""
        self._done: Moment | None = None
        self._complete = False
        self._known: dict[str, LastJudged] = {}
        self._reporters: dict[tuple[str, str], tuple[Ints, int]] = {}
        """(department, county) → the reports and the number of days that its row was last written for."""
        self._method = _method(catalogue)

    def refresh(
        self,
        client: Client,
        *,
        remember: Callable[[], bool] = lambda: False,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda judged, due: None,
    ) -> Written | None:
        """Bring the lights up to date; None where nothing moved since the last time, or nothing was ever counted.

        `remember`: asked when a period is over that is not recorded yet, whether to record how it ended. What is
        recorded stays. So it must be false while the figures are far behind Kafka, or events that are still on
        their way would be recorded as late. `stop`: asked
        between two indicators, because the first assessment of a year takes about a minute. `progress`:
        called with how many indicators are judged and how many are due, before the first and after each.

        Raises Stopped where `stop` is true: what was written is right, and the next call judges the rest.
        """
        now = self._moment(client)
        if now is None:
            return None
        self.as_of = now.until
        done = self._done
        if done is not None and now.positions == done.positions and not self._turned(now):
            put_off = self._find(client, now, stop)
            return Written(0, 0, put_off) if put_off else None
        if done is None or done.generation != now.generation:
            self._begin(client, now)
        due = self._due(client, now)
        rows = 0
        if due:
            closes = _Closes(client)
            rows = self._judge(client, now, due, closes, stop, progress)
            if closes.new and remember():
                closes.write(client, now.until)
        self._write_reporters(client, now)
        self._arrivals.write(client, now)
        _insert(client, "assessments", assessment_row(now, self._method))
        self._done, self._complete = now, self._is_complete(now)
        return Written(len(due), rows, self._find(client, now, stop))

    def _find(self, client: Client, now: Moment, stop: Callable[[], bool]) -> int:
        """Update orphans and conflicts, after the lights, which do not wait for this; returns how many changed."""
        return self._orphans.update(client, now, stop) + self._conflicts.update(client, now)

    def _write_reporters(self, client: Client, now: Moment) -> None:
        """Write who reports as of now, a row for each department and for each county reporting to it, where
        the row may have changed."""
        start, reports = self._catalogue.plan.start, self._arrivals.reports
        days = (now.day - start).days + 1
        rows: list[tuple[str, str, date | None, int, bool]] = []
        fresh: dict[tuple[str, str], tuple[Ints, int]] = {}
        for key, department in self._catalogue.departments.items():
            after = department.silent_after
            reporters = [("", reports.of(key), department_silent)]
            reporters += [(code, reports.of(key, code), county_silent) for code in self._codes[1:]]
            for county, reported, judge in reporters:
                known = self._reporters.get((key, county))
                if known is not None and known[0] is reported and known[1] == days:
                    continue
                last = int(last_report(reported, days)[-1])
                at = None if last == NEVER else start + timedelta(last)
                rows.append(
                    (key, county, at, int((reported < days).sum()), bool(judge(reported, days, after)[-1]))
                )
                fresh[key, county] = reported, days
        if rows:
            _insert(client, "hearings", reporter_rows(rows, now))
        self._reporters |= fresh

    # --- What is to be done ---

    def _moment(self, client: Client) -> Moment | None:
        positions = {(topic, part): at for topic, part, at in client.query(_POSITIONS).result_rows}
        if not positions:
            return None
        generation, until, day = client.query(_CLOCK).result_rows[0]
        return Moment(generation, positions, until.replace(tzinfo=UTC), day)

    def _turned(self, now: Moment) -> bool:
        """Whether another day has begun, the last one has ended, or another generation answers."""
        done = self._done
        return (
            done is None
            or (done.generation, done.day) != (now.generation, now.day)
            or self._is_complete(now) != self._complete
        )

    def _is_complete(self, now: Moment) -> bool:
        return now.until >= datetime.combine(now.day + timedelta(1), time(), self._zone)

    def _due(self, client: Client, now: Moment) -> list[Indicator]:
        """The indicators whose lights may have changed: a measure of theirs moved, or a report came in."""
        before = self._done.positions if self._done else {}
        reported = self._arrivals.update(client, now.positions)
        every = list(self._catalogue.indicators)
        if self._done is None or self._turned(now):
            return every
        # Cells after the position may be stored already; they are looked at again with their position.
        found = client.query(
            _MOVED + spans(before, now.positions, open_ended=True) + ")",
            parameters={"generation": now.generation},
        )
        moved = {measure for (measure,) in found.result_rows}
        return [
            each for each in every
            if any(term.measure in moved for term in terms(self._catalogue, each)) or _source(each) in reported
        ]  # fmt: skip

    def _begin(self, client: Client, now: Moment) -> None:
        """Forget what is known, and read what is stored for this generation."""
        self._done = None
        self._arrivals = Arrivals(self._catalogue, self._regions)
        self._orphans = Orphans(self._catalogue)
        self._conflicts = Conflicts(event_types, self._regions.zone)
        self._known, self._reporters = {}, {}
        where = {"generation": now.generation}
        if client.query(_METHOD, parameters=where).result_rows != [(self._method,)]:
            return  # judged by another method: everything is judged anew
        found = client.query_arrow(_KNOWN, parameters=where, use_strings=True)
        start, days = self._catalogue.plan.start, (now.day - self._catalogue.plan.start).days + 1

        def column(name: str, empty: Any) -> dict[str, NDArray[Any]]:
            return pivot(found, name, empty, start, self._codes, days)

        kept = {name: column(name, "" if COLUMNS[name].type.python is str else np.nan) for name in _KEPT}
        for indicator, its_digests in column("digest", np.uint64(0)).items():
            self._known[indicator] = LastJudged(
                Figures(*(kept[name][indicator] for name in Figures._fields)),
                Outlooks(*(kept[name][indicator] for name in Outlooks._fields)),
                Signals(*(kept[name][indicator] for name in Signals._fields)),
                its_digests,
            )

    @property
    def _codes(self) -> list[str]:
        return [self._regions.code, *(county.code for county in self._regions.counties)]

    # --- Judging ---

    def _judge(
        self,
        client: Client,
        now: Moment,
        due: Sequence[Indicator],
        closes: _Closes,
        stop: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> int:
        written = judged = 0
        progress(judged, len(due))
        for first in range(0, len(due), TOGETHER):
            few = due[first : first + TOGETHER]
            if stop():
                raise Stopped
            read = self._read(client, now, few)
            for indicator in few:
                if stop():
                    raise Stopped
                written += self._judge_one(client, now, indicator, read, closes)
                judged += 1
                progress(judged, len(due))
        return written

    def _read(
        self, client: Client, now: Moment, indicators: Sequence[Indicator]
    ) -> dict[str, dict[str, NDArray[Any]]]:
        """numerator, denominator, value, cohort → indicator → [region of the city, day]."""
        start, days = self._catalogue.plan.start, (now.day - self._catalogue.plan.start).days + 1
        query = days_of(self._catalogue, self._regions, [each.id for each in indicators])
        table = client.query_arrow(query, use_strings=True)
        return {
            name: pivot(table, name, np.nan, start, self._codes, days)
            for name in ("numerator", "denominator", "value", "cohort")
        }

    def _judge_one(
        self,
        client: Client,
        now: Moment,
        indicator: Indicator,
        read: dict[str, dict[str, NDArray[Any]]],
        closes: _Closes,
    ) -> int:
        """Judge an indicator and write the rows that changed; returns how many."""
        days, codes = (now.day - self._catalogue.plan.start).days + 1, self._codes
        judged = aim(self._catalogue, self._regions, indicator, days)
        rows = [codes.index(code) for code in judged.regions]
        names = (
            "numerator",
            "denominator",
            "value",
            *(["cohort"] if cohort(self._catalogue, indicator) else []),
        )
        figures = Figures(*(read[name][indicator.id][rows] for name in names))
        known = self._known.get(indicator.id)
        if known is not None and len(known.digests) != len(rows):
            known = known.of(rows)  # read from the table, with all regions of the city
        first = first_changed(known.figures if known else None, figures)
        ahead = outlooks(judged, figures, known.outlooks if known else None, first)
        noise = signals(judged, figures, known.signals if known else None, first)
        remembered = closes.remembered(judged)
        reports, complete = self._arrivals.reports, self._is_complete(now)
        found = assess(judged, figures, reports, remembered, ahead, noise, complete=complete)
        closes.add(found)
        fresh = digests(found)
        written = self._write(client, found, now, fresh, known.digests if known else None)
        if first < days or known is None or known.figures.value.shape[1] != days:
            self._fan(client, judged, figures, now)
        self._known[indicator.id] = LastJudged(figures, ahead, noise, fresh)
        return written

    def _write(self, client: Client, found: Lights, now: Moment, fresh: Uints, known: Uints | None) -> int:
        """Write the rows whose inputs changed."""
        before = np.zeros_like(fresh)
        if known is not None:
            width = min(known.shape[1], fresh.shape[1])
            before[:, :width] = known[:, :width]
        cells = np.argwhere(before != fresh)
        if len(cells):
            writer = ReasonWriter(found.aim, self._catalogue, self._regions)
            where = [(row, day) for row, day in cells.tolist()]
            _insert(client, "lights", light_rows(found, writer, where, fresh, now))
        return len(cells)

    def _fan(self, client: Client, aim: Aim, figures: Figures, now: Moment) -> None:
        found = fan(aim, figures)
        if found is not None:
            _insert(client, "fans", fan_rows(aim, found, now))


def _source(indicator: Indicator) -> str:
    """The source whose reports an indicator's light depends on, a key of `Reports`."""
    return heartbeats(indicator.department) if indicator.cadence == "hour" else indicator.department


def _method(catalogue: Catalogue) -> str:
    """A hash of how lights are judged: the code of `pulse.lights`, and the whole catalogue."""
    sources = sorted(
        (file.name, file.read_bytes())
        for file in files("pulse.lights").iterdir()
        if file.name.endswith(".py")
    )
    parts = [*(source for _, source in sources), catalogue.model_dump_json().encode()]
    return xxh3_64_hexdigest(b"".join(parts))


class _Closes:
    """Whether each period met its target when it was first seen closed."""

    def __init__(self, client: Client) -> None:
        found = client.query(_CLOSES).result_rows
        self._met = {(indicator, region, period): bool(met) for indicator, region, period, met in found}
        self.new: list[tuple[Any, ...]] = []
        """Rows that are not written yet."""

    def remembered(self, aim: Aim) -> NDArray[np.bool_]:
        """Whether each period was short then, [region, period]; false where that is not known."""
        name = aim.indicator.id
        return np.array(
            [
                [not self._met.get((name, code, period), True) for period in aim.periods.names]
                for code in aim.regions
            ]
        )

    def add(self, found: Lights) -> None:
        """Remember the periods that are closed now."""
        aim, over = found.aim, int(found.closed.last[-1])
        for number in range(over + 1):
            day = int(aim.periods.last[number])
            for row, code in enumerate(aim.regions):
                value, target = float(found.figures.value[row, day]), float(aim.target.values[row])
                key = (aim.indicator.id, code, aim.periods.names[number])
                if key in self._met or np.isnan(value) or np.isnan(target):
                    continue
                met = not bool(found.closed.short[row, number])
                self.new.append((*key, aim.start + timedelta(day), value, target, met))

    def write(self, client: Client, known_at: datetime) -> None:
        """Write what is new."""
        names = ["indicator", "region", "period", "day", "value", "target", "met", "known_at"]
        client.insert("closes", [(*row, known_at) for row in self.new], column_names=names)


def _insert(client: Client, table: str, rows: pa.Table) -> None:
    client.insert_arrow(table, rows)
