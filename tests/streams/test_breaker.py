"""When a partition pauses."""

from __future__ import annotations

import pytest

from streams.breaker import Breaker, Limits

LIMITS = Limits(run=10, ratio=0.5, window=20)


def test_a_run_of_refusals_trips() -> None:
    breaker = Breaker(LIMITS)
    assert breaker.trips(5, 5, 5) is None
    assert breaker.trips(5, 5, 10) == "the last 10 messages were all refused (limit 10)"


def test_a_ratio_trips_once_a_window_is_full() -> None:
    breaker = Breaker(LIMITS)
    assert breaker.trips(10, 8, 1) is None  # too few to tell
    assert breaker.trips(9, 6, 1) is None
    assert breaker.trips(1, 0, 0) == "14 of the last 20 messages were refused (limit 50%)"


def test_what_lies_before_the_window_is_forgotten() -> None:
    breaker = Breaker(LIMITS)
    assert breaker.trips(10, 9, 1) is None
    assert breaker.trips(20, 2, 0) is None  # the window is these twenty
    assert breaker.trips(20, 10, 0) is None  # half is not more than half


def test_normal_feeds_never_trip() -> None:
    breaker = Breaker(LIMITS)
    assert all(breaker.trips(7, number % 2, 1) is None for number in range(100))


@pytest.mark.parametrize(("messages", "refused", "run"), [(1000, 1000, 1000), (50, 50, 50)])
def test_limits_can_be_set_to_never(messages: int, refused: int, run: int) -> None:
    assert Breaker(Limits(run=0, ratio=1.0)).trips(messages, refused, run) is None


def test_after_a_reset_it_counts_anew() -> None:
    breaker = Breaker(LIMITS)
    breaker.trips(19, 19, 0)
    breaker.reset()
    assert breaker.trips(5, 5, 0) is None
