"""When a partition pauses."""

from __future__ import annotations

import pytest

from streams.breaker import Breaker, Limits

LIMITS = Limits(run=10, ratio=0.5, window=20)


def last(count: int, messages: int) -> range:
    """So many of that many messages were refused: the last ones."""
    return range(messages - count, messages)


def test_a_run_of_refusals_trips() -> None:
    breaker = Breaker(LIMITS)
    assert breaker.trips(5, range(5)) is None
    assert breaker.trips(5, range(5)) == "10 messages in a row were refused (limit 10)"


@pytest.mark.parametrize("first", [0, 3])
def test_a_run_trips_though_the_slice_goes_on_after_it(first: int) -> None:
    breaker = Breaker(Limits(run=10, ratio=1.0))
    assert breaker.trips(20, range(first, first + 9)) is None
    assert (
        breaker.trips(20, [*range(first, first + 10), 15]) == "10 messages in a row were refused (limit 10)"
    )


def test_a_run_goes_on_from_slice_to_slice_and_ends_at_what_counts() -> None:
    breaker = Breaker(Limits(run=10, ratio=1.0))
    assert breaker.trips(20, last(6, 20)) is None
    assert breaker.trips(20, range(3)) is None  # nine
    assert breaker.trips(20, range(9)) is None
    assert breaker.trips(20, last(6, 20)) is None
    assert breaker.trips(1, []) is None
    assert breaker.trips(20, range(4)) is None
    assert breaker.trips(20, last(7, 20)) is None
    assert breaker.trips(20, range(3)) == "10 messages in a row were refused (limit 10)"


def test_a_ratio_trips_once_a_window_is_full() -> None:
    breaker = Breaker(LIMITS)
    assert breaker.trips(10, last(8, 10)) is None  # too few to tell
    assert breaker.trips(9, last(6, 9)) is None
    assert breaker.trips(1, []) == "14 of the last 20 messages were refused (limit 50%)"


def test_what_lies_before_the_window_is_forgotten() -> None:
    breaker = Breaker(LIMITS)
    assert breaker.trips(10, range(9)) is None
    assert breaker.trips(20, range(2)) is None  # the window is these twenty
    assert breaker.trips(20, range(0, 20, 2)) is None  # half is not more than half


def test_normal_feeds_never_trip() -> None:
    breaker = Breaker(LIMITS)
    assert all(breaker.trips(7, range(number % 2)) is None for number in range(100))


@pytest.mark.parametrize("messages", [1000, 50])
def test_limits_can_be_set_to_never(messages: int) -> None:
    assert Breaker(Limits(run=0, ratio=1.0)).trips(messages, range(messages)) is None


def test_after_a_reset_it_counts_anew() -> None:
    breaker = Breaker(LIMITS)
    breaker.trips(9, range(9))
    breaker.reset()
    assert breaker.trips(9, range(9)) is None
