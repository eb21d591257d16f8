"""The forecast: examples, properties, and the resampling again as a plain loop."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pulse.lights import forecast
from pulse.lights.forecast import History, Outlook, fan, outlook
from pulse.lights.target import Floats, Op, Target

DAYS = 365


def steady(each_day: float, days: int = DAYS, weekend: float = 0.0) -> Floats:
    """One series that grows by as much each day, and `weekend` on days 5 and 6 of each week."""
    daily = np.where(np.arange(days) % 7 < 5, each_day, weekend)
    return np.cumsum(daily)[None, :]


def ask(
    numerator: Floats,
    denominator: Floats | None = None,
    *,
    day: int = 250,
    due: int | None = 364,
    target: Floats | float = 1000.0,
    ceiling: float | None = None,
    op: Op = ">=",
    seed: int = 1,
) -> Outlook:
    history = History(numerator=numerator, denominator=denominator, day=day, seed=seed, ceiling=ceiling)
    return outlook(history, due, Target(values=np.broadcast_to(target, len(numerator)), op=op))


def _counts(weeks: Floats, days: Floats) -> Floats:
    return np.cumsum((weeks[:, :, None] * days).reshape(2, -1), axis=1).astype(float)


counts = st.builds(
    _counts,
    arrays(np.int64, (2, 38), elements=st.integers(0, 9)),
    arrays(np.int64, 7, elements=st.integers(0, 4)),
)
"""Two series of 266 days that never fall: 38 weeks, busier and calmer, each with the same busy and calm days."""


# --- Examples ---


def test_a_steady_rate_goes_on_and_what_it_reaches_is_likely() -> None:
    series = steady(10)
    easy, hard = ask(series, target=2000.0), ask(series, target=4500.0)
    # 250 days at 50 a week, and 114 more: no less than at the same rate.
    assert easy.p10[0] > series[0, 250]
    assert easy.p10[0] < series[0, 364] < easy.p90[0]
    assert easy.p10[0] <= easy.p50[0] <= easy.p85[0] <= easy.p90[0]
    assert easy.chance[0] > 0.95
    assert hard.chance[0] < 0.05
    assert easy.reason.tolist() == [""]


def test_only_the_past_is_looked_at() -> None:
    series = steady(10)
    other = series.copy()
    other[:, 251:] = -1e9
    assert ask(series)[:5] == ask(other)[:5]


def test_the_end_of_a_week_is_not_taken_for_a_day_of_work() -> None:
    """Two days before the due date, on a Friday's evening, a service that rests at weekends gains nothing."""
    series = steady(100)
    friday = 249 + 4 - 249 % 7
    said = ask(series, day=friday, due=friday + 2)
    assert said.p10[0] == said.p90[0] == series[0, friday] or said.p90[0] == series[0, friday] + 1
    assert ask(series, day=friday, due=friday + 5).p10[0] > series[0, friday] + 100


@pytest.mark.parametrize(
    ("series", "day", "due", "reason"),
    [
        (steady(10), 40, 90, "too_little"),  # five weeks
        (steady(10), 120, 364, "too_little"),  # twice as far ahead as back
        (np.cumsum(np.arange(DAYS) == 30)[None, :].astype(float), 250, 364, "too_little"),  # one move ever
        (
            np.cumsum(np.where(np.arange(DAYS) < 220, 2.0, 60.0) + np.arange(DAYS) % 3)[None, :],
            250,
            364,
            "shifted",
        ),
        (np.where(np.arange(DAYS) < 210, steady(10), steady(10)[:, 210:211]), 250, 364, "no_data"),
        (np.full((1, DAYS), np.nan), 250, 364, "no_data"),
        (steady(10), 364, 363, "over"),
        (steady(10), 250, None, "not_a_target"),
    ],
    ids=["five weeks", "too far", "one move", "shifted", "stopped", "nothing", "over", "no due date"],
)
def test_it_refuses_where_it_cannot_know(series: Floats, day: int, due: int | None, reason: str) -> None:
    said = ask(series, day=day, due=due)
    assert said.reason.tolist() == [reason]
    assert all(np.isnan(column).all() for column in said[:5])


def test_weeks_before_a_shift_are_forgotten_once_there_are_enough_after_it() -> None:
    steps: Floats = np.where(np.arange(DAYS) < 150, 2.0, 60.0) + np.arange(DAYS) % 3
    shifted = np.cumsum(steps)[None, :]
    said = ask(shifted, day=290)
    assert said.reason.tolist() == [""]
    # 74 days at 60 and more, however it wanders; with the old weeks among them it would be at half of that.
    assert said.p10[0] > shifted[0, 290] + 74 * 50


