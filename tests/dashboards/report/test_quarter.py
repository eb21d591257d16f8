from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.report.quarter import Quarter, of, parse, within


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_each_day_lies_in_its_quarter_and_in_no_other(day: date) -> None:
    quarter = of(day)
    assert quarter.first <= day <= quarter.last
    assert parse(str(quarter)) == quarter
    assert of(quarter.last) == quarter
    assert of(quarter.last + timedelta(1)) > quarter


def test_names() -> None:
    assert Quarter(2023, 3).zh == "2023年第三季度"
    assert (Quarter(2023, 4).first, Quarter(2023, 4).last) == (date(2023, 10, 1), date(2023, 12, 31))
    assert parse(" 2023q1 ") == Quarter(2023, 1)


@pytest.mark.parametrize("text", ["", "2023", "2023Q5", "Q3", "2023-Q3", "23Q1"])
def test_what_is_no_quarter_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="as in 2023Q3"):
        parse(text)


def test_the_quarters_of_a_plan() -> None:
    assert within(date(2023, 6, 1), date(2024, 1, 1)) == [
        Quarter(2023, 2),
        Quarter(2023, 3),
        Quarter(2023, 4),
        Quarter(2024, 1),
    ]
    assert within(date(2023, 1, 1), date(2023, 12, 31))[-1] == Quarter(2023, 4)
