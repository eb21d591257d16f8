from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.report import words
from dashboards.report.model import Figure
from tests.dashboards.report.small import INDICATORS

JOBS, _, RATE, _ = INDICATORS


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        (None, 0, "–"),
        (0, 0, "0"),
        (1234567.5, 1, "1\u00a0234\u00a0567.5"),
        (-12.34, 1, "−12.3"),
        (-0.04, 1, "0.0"),
    ],
)
def test_amounts(number: float | None, decimals: int, text: str) -> None:
    assert words.amount(number, decimals) == text


@given(st.floats(-1e12, 1e12), st.integers(0, 3))
def test_an_amount_reads_back_as_the_rounded_number(number: float, decimals: int) -> None:
    text = words.amount(number, decimals).replace("\u00a0", "").replace("−", "-")
    assert float(text) == float(f"{number:.{decimals}f}")


@pytest.mark.parametrize(
    ("figure", "lag", "missing"),
    [
        (Figure("i", "r"), "", ""),
        (
            Figure("i", "r", gap=-9.5, gap_days=-5.2, behind=66, shortfall=120),
            "落后 66\u00a0人 · 5\u00a0天",
            "距目标差 120\u00a0人",
        ),
        (
            Figure("i", "r", gap=-0.2, gap_days=-0.3, behind=0, shortfall=1),
            "与进度持平",
            "距目标差 1\u00a0人",
        ),
        (Figure("i", "r", gap=3.0, gap_days=12.4, behind=0, shortfall=0), "领先 12\u00a0天", ""),
        (Figure("i", "r", gap=0.0, gap_days=None), "与进度持平", ""),
    ],
)
def test_lags(figure: Figure, lag: str, missing: str) -> None:
    assert words.lag(JOBS, figure) == lag
    assert words.missing(JOBS, figure) == missing


@pytest.mark.parametrize(
    ("chance", "reason", "text"),
    [(0.412, "", "41\u00a0%"), (0.001, "", "<\u00a01\u00a0%"), (0.9999, "", ">\u00a099\u00a0%"),
     (None, "too_little", "历史太短"), (None, "not_a_target", ""), (None, "", "")],
)  # fmt: skip
def test_chances(chance: float | None, reason: str, text: str) -> None:
    assert words.chance(Figure("i", "r", chance=chance, no_forecast=reason)) == text


def test_targets_and_values() -> None:
    assert words.target(RATE, Figure("i", "r", target=100.0)) == "=\u00a0100\u00a0%"
    assert words.target(JOBS, Figure("i", "r", target=26_000.0)) == "≥\u00a026\u00a0000\u00a0人"
    assert words.target(JOBS, Figure("i", "r")) == "不分解"
    assert words.value(RATE, 78.25) == "78.2\u00a0%"
    assert words.parts(Figure("i", "r", 5.5, 1200.0)) == "5.5 / 1\u00a0200"


def test_moments_are_the_citys() -> None:
    assert words.as_of(datetime(2023, 9, 30, 16, tzinfo=UTC), "Asia/Shanghai") == "2023年9月30日 24:00"
    assert words.as_of(datetime(2023, 9, 30, 16, 5, tzinfo=UTC), "Asia/Shanghai") == "2023年10月1日 00:05"


@given(st.fractions(-(10**6), 10**6, max_denominator=1))
def test_a_difference_has_a_sign(number: Fraction) -> None:
    text = words.signed(number)
    assert text[0] == ("+" if number > 0 else "−" if number < 0 else "0")
