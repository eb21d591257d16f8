"""A year that stands: what is not of its own times comes at the end of its last day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import STOPPED_CLOCK
from streams.stopped_clock import StoppedClock
from tests.streams.simulator import Received

SEPTEMBER = StoppedClock.at(date(2023, 9, 26), date(2023, 1, 1), "Asia/Shanghai")


class Bearing(NamedTuple):
    """A message with a time."""

    timestamp: int
    offset: int = 7
    key: bytes | None = b"k"
    value: bytes | None = b"v"
    headers: tuple[tuple[str, bytes], ...] = ()


def _millis(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp() * 1000)


def test_it_ends_with_the_last_millisecond_of_the_citys_day() -> None:
    assert SEPTEMBER.last == _millis(2023, 9, 26, 16) - 1
    assert SEPTEMBER.first == _millis(2022, 11, 30, 16)


@pytest.mark.parametrize(
    "clock",
    [
        _millis(2026, 12, 1),
        _millis(2023, 9, 26, 16),
        _millis(9999, 1, 1),
        _millis(2022, 1, 1),
        3_600_000,
        0,
        -1,
    ],
)
def test_a_time_of_another_year_is_the_time_at_which_it_stands(clock: int) -> None:
    arrived = SEPTEMBER.arrived(Bearing(clock))
    assert arrived.timestamp == SEPTEMBER.last
    assert getattr(arrived, "timestamp_type", None) == STOPPED_CLOCK
    assert (arrived.offset, arrived.key, arrived.value, arrived.headers) == (7, b"k", b"v", ())


@given(st.integers(SEPTEMBER.first, SEPTEMBER.last))
def test_a_time_of_the_year_is_kept(clock: int) -> None:
    message = Bearing(clock)
    assert SEPTEMBER.arrived(message) is message


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["Asia/Shanghai", "America/New_York", "UTC"]))
def test_no_time_passes_its_end(clock: int, zone: str) -> None:
    standing = StoppedClock.at(date(2023, 3, 5), date(2023, 1, 1), zone)
    assert standing.first <= standing.arrived(Bearing(clock)).timestamp <= standing.last


def test_a_record_of_any_kind_may_be_one() -> None:
    """Whatever else a record has, such as its headers' names, goes with it."""
    record = Received(3, b"x")
    assert SEPTEMBER.arrived(record).offset == 3