def test_one_odd_week_among_calm_ones_is_no_shift() -> None:
    odd = np.cumsum(np.where((np.arange(DAYS) > 243) & (np.arange(DAYS) < 249), 4.0, 10.0))[None, :]
    assert ask(odd).reason.tolist() == [""]


def test_without_a_target_there_is_a_value_but_no_chance() -> None:
    said = ask(np.vstack([steady(10), steady(10)]), target=np.array([1000.0, np.nan]))
    assert said.reason.tolist() == ["", "not_a_target"]
    assert said.p50[0] == said.p50[1]
    assert np.isnan(said.chance[1])
    assert not np.isnan(said.chance[0])


def test_a_chance_is_never_quite_none_or_certain() -> None:
    said = ask(np.repeat(steady(10), 2, axis=0), target=np.array([0.0, 1e9]))
    assert said.chance.tolist() == [pytest.approx(1 - 0.5 / 501), pytest.approx(0.5 / 501)]


def test_numerator_and_denominator_are_drawn_together() -> None:
    """Where both always grow alike, the rate stays, but for the rush that only the numerator knows."""
    denominator = steady(20)
    said = ask(denominator / 2, denominator, day=280, due=281, target=50.0)
    assert said.p50[0] == pytest.approx(50, abs=0.5)


def test_a_month_goes_on_as_earlier_months_did() -> None:
    """Of 1000 people 970 are seen by the end of each month: 20 days into the tenth, some 970 are expected again."""
    day = np.arange(300)
    seen = np.round(970 * np.minimum(1, (day % 30 + 1) / 28) ** 0.5)[None, :]
    roster = np.full((1, 300), 1000.0)
    earlier = [(first, first + 29) for first in range(0, 270, 30)]
    everybody = Target(values=np.array([100.0]), op="=")

    def month(number: int) -> Outlook:
        first, last = 30 * number, 30 * number + 29
        history = History(
            numerator=seen[:, : last + 1], denominator=roster[:, : last + 1], day=first + 19, seed=1, ceiling=100.0,
            period_start=first, earlier=earlier[:number],
        )  # fmt: skip
        return outlook(history, last, everybody)

    said = month(9)
    assert said.p50[0] == pytest.approx(97.0, abs=0.2)
    assert said.chance[0] < 0.01
    assert month(2).reason.tolist() == ["too_little"]


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        (">=", 200, True),
        (">", 200, False),
        (">", 201, True),
        ("=", 200, True),
        ("~", 180, True),
        ("~", 221, False),
    ],
)
def test_the_target_is_met_as_the_plan_words_it(op: Op, value: float, expected: bool) -> None:
    assert Target(values=np.array([200.0]), op=op).met(np.array([value])).tolist() == [expected]


def test_the_fan_ends_where_the_outlook_stands() -> None:
    series = np.vstack([steady(10), steady(3, weekend=1)])
    said, spread = ask(series), fan(History(numerator=series, denominator=None, day=250, seed=1), 364)
    assert spread.days[-1] == 364
    assert np.diff(spread.days)[:-1].tolist() == [7] * (len(spread.days) - 2)
    for line, end in zip(spread[1:], (said.p10, said.p50, said.p85, said.p90), strict=True):
        assert line[:, -1].tolist() == end.tolist()
    assert (np.diff(spread.p50, axis=1) >= 0).all()
    assert fan(History(numerator=series, denominator=None, day=364, seed=1), 364).p50.shape == (2, 0)


def test_what_does_not_fit_is_an_error_that_says_so() -> None:
    with pytest.raises(ValueError, match=r"day 400: expected 0 to 364"):
        ask(steady(1), day=400)
    with pytest.raises(ValueError, match="one shape"):
        ask(steady(1), steady(1, days=30))


def test_a_whole_year_of_all_indicators_is_cheap() -> None:
    """15 regions: below 5 ms a day of an indicator, of processor time, so that a year of 51 stays below 90 s."""
    rng = np.random.default_rng(1)
    numerator = np.cumsum(rng.poisson(3, (15, DAYS)), axis=1).astype(float)
    denominator = np.full((15, DAYS), 2000.0)
    began = time.process_time()
    for day in range(100, 364, 4):
        ask(numerator, denominator, day=day, target=80.0, ceiling=100.0)
    assert (time.process_time() - began) / 66 < 0.005


# --- Properties ---


@settings(deadline=None, max_examples=50)
@given(counts, st.integers(190, 259), st.integers(0, 99))
def test_the_same_figures_give_the_same_answer(series: Floats, day: int, seed: int) -> None:
    first = ask(series, day=day, seed=seed)
    forecast._draw.cache_clear()
    again = ask(series.copy(), day=day, seed=seed)
    assert all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(first, again, strict=True))


