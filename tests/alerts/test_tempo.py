"""Durations as Prometheus reads them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from alerts.tempo import Tempo, duration

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 0.001}


def read(text: str) -> float:
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|[dhms])", text))


def test_durations() -> None:
    assert [duration(seconds) for seconds in (0, 0.0001, 0.25, 1.5, 90, 93_600)] == [
        "0s", "1ms", "250ms", "1s500ms", "1m30s", "1d2h",
    ]  # fmt: skip


@given(st.integers(1, 10**10))
def test_a_duration_is_read_back_to_the_millisecond(milliseconds: int) -> None:
    assert round(read(duration(milliseconds / 1000)) * 1000) == milliseconds


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_a_faster_calendar_never_waits_longer(seconds: float, calendar: float) -> None:
    assert read(Tempo(calendar).slow(seconds)) <= read(duration(seconds)) + 0.001
    assert 1.0 <= read(Tempo(calendar).interval(max(1, seconds))) <= max(1, seconds) + 0.001
