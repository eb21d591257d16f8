"""Durations as Prometheus reads them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pulse.alerts.files import files
from pulse.alerts.tempo import Tempo, duration
from tests.alerts.test_rules import CATALOGUE, MADE, REGIONS

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 0.001}


def seconds(text: str) -> float:
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|[dhms])", text))


def test_durations() -> None:
    assert [duration(seconds) for seconds in (0, 0.0001, 0.25, 1.5, 90, 93_600)] == [
        "0s", "1ms", "250ms", "1s500ms", "1m30s", "1d2h",
    ]  # fmt: skip


@given(st.integers(1, 10**10))
def test_a_duration_is_read_back_to_the_millisecond(milliseconds: int) -> None:
    assert round(seconds(duration(milliseconds / 1000)) * 1000) == milliseconds


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_a_faster_calendar_never_waits_longer(wait: float, calendar: float) -> None:
    assert seconds(Tempo(calendar).slow(wait)) <= seconds(duration(wait)) + 0.001
    assert 1.0 <= seconds(Tempo(calendar).interval(max(1, wait))) <= max(1, wait) + 0.001


_NUMBER = re.compile(r"(?<=> )\d+(?= \* sum by)|(?<=\(pulse_assessed_timestamp_seconds\) > )\d+|"
                     r"(?<=\(pulse_verify_timestamp_seconds\) > )\d+")  # fmt: skip
"""A threshold in seconds."""
_DURATION = re.compile(
    r"(?<=\[)[\da-z]+(?=\])|(?<=offset )[\da-z]+|(?<=for: )[\da-z]+|(?<=interval: )[\da-z]+"
)


def test_a_scaled_service_has_the_same_rules_with_shorter_times() -> None:
    """Every time of a tier, and nothing else, is shorter by the tier's factor."""
    name, committed = "rules/service.yml", MADE["rules/service.yml"]
    scaled = files(CATALOGUE, REGIONS, tempo=Tempo(minutes=10, days=100))[name]
    start = committed.index("- name: pulse-service-slow")
    middle = scaled.index("- name: pulse-service-slow")
    for whole, short, factor in (
        (committed[:start], scaled[:middle], 10),
        (committed[start:], scaled[middle:], 100),
    ):
        assert whole != short
        assert _stretched(short, factor) == _stretched(whole, 1)


def _stretched(rules: str, factor: int) -> str:
    """Rules with all times of the service in seconds, `factor` times longer. The words of annotations have an hour of
    their own in them, and it is the plan's."""
    lines = [line for line in rules.splitlines() if not line.strip().startswith(("summary:", "description:"))]
    text = _DURATION.sub(lambda found: f"{round(seconds(found[0]) * factor, 3):g} s", "\n".join(lines))
    return _NUMBER.sub(lambda found: f"{float(found[0]) * factor:g}", text)