@settings(deadline=None, max_examples=50)
@given(counts, st.integers(190, 259), st.floats(0, 5000), st.floats(0, 500))
def test_a_higher_target_is_never_likelier(series: Floats, day: int, target: float, more: float) -> None:
    easy, hard = ask(series, day=day, target=target), ask(series, day=day, target=target + more)
    known = easy.reason == ""
    assert (easy.chance[known] >= hard.chance[known]).all()
    assert np.isnan(hard.chance[~known]).all()


@settings(deadline=None, max_examples=50)
@given(counts, st.integers(190, 259), st.integers(1, 10_000))
def test_what_came_before_the_first_day_moves_everything_along(series: Floats, day: int, more: int) -> None:
    low, high = ask(series, day=day, target=1500.0), ask(series + more, day=day, target=1500.0 + more)
    assert low.reason.tolist() == high.reason.tolist()
    np.testing.assert_allclose(np.array(high[:4]), np.array(low[:4]) + more)
    np.testing.assert_array_equal(low.chance, high.chance)


@settings(deadline=None, max_examples=50)
@given(counts, st.integers(190, 259), st.integers(0, 3000))
def test_a_coverage_never_passes_its_places(series: Floats, day: int, free: int) -> None:
    places = np.full_like(series, series.max() + free)
    said = ask(series, places, day=day, ceiling=100.0, target=100.0, op="=")
    known = said.reason == ""
    assert (said.p90[known] <= 100).all()
    assert (said.p10[known] >= 100 * series[known, day] / places[known, day] - 1e-9).all()


@settings(deadline=None, max_examples=50)
@given(counts, st.integers(190, 259))
def test_a_series_is_forecast_alike_alone_and_beside_others(series: Floats, day: int) -> None:
    both = ask(series, day=day)
    for row in range(2):
        alone = ask(series[row : row + 1], day=day)
        assert both.reason[row] == alone.reason[0]
        np.testing.assert_allclose([column[row] for column in both[:5]], [column[0] for column in alone[:5]])


# --- The resampling again, as a loop ---


def naive(series: list[float], days: int, rest: int, seed: int) -> list[float]:
    """Each path's value after `days` more days of `rest`: week after week, day after day, as the document says it."""
    draw = forecast._draw(seed, -(-rest // 7))
    moves = [b - a for a, b in pairwise(series)]
    weeks = len(moves) // 7
    moves = moves[len(moves) - 7 * weeks :]
    chances = [0.5 ** (age / forecast.HALF_LIFE) for age in range(weeks)]
    sizes = [abs(move) * chances[weeks - 1 - at // 7] for at, move in enumerate(moves)]
    effective = sum(sizes) ** 2 / sum(size**2 for size in sizes)
    doubt = np.log1p(1 / (effective + 0.5)) ** 0.5
    found = []
    for path in range(forecast.PATHS):
        gained = 0.0
        for ahead in range(-(-days // 7)):
            left = draw.which[path, ahead] * sum(chances)
            age = 0
            while left > chances[age]:
                left -= chances[age]
                age += 1
            middle = 7 * ahead + 3.5
            wander = forecast.DRIFT * (middle / 182) ** 0.5
            rate = np.exp(draw.drift[path] * wander - wander**2 / 2)
            rate *= np.exp(draw.rush[path] * np.exp(-max(rest - middle, 0) / forecast.RUSH_DAYS))
            begin = len(moves) - 7 * (age + 1)
            gained += rate * sum(moves[begin : begin + min(7, days - 7 * ahead)])
        gained *= np.exp(draw.level[path] * doubt)
        if draw.stray[path] < 0.25 * days / len(moves):
            gained += 1
        found.append(float(np.floor(series[-1] + gained + draw.rounding[path])))
    return found


@pytest.mark.parametrize(("day", "due"), [(258, 259), (250, 300), (257, 364), (200, 364)])
def test_the_arrays_do_what_the_loop_does(day: int, due: int) -> None:
    series = np.cumsum(np.random.default_rng(day).poisson(3, (1, DAYS)), axis=1).astype(float)
    said = ask(series, day=day, due=due, target=1200.0)
    assert said.reason.tolist() == [""]
    paths = sorted(naive(series[0, : day + 1].tolist(), due - day, due - day, 1))
    assert [said.p10[0], said.p50[0], said.p85[0], said.p90[0]] == [
        paths[round(share * 499)] for share in (0.1, 0.5, 0.85, 0.9)
    ]
    assert said.chance[0] == (sum(value >= 1200 for value in paths) + 0.5) / 501
