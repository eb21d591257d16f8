"""Signal or noise: the textbook's figures, both rules, and what must never be a signal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pulse.lights.signal import LEAST, Xmr, periodic, weekly
from pulse.lights.signal import xmr as limits
from pulse.lights.target import Floats, Op, Target

CALM = [10.0, 12, 9, 11, 10, 13, 8, 11, 10, 12, 9, 11, 10]
"""Thirteen periods: mean 10.46, mean moving range 2.33."""


def xmr(increments: Floats, target: float | list[float] = np.nan, op: Op = ">=") -> Xmr:
    return limits(increments, Target(values=np.broadcast_to(target, len(increments)), op=op))


def one(values: list[float], target: float = np.nan, op: Op = ">=") -> tuple[str, str]:
    said = xmr(np.array([values]), target, op)
    return str(said.signal[0]), str(said.assurance[0])


def test_limits_are_the_mean_and_so_many_mean_moving_ranges() -> None:
    said = xmr(np.array([CALM]))
    mean, moving = np.mean(CALM), np.mean(np.abs(np.diff(CALM)))
    assert said.mean[0] == pytest.approx(mean)
    assert said.upper[0] == pytest.approx(mean + 2.66 * moving)
    assert said.lower[0] == pytest.approx(mean - 2.66 * moving)


def test_wheelers_own_example() -> None:
    """Twenty values with mean 39 and mean moving range 2: limits 33.68 and 44.32, whatever the order of the steps."""
    values = [38.0, 40.0] * 10
    said = xmr(np.array([values]))
    assert (said.lower[0], said.mean[0], said.upper[0]) == pytest.approx((39 - 5.32, 39, 39 + 5.32))


@pytest.mark.parametrize(
    ("values", "signal"),
    [
        (CALM, ""),
        ([*CALM, 30], "up"),
        ([*CALM, 1], "down"),
        ([*CALM, 30, 10], ""),  # the latest period is what is asked about
        ([*CALM, 10, 9, 11, 12, 10, *([14, 13] * 4)], "up"),  # a run
        ([*CALM, 14, 13, 10, 9, 11, 12, 10, *([8, 9] * 4)], "down"),
    ],
    ids=["noise", "above", "below", "was above", "run above", "run below"],
)
def test_the_latest_period_is_told_from_noise(values: list[float], signal: str) -> None:
    assert one(values)[0] == signal


def test_nothing_is_said_before_the_thirteenth_period() -> None:
    assert one([*CALM[: LEAST - 2], 99], 5) == ("", "")
    assert one([*CALM[: LEAST - 1], 99], 5) != ("", "")
    assert one([np.nan, np.nan, *CALM[: LEAST - 2], 99], 5) == ("", "")
    assert xmr(np.empty((3, 0))).signal.tolist() == ["", "", ""]


def test_rare_counts_are_too_coarse_for_limits() -> None:
    assert one([0.0] * 20 + [1.0], 1) == ("", "")
    assert one([0.0, 1.0, 0.0, 0.0] * 6, 1) == ("", "")


@pytest.mark.parametrize(
    ("target", "op", "assurance"),
    [
        (2, ">=", "always"), (10, ">=", "chance"), (20, ">=", "never"), (np.nan, ">=", ""),
        (10, "~", "chance"), (30, "~", "never"), (3, "~", "never"),
    ],
)  # fmt: skip
def test_assurance_holds_the_target_against_the_limits(target: float, op: Op, assurance: str) -> None:
    assert one(CALM, target, op)[1] == assurance


def test_a_strict_target_on_the_limit_itself_is_not_always_met() -> None:
    flat = [5.0] * 13
    assert one(flat, 5, ">=")[1] == "always"
    assert one(flat, 5, ">")[1] == "never"


def test_each_series_has_its_own_limits_and_target() -> None:
    said = xmr(np.array([CALM, [10 * value for value in CALM]]), [20.0, 20.0])
    assert said.assurance.tolist() == ["never", "always"]


def test_weeks_stay_where_they_are_from_day_to_day() -> None:
    """The first Monday is day 1; on day 20 three half weeks later two whole weeks are over, on day 21 three."""
    numerator = np.arange(30.0)[None, :] * 2
    assert weekly(numerator, 20, first=1).tolist() == [[14.0, 14.0]]
    assert weekly(numerator, 21, first=1).tolist() == [[14.0, 14.0, 14.0]]
    assert weekly(numerator, 0, first=1).shape == (1, 0)


def test_only_closed_periods_count() -> None:
    numerator = np.arange(100.0)[None, :]
    assert periodic(numerator, [30, 58, 89], 60).tolist() == [[30.0, 58.0]]


series = arrays(np.int64, (1, 30), elements=st.integers(0, 50)).map(lambda values: values.astype(float))


@settings(deadline=None)
@given(series, st.integers(-1000, 1000))
def test_a_shifted_scale_shifts_the_limits_and_keeps_the_signal(values: Floats, more: int) -> None:
    low, high = xmr(values + 1000), xmr(values + 1000 + abs(more))
    assert low.signal.tolist() == high.signal.tolist()
    np.testing.assert_allclose(low.upper + abs(more), high.upper)


@settings(deadline=None)
@given(series)
def test_a_series_turned_upside_down_gives_the_opposite_signal(values: Floats) -> None:
    up, down = xmr(values + 1000)[0][0], xmr(1000 - values + 1000)[0][0]
    assert {"up": "down", "down": "up", "": ""}[str(up)] == down


@settings(deadline=None)
@given(series, st.floats(0, 60), st.floats(0, 60))
def test_a_higher_target_is_never_more_assured(values: Floats, one_target: float, other: float) -> None:
    low, high = sorted([one_target, other])
    order = ["never", "chance", "always"]
    easy, hard = xmr(values, low).assurance[0], xmr(values, high).assurance[0]
    assert easy == hard == "" or order.index(str(easy)) >= order.index(str(hard))
