"""Why a filed figure is another one today: any log, cut anywhere, against a count of each stage from nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.report.attribution import (
    CODES,
    NOTHING,
    Attribution,
    Heartbeats,
    Known,
    Where,
    code_of,
    differences,
    part,
)
from pulse.verify.counted import Counted
from pulse.verify.counts import Counts
from pulse.verify.days import local_days, number, reading_hour
from pulse.verify.formulas import figures
from pulse.verify.measures import spells, statements
from pulse.verify.online import Devices
from pulse.verify.regions import Area
from pulse.verify.statements import readers
from pulse.verify.topic import DeviceHour, Key, MeasureValue, RecordState
from tests.verify import toy
from tests.verify.world import written

DAY = number(date(2023, 6, 30))
HOUR = reading_hour(DAY, toy.REGIONS.zone, until=1 << 62)
LOCAL = local_days(toy.REGIONS.zone)
READERS = readers(toy.CATALOGUE, toy.TYPES)
Row = dict[str, Any]


@cache
def _ledger(seed: int) -> list[Row]:
    """What real shards have written of a random log, in the order in which it came."""
    rows = written(seed, 260)["events"].to_pylist()
    kept = [row for row in rows if row["outcome"] not in ("refused", "re-keyed")]
    return sorted(kept, key=lambda row: row["append_time"])


def _records(rows: Iterable[Row]) -> dict[tuple[str, Key], RecordState]:
    """The highest version of each record."""
    found: dict[tuple[str, Key], RecordState] = {}
    for row in rows:
        if row["type"] not in READERS:
            continue
        reader = READERS[row["type"]]
        key = row["type"], (row["source"], row["id"], row["subject"])
        version = row["revision"], row["void"], row["fingerprint"]
        says = reader.nothing if row["void"] else reader.read(row["data"].decode())
        account = RecordState(version, row["region"], int(row["time"].timestamp() * 1_000_000), None, says)
        if key not in found or found[key].version < version:
            found[key] = account
    return found


def _beats(rows: Iterable[Row]) -> set[DeviceHour]:
    times = ((int(row["time"].timestamp()), row) for row in rows if row["type"] == "works.beat")
    return {(HOUR, row["region"][:6], row["subject"]) for time, row in times if HOUR <= time < HOUR + 3600}


def _attributed(before: Sequence[Row], after: Sequence[Row]) -> Attribution:
    old, new = _records(before), _records(after)
    known = [Known(kind, key, old.get((kind, key)), account) for (kind, key), account in new.items()]
    found = Attribution(toy.CATALOGUE, toy.REGIONS, READERS, LOCAL, DAY, HOUR)
    for topic in ("homes", "works"):
        heartbeats = {"beats": Heartbeats(_beats(before), _beats(after))} if topic == "works" else {}
        found.topic(topic, [one for one in known if toy.TYPES[one.type].topic == topic], heartbeats)
    return found


def _counted(
    records: dict[tuple[str, Key], RecordState], beats: set[DeviceHour]
) -> dict[Where, tuple[float, ...]]:
    """From nothing, as verify counts: all subjects, all regions."""
    standing: dict[str, dict[Key, RecordState]] = {}
    for (kind, key), account in records.items():
        standing.setdefault(kind, {})[key] = account
    counts: dict[str, Counts] = {}
    devices = Devices({DAY: HOUR})
    for name, measure in toy.CATALOGUE.counted.items():
        if measure.reducer == "seen":
            devices.add_device_hours(name, beats)
            continue
        said, _ = statements(name, standing, READERS, LOCAL)
        by_subject = {subject: list(spells(measure, about)) for subject, about in said.items()}
        if name == "devices":
            for device, time_on in by_subject.items():
                devices.register(name, device, time_on)
        counts[name] = Counts.of(measure.flow, chain.from_iterable(by_subject.values()))
    area = Area(
        toy.REGIONS, toy.CATALOGUE.plan, {region for one in counts.values() for region in one.regions}
    )
    counted = Counted(toy.CATALOGUE, area, [DAY], counts, devices)
    codes = [toy.REGIONS.code, *(county.code for county in toy.REGIONS.counties)]
    return {
        (indicator.id, code): tuple(float(p[area.index[code], 0]) for p in figures(counted, indicator)[:3])
        for indicator in toy.CATALOGUE.indicators
        for code in codes
    }


def _same(one: dict[Where, tuple[float, ...]], other: dict[Where, tuple[float, ...]]) -> bool:
    return repr(one) == repr({where: other[where] for where in one})


@given(st.integers(0, 60), st.floats(0, 1))
@settings(deadline=None, max_examples=25)
def test_each_stage_is_a_count_from_nothing_and_the_differences_add_up(seed: int, share: float) -> None:
    rows = _ledger(seed)
    before = rows[: int(len(rows) * share)]
    old, new = _records(before), _records(rows)
    found = _attributed(before, rows)
    stages = found.stages()
    assert _same(dict(stages[0]), _counted(old, _beats(before)))
    assert _same(dict(stages[-1]), _counted(new, _beats(rows)))
    let_in: dict[tuple[str, Key], RecordState] = dict(old)
    for n, code in enumerate(CODES[1:], 1):
        let_in |= {
            key: account
            for key, account in new.items()
            if code_of(Known(key[0], key[1], old.get(key), account), DAY, LOCAL) == code
        }
        assert _same(dict(stages[n]), _counted(let_in, _beats(rows))), code

    filed = {where: part(*figure[:2]) for where, figure in stages[0].items()}
    by = differences(filed, stages)
    for where, figure in stages[-1].items():
        total = filed[where]
        for one in by.get(where, {}).values():
            total = total.sum(one)
        assert total == part(*figure[:2])
    assert not any("method" in codes for codes in by.values())


@given(st.integers(0, 60))
@settings(deadline=None, max_examples=5)
def test_another_method_is_all_that_no_record_explains(seed: int) -> None:
    stages = _attributed(_ledger(seed), _ledger(seed)).stages()
    dice = random.Random(seed)
    filed = {where: part(float(dice.randrange(9)), 1.5) for where in stages[0]}
    filed["a01.gone", "990100"] = part(4, 5)
    by = differences(filed, stages)
    assert {code for codes in by.values() for code in codes} == {"method"}
    assert by["a01.gone", "990100"]["method"] == NOTHING - part(4, 5)
    for where, figure in stages[-1].items():
        assert filed[where].sum(by.get(where, {}).get("method", NOTHING)) == part(*figure[:2])


def _account(revision: int = 0, void: bool = False, day: int = DAY) -> RecordState:
    return RecordState((revision, void, 1), "990102", day * 86_400_000_000, None, (MeasureValue(1, True),))


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (None, _account(), "late"),
        (None, _account(day=DAY + 1), ""),
        (None, _account(void=True), ""),
        (_account(), _account(), ""),
        (_account(), _account(1), "correction"),
        (_account(), _account(1, day=DAY + 9), "correction"),
        (_account(), _account(1, void=True), "void"),
        (_account(1, void=True), _account(2), "correction"),
        (_account(1, void=True), _account(2, void=True), ""),
        (None, None, ""),
    ],
)
def test_codes(before: RecordState | None, after: RecordState | None, code: str) -> None:
    local: Callable[[int], int] = lambda instant: instant // 86_400_000_000  # noqa: E731
    assert code_of(Known("homes.visit", ("a", "1", "x"), before, after), DAY, local) == code
