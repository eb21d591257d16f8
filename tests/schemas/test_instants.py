"""What a time on the wire may look like, and which day it falls on in the city."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.instants import EARLIEST, LATEST, LocalDays, instant

EIGHT_THIRTY = 1_685_579_400_000_000
"""2023-06-01T08:30:00+08:00"""


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("2023-06-01T08:30:00+08:00", 0),
        ("2023-06-01T00:30:00Z", 0),
        ("2023-06-01t00:30:00z", 0),
        ("2023-06-01 00:30:00Z", 0),
        ("2023-06-01T08:30:00+0800", 0),
        ("2023-06-01T00:30:00-00:00", 0),
        ("2023-06-01T00:29:00-00:01", 0),
        ("2023-06-02T00:29:00+23:59", 0),
        ("2023-05-31T00:31:00-23:59", 0),
        ("2023-06-01T00:30:00.5Z", 500_000),
        ("2023-06-01T00:30:00.000001Z", 1),
        ("2023-06-01T00:30:00.0000014999Z", 1),
        ("2023-06-01T00:30:00.0000015Z", 1),
        ("2023-06-01T00:30:00.0000019999999999Z", 1),
        ("2023-06-01T00:30:00.9999999Z", 999_999),
        ("2023-06-01T00:29:59.9999999999999999999Z", -1),
        ("2023-06-01T08:30:00.1234567+0800", 123_456),
    ],
)
def test_spellings_of_an_instant(text: str, after: int) -> None:
    assert instant(text) == EIGHT_THIRTY + after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1685579400",
        "2023-06-01",
        "2023-06-01T08:30:00",
        "2023-06-01T08:30Z",
        "2023-06-01T08:30:00+08",
        "2023-06-01T08:30:00+08:60",
        "2023-06-01T08:30:00+24:00",
        "2023-06-01T08:30:00+08:00:30",
        "2023-06-01T08:30:60Z",
        "2023-06-30T23:59:60+08:00",
        "2023-06-30T15:59:60Z",
        "2023-05-31T23:59:60Z",
        "2023-12-31T23:58:60Z",
        "2023-12-31T23:59:61Z",
        "9999-12-31T23:59:60-10:00",
        "0001-01-01T00:00:60+14:00",
        "2023-06-01T24:00:00Z",
        "2023-02-29T08:30:00Z",
        "2023-13-01T08:30:00Z",
        "2023-6-1T8:30:00Z",
        "0000-01-01T00:00:00Z",
        "20230601T083000Z",
        "2023-152T08:30:00Z",
        "2023-06-01_08:30:00Z",
        "2023-06-01T08:30:00,5Z",
        "2023-06-01T08:30:00.Z",
        "2023-06-01T08:30:00.",
        "2023-06-01T08:30:00.+08:00",
        "2023-06-01T08:30:00.-1+08:00",
        "2023-06-01T08:30:00.１２３Z",
        "2023-06-01T08:30:00.1_0Z",
        "2023-W22-4T08:30:00+08:00",
        "2023-06-01T08:30:00+8:00",
        " 2023-06-01T08:30:00Z",
        "2023-06-01T08:30:00Z\n",
        "2023-06-01T08:30:00Z[Asia/Shanghai]",
        "2023-06-01T08:30:00−08:00",
        "２023-06-01T08:30:00Z",
    ],
)
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
        ("2016-12-31T23:59:60.7Z", "2016-12-31T23:59:59.999999Z"),
        ("2015-06-30T23:59:60Z", "2015-06-30T23:59:59.999999Z"),
        ("2017-01-01T07:59:60+08:00", "2017-01-01T07:59:59.999999+08:00"),
        ("1990-12-31T15:59:60-08:00", "1990-12-31T15:59:59.999999-08:00"),
    ],
)
def test_a_leap_second_is_the_last_microsecond_of_what_is_written(text: str, written: str) -> None:
    assert instant(text) == instant(written)


def oracle(text: str) -> int | None:
    """Another reading of RFC 3339: digit by digit, by the calendar's own arithmetic."""
    found = re.fullmatch(
        r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:?\d\d)", text, re.ASCII
    )
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    zone = found[8].replace(":", "")
    ahead = 0 if zone in "Zz" else int(zone[0] + "1") * (int(zone[1:3]) * 60 + int(zone[3:]))
    if zone not in "Zz" and (int(zone[1:3]) > 23 or int(zone[3:]) > 59):
        return None
    try:
        days = date(year, month, day).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    fraction = 0 if found[7] is None else int(Fraction("0" + found[7]) * 1_000_000)
    minutes = days * 1440 + hour * 60 + minute - ahead
    if second == 60:
        begins = [
            date(year + after, month, 1).toordinal()
            for after in (0, 1)
            for month in (1, 7)
            if year + after < 10_000
        ]
        if (minutes + 1) % 1440 or (minutes + 1) // 1440 + date(1970, 1, 1).toordinal() not in begins:
            return None
        return (minutes + 1) * 60_000_000 - 1
    return (minutes * 60 + second) * 1_000_000 + fraction


