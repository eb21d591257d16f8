"""A digest changes with its row: what is stored never reads otherwise than what would be written today."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse.assessor.digests import digests
from pulse.assessor.rows import Moment, light_rows
from pulse.lights.assess import Lights
from pulse.lights.reasons import ReasonWriter
from tests.lights.making import MONTHLY, REGIONS, catalogue, judged

PLAN = catalogue(**MONTHLY)
DAYS = 70
JANUARY, FEBRUARY, MARCH = slice(0, 31), slice(31, 59), slice(59, DAYS)
NOW = Moment("g", {}, datetime(2023, 3, 11, tzinfo=UTC), date(2023, 3, 11))


def monthly(january: int, february: int, march: int = 10) -> Lights:
    """Visits to ten elders, of whom each month begins anew."""
    visited = np.empty(DAYS)
    visited[JANUARY], visited[FEBRUARY], visited[MARCH] = january, february, march
    return judged(PLAN, visited, np.full(DAYS, 10.0))


def rows(found: Lights) -> list[dict[str, object]]:
    """All rows as they would be stored, without their digests."""
    cells = [
        (row, day) for row in range(len(found.aim.regions)) for day in range(found.figures.value.shape[1])
    ]
    empty = np.zeros(found.figures.value.shape, np.uint64)
    table = light_rows(found, ReasonWriter(found.aim, PLAN, REGIONS), cells, empty, NOW)
    stored: list[dict[str, object]] = table.drop_columns(["digest", "version"]).to_pylist()
    return stored


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (monthly(8, 8), monthly(8, 9), "period_missed"),  # March names February's value
        (monthly(8, 10), monthly(10, 10), "met"),  # March no longer names January
        (monthly(8, 8, 3), monthly(9, 8, 3), "period_missed"),
    ],
)
def test_a_late_correction_moves_the_digests_of_reasons_that_name_it(
    before: Lights, after: Lights, rule: str
) -> None:
    last = rows(after)[-1]
    assert last["rule"] == rule
    changed = digests(before)[0] != digests(after)[0]
    assert changed[-1]


def test_reasons_that_name_no_earlier_period_keep_their_digests() -> None:
    before, after = monthly(10, 10, 3), monthly(11, 10, 3)
    assert before.rule[0, -1] == after.rule[0, -1] == "on_pace"
    assert digests(before)[0, -1] == digests(after)[0, -1]


@given(
    figures=st.lists(st.integers(0, 10), min_size=DAYS, max_size=DAYS),
    changed=st.lists(st.tuples(st.integers(0, DAYS - 1), st.integers(0, 10)), max_size=3),
    remembered=st.lists(st.booleans(), min_size=4, max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_rows_that_read_otherwise_have_other_digests(
    figures: list[int], changed: list[tuple[int, int]], remembered: list[bool]
) -> None:
    def lights(visited: list[int], short: list[bool]) -> Lights:
        return judged(PLAN, visited, np.full(DAYS, 10.0), remembered=np.array([short]))

    corrected = list(figures)
    for day, visited in changed:
        corrected[day] = visited
    before, after = lights(figures, [False] * 4), lights(corrected, remembered)
    same = (digests(before) == digests(after)).ravel()
    for old, new, alike in zip(rows(before), rows(after), same, strict=True):
        assert not alike or repr(old) == repr(new)
