"""Lights against a naive oracle, and by example: pace, periods, silence, hysteresis, allocation, words."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse.lights import silence, status
from pulse.lights.aim import allocated
from pulse.lights.pace import way
from pulse.lights.period import periods
from pulse.lights.reasons import _EN, _ZH, ReasonWriter
from pulse.lights.silence import Reports
from pulse.lights.statuses import BY_KEY, STATUSES
from schemas.catalogue.model import Allocation
from tests.lights import oracle
from tests.lights.making import CITY, EAST, MONTHLY, RATE, REGIONS, START, aimed, catalogue, judged, words_of

LENGTH = 100

# --- Against the oracle ---

counts = st.lists(st.integers(0, 4), min_size=1, max_size=LENGTH)


@given(
    steps=counts,
    levels=st.lists(st.integers(0, 40), min_size=LENGTH, max_size=LENGTH),
    op=st.sampled_from([">=", ">", "=", "~"]),
    target=st.integers(1, 150),
    kind=st.sampled_from(["count", "level", "rate", "month", "monitor"]),
    slack=st.integers(0, 20),
    reported=st.sets(st.integers(-3, LENGTH - 1)),
    complete=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_every_day_is_what_the_oracle_says(
    steps: list[int],
    levels: list[int],
    op: str,
    target: int,
    kind: str,
    slack: int,
    reported: set[int],
    complete: bool,
) -> None:
    days = len(steps)
    percent = kind in ("rate", "month")
    goal = min(target, 100) if percent else target
    words: dict[str, Any] = {
        "count": {},
        "level": {"window": None},
        "rate": RATE,
        "month": MONTHLY,
        "monitor": {},
    }[kind]
    if kind == "monitor":
        words = {
            "kind": "monitor",
            "target": None,
            "due": None,
            "cadence": "always",
            "pace": {"kind": "none"},
        }
    else:
        words = words | {"target": {"op": op, "value": goal}}
    plan = catalogue({"slack": slack}, **words)
    numerator = list(np.cumsum(steps)) if kind in ("count", "monitor") else levels[:days]
    denominator = [3 * step for step in steps] if percent else [1] * days
    if percent:
        numerator = [min(a, b) for a, b in zip(numerator, denominator, strict=True)]
    heard = np.array(sorted(reported), np.int64)
    found = judged(
        plan,
        numerator,
        denominator if percent else None,
        reports=Reports({"small": heard}, {}),
        complete=complete,
    )
    silent = oracle.silences(sorted(reported), days, 30, county=False)
    rules = oracle.Rules(
        START, LENGTH, op, None if kind == "monitor" else goal, percent, kind == "month", kind in ("level", "rate"),
        slack, kind == "monitor",
    )  # fmt: skip
    raw = oracle.statuses(rules, [int(n) for n in numerator], denominator, silent, complete)
    ever = [any(each <= day for each in reported) for day in range(days)]
    raw = [each if known or each == "silent" else "no_data" for each, known in zip(raw, ever, strict=True)]
    assert words_of(found.judged.raw) == raw
    shown = oracle.shown(raw, 2)
    assert words_of(found.judged.shown) == [key for key, _ in shown]
    assert found.judged.since[0].tolist() == [day for _, day in shown]


@given(
    reported=st.sets(st.integers(-20, 199), max_size=60), days=st.integers(1, 200), after=st.integers(1, 40)
)
@settings(max_examples=300, deadline=None)
def test_silence_is_what_the_oracle_says(reported: set[int], days: int, after: int) -> None:
    heard = np.array(sorted(reported), np.int64)
    assert silence.department_silent(heard, days, after).tolist() == oracle.silences(
        sorted(reported), days, after, county=False
    )
    assert silence.county_silent(heard, days, after).tolist() == oracle.silences(
        sorted(reported), days, after, county=True
    )


@given(raw=st.lists(st.sampled_from([8, 3, 9, 2]), min_size=1, max_size=40), settle=st.integers(1, 4))
def test_hysteresis_is_what_the_oracle_says(raw: list[int], settle: int) -> None:
    shown, since = status.settle(np.array([raw], np.uint8), settle)
    expected = oracle.shown(words_of(raw), settle)
    assert list(zip(words_of(shown), since[0].tolist(), strict=True)) == expected


# --- Pace ---


def test_a_straight_way() -> None:
    plan = catalogue()
    found = way(aimed(plan, 100), np.full((1, 100), 40.0), np.full((1, 100), np.nan), np.full((1, 100), 40.0))
    assert found.expected[0, [0, 49, 99]].tolist() == [1, 50, 100]
    assert (found.gap[0, 49], found.gap_days[0, 49], found.behind[0, 49]) == (-10, -10, 10)
    assert found.shortfall[0, 49] == 60
    assert found.required_rate[0, 49] == pytest.approx(60 / 50)
    assert np.isnan(found.required_rate[0, 99]), "nothing can be required of no day"


def test_more_than_is_more() -> None:
    plan = catalogue(target={"op": ">", "value": 100})
    found = judged(plan, [100.0] * 5)
    assert found.way.shortfall[0, 4] == 1
    assert words_of(found.judged.raw)[-1] == "on_track"


def test_a_level_starts_where_it_stands() -> None:
    plan = catalogue(window=None)
    found = judged(plan, [60.0] * 100)
    assert found.way.expected[0, 49] == 80
    assert found.way.rate28[0, 49] == 0, "what stood before the plan is no progress"


def test_checkpoints_and_what_lies_between() -> None:
    points = [{"date": date(2023, 3, 1), "share": 0}, {"date": date(2023, 3, 21), "share": "0.5"}]
    plan = catalogue(pace={"kind": "checkpoints", "checkpoints": points})
    found = judged(plan, [0.0] * 100)
    at = {
        (date(2023, 2, 28) - START).days: 0,
        (date(2023, 3, 11) - START).days: 25,
        (date(2023, 3, 21) - START).days: 50,
    }
    assert {day: found.way.expected[0, day] for day in at} == at
    assert found.way.expected[0, 99] == 100


def test_a_hundred_percent_is_persons_and_days() -> None:
    plan = catalogue(**RATE)
    found = judged(plan, [990.0] * 50, [1000.0] * 50)
    assert found.way.shortfall[0, 49] == 10
    assert found.way.required_rate[0, 49] == pytest.approx(10 / 50)


def test_an_empty_denominator_is_no_data_and_not_zero() -> None:
    plan = catalogue(**RATE)
    found = judged(plan, [0.0] * 3, [0.0] * 3)
    assert words_of(found.judged.raw) == ["no_data"] * 3
    assert np.isnan(found.way.gap).all()


def test_nobody_is_a_third_of_a_canteen_behind() -> None:
    plan = catalogue(target={"op": ">=", "value": 4})
    assert words_of(judged(plan, [0.0] * 25).judged.raw)[-1] == "on_track", (
        "one expected, none there: less than a piece"
    )
    assert words_of(judged(plan, [0.0] * 52).judged.raw)[-1] == "lagging"


# --- Months ---


def test_a_month_that_has_just_begun_does_not_flicker() -> None:
    """A process that keeps up: no light of a first day, though nothing has come in yet."""
    plan = catalogue(**MONTHLY)
    days = [100.0 * day / 31 for day in range(1, 32)] + [100.0 * day / 28 for day in range(28)]
    found = judged(plan, days, [100.0] * len(days))
    assert "lagging" not in words_of(found.judged.shown)


def test_a_month_missed_is_overdue_until_a_later_one_is_met() -> None:
    plan = catalogue(**MONTHLY)
    january, february = [3.0 * day for day in range(1, 32)], [4.0 * day for day in range(1, 29)]
    numerator = np.minimum(january + february + [5.0] * 3, 100.0)
    numerator[30] = 90
    found = judged(plan, numerator, [100.0] * len(numerator))
    raw = words_of(found.judged.raw)
    assert raw[30] == "overdue", "at the end of its last day"
    assert set(raw[31:58]) == {"overdue"}
    assert set(raw[59:]) == {"recovered"}, "never plain green again"
    text = next(found.reason_inputs([(0, 40)]))
    assert text.earlier == (("2023-01", 90.0),)


def test_late_reports_make_up_what_was_short_when_it_closed() -> None:
    plan = catalogue(**MONTHLY)
    numerator = [100.0] * 31 + [50.0] * 14
    whole = judged(plan, numerator, [100.0] * 45)
    assert words_of(whole.judged.raw)[-1] == "on_track"
    remembered = np.zeros((1, 4), np.bool_)
    remembered[0, 0] = True
    late = judged(plan, numerator, [100.0] * 45, remembered=remembered)
    assert words_of(late.judged.raw)[-1] == "recovered"


def test_a_due_date_met_late_has_recovered() -> None:
    plan = catalogue({"due": date(2023, 12, 31)}, due=date(2023, 1, 31))
    found = judged(plan, [2.0 * day for day in range(40)] + [100.0] * 10)
    raw = words_of(found.judged.raw)
    assert raw[30] == "overdue"
    assert words_of(found.judged.shown)[30] == "overdue", "at once"
    assert raw[-1] == "recovered"


def test_the_last_day_is_overdue_only_when_it_is_over() -> None:
    plan = catalogue()
    short = [float(day) for day in range(100)]
    assert words_of(judged(plan, short).judged.raw)[-1] == "on_track"
    assert words_of(judged(plan, short, complete=True).judged.raw)[-1] == "overdue"


# --- Chance, silence, counties ---


def test_a_small_chance_is_a_risk_and_a_dip_of_a_day_is_none() -> None:
    plan = catalogue()
    chance = [0.9] * 10 + [0.3] + [0.9] * 5 + [0.3] * 4
    found = judged(plan, np.arange(1.0, 21), chance=chance)
    assert words_of(found.judged.raw)[10] == "at_risk"
    assert words_of(found.judged.shown)[:17] == ["on_track"] * 17
    assert words_of(found.judged.shown)[17:] == ["at_risk"] * 3


def test_a_silent_department_is_silent_whatever_it_achieved() -> None:
    plan = catalogue()
    found = judged(plan, [100.0] * 40, reports=Reports({"small": np.array([0, 3])}, {}))
    assert words_of(found.judged.raw)[33:35] == ["achieved", "silent"]


def test_counties_have_a_target_only_where_it_is_allocated() -> None:
    plain = judged(catalogue(), np.ones((3, 5)))
    assert words_of(plain.judged.raw[1]) == ["none"] * 5
    weights = {"people": {EAST: 2, "370812": 1}}
    divided = judged(catalogue({"weights": weights}, allocate={"by": "people"}), np.ones((3, 5)))
    assert divided.aim.target.values.tolist() == [100, 67, 33]


@given(weights=st.lists(st.integers(1, 10_000), min_size=1, max_size=14), total=st.integers(1, 100_000))
def test_parts_are_whole_and_add_up(weights: list[int], total: int) -> None:
    codes = [f"3708{n:02}" for n in range(11, 11 + len(weights))]
    plan = catalogue({"weights": {"people": dict(zip(codes, weights, strict=True))}})
    from decimal import Decimal

    parts = allocated(Allocation(by="people"), Decimal(total), plan)
    assert sum(parts.values()) == total
    for code, weight in zip(codes, weights, strict=True):
        assert abs(parts[code] - total * weight / sum(weights)) < 1


# --- Periods, words, statuses ---


def test_quarters_of_a_plan() -> None:
    found = periods(date(2023, 2, 10), date(2023, 8, 15), 187, "quarter")
    assert found.names == ("2023Q1", "2023Q2", "2023Q3")
    assert found.first.tolist() == [0, 50, 141]
    assert found.last.tolist() == [49, 140, 186]
    assert (found.number[49], found.number[50]) == (0, 1)


def test_why_says_all_in_plain_words() -> None:
    found = judged(catalogue(), np.concatenate([np.arange(1.0, 31), np.full(20, 30.0)]), chance=[0.41] * 50)
    row = next(found.reason_inputs([(0, 49)]))
    words = ReasonWriter(found.aim, catalogue(), REGIONS)
    text = words.zh(row)
    assert text == (
        "截至2月19日30户，按进度应有50户，落后20户（约20.0天），允许落后5户；目标≥100户，尚差70户，4月10日到期，还有50天；"
        "近28天日均0.29户，尚需日均1.4户；达标概率41%。落后超过允许范围。"
    )
    assert "20 behind (about 20.0 days)" in words.en(row)


def test_each_rule_has_its_words_and_a_status() -> None:
    names = {rule.key for rule in status.RULES}
    assert set(_ZH) == set(_EN) == names
    assert {rule.status for rule in status.RULES} == set(BY_KEY)
    assert [each.rank for each in STATUSES] == list(range(9, -1, -1))


def test_direction_of_a_monitor() -> None:
    plan = catalogue(kind="monitor", target=None, due=None, cadence="always", pace={"kind": "none"})
    found = judged(plan, np.cumsum([1.0] * 40 + [2.0] * 60))
    assert found.direction[0, 54] == ""
    assert found.direction[0, 67] == "improving"
    assert found.direction[0, 99] == "steady"


def test_the_city_is_first() -> None:
    assert aimed(catalogue(), 3).regions[0] == CITY
