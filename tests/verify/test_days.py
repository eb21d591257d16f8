"""Reading days, periods, reading hours."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pulse.verify.days import first_after, first_of, number, reading_days, reading_hour


@pytest.mark.parametrize(
    ("period", "first", "after"),
    [
        ("month", "2023-11-01", "2023-12-01"),
        ("quarter", "2023-10-01", "2024-01-01"),
        ("year", "2023-01-01", "2024-01-01"),
    ],
)
def test_a_period_begins_and_ends(period: str, first: str, after: str) -> None:
    for day in (date(2023, 11, 1), date(2023, 11, 30)):
        assert first_of(period, number(day)) == number(date.fromisoformat(first))
        assert first_after(period, number(day)) == number(date.fromisoformat(after))


def test_days_before_1970_have_periods_too() -> None:
    assert first_of("quarter", number(date(1958, 5, 20))) == number(date(1958, 4, 1))


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (date(2023, 1, 1), [date(2023, 1, 1)]),
        (date(2023, 1, 31), [date(2023, 1, 31)]),
        (date(2023, 3, 5), [date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 5)]),
    ],
)
def test_figures_are_read_at_each_months_end_and_now(last: date, expected: list[date]) -> None:
    assert reading_days(date(2023, 1, 1), number(last)) == [number(day) for day in expected]


def test_the_reading_hour_is_the_last_complete_one() -> None:
    until = int(datetime(2023, 7, 1, 3, 20, tzinfo=UTC).timestamp()) * 1_000_000
    over = reading_hour(number(date(2023, 6, 30)), "Asia/Shanghai", until)
    runs = reading_hour(number(date(2023, 7, 1)), "Asia/Shanghai", until)
    assert datetime.fromtimestamp(over, UTC) == datetime(2023, 6, 30, 15, tzinfo=UTC)
    assert datetime.fromtimestamp(runs, UTC) == datetime(2023, 7, 1, 2, tzinfo=UTC)