PIECES = st.sampled_from(
    ["2023", "0000", "9999", "-", "06", "01", "31", "30", "12", "T", "t", " ", "08", "24", ":", "23", "59", "60", ".", "5",
     "9999999", "Z", "z", "+", "08:00", "0800", "23:59", "２"]
)  # fmt: skip
SHAPES = st.builds(
    "{}-{}-{}{}{}:{}:{}{}{}".format,
    st.sampled_from(["2023", "2016", "2024", "0001", "9999"]),
    st.sampled_from(["01", "02", "06", "07", "12", "13"]),
    st.sampled_from(["01", "28", "29", "30", "31"]),
    st.sampled_from("Tt "),
    st.sampled_from(["00", "08", "15", "16", "23", "24"]),
    st.sampled_from(["00", "30", "59"]),
    st.sampled_from(["00", "07", "59", "60", "61"]),
    st.just("") | st.text("0123456789", min_size=1, max_size=12).map(".{}".format),
    st.sampled_from(
        ["Z", "z", "+00:00", "-00:00", "+08:00", "+0800", "-08:00", "-10:00", "+23:59", "+05:30"]
    ),
)


@settings(max_examples=1000)
@given(
    SHAPES
    | st.lists(PIECES, max_size=16).map("".join)
    | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
)
def test_it_reads_what_another_reading_reads(text: str) -> None:
    for _ in range(2):  # an hour is remembered
        try:
            found = instant(text)
        except ValueError:
            found = None
        assert found == oracle(text)


offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    datetime.fromisoformat("1900-01-03"), datetime.fromisoformat("2299-12-29"), timezones=offsets
)


@given(moments)
def test_an_instant_is_exact_to_the_microsecond(moment: datetime) -> None:
    exact = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert exact == instant(moment.isoformat())
    assert EARLIEST <= exact < LATEST


@given(moments, st.text("0123456789", min_size=1, max_size=9))
def test_digits_after_the_microsecond_are_cut_off(moment: datetime, more: str) -> None:
    plain = moment.isoformat(timespec="microseconds")
    assert instant(f"{plain[:26]}{more}{plain[26:]}") == instant(plain)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-05-31T15:59:59.999999Z", date(2023, 5, 31)),
        ("2023-06-30T23:59:59.9999999+08:00", date(2023, 6, 30)),
        ("2023-06-30T15:59:59.9999999Z", date(2023, 6, 30)),
        ("2023-12-31T23:59:59.9999999+08:00", date(2023, 12, 31)),
        ("2016-12-31T23:59:60Z", date(2017, 1, 1)),  # 07:59:60 there
        ("2023-05-31T16:00:00Z", date(2023, 6, 1)),
        ("2023-06-01T00:00:00+08:00", date(2023, 6, 1)),
        ("1969-12-31T15:59:59Z", date(1969, 12, 31)),
        ("1988-06-30T15:30:00Z", date(1988, 7, 1)),  # summer time was kept then
    ],
)
def test_the_day_on_the_citys_calendars(text: str, day: date) -> None:
    local_day = LocalDays("Asia/Shanghai")
    assert local_day(instant(text)) == day
    assert local_day(instant(text)) == day


def test_a_leap_second_stays_in_the_year_that_is_written() -> None:
    assert LocalDays("UTC")(instant("2016-12-31T23:59:60Z")) == date(2016, 12, 31)
