"""What a time on the wire may look like, and which day it falls on in the city."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import EARLIEST, LATEST, LocalDays, Moment, instant, micros

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
        ("2023-06-01T00:30:00.0000015Z", 2),
        ("2023-06-01T00:30:00.9999999Z", 1_000_000),
        ("2023-06-01T00:29:59.9999999999999999999Z", 0),
    ],
)
def test_spellings_of_an_instant(text, after):
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
        "2023-06-30T23:59:60Z",
        "2023-06-01T24:00:00Z",
        "2023-02-29T08:30:00Z",
        "2023-13-01T08:30:00Z",
        "2023-6-1T8:30:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "20230601T083000Z",
        "2023-152T08:30:00Z",
        "2023-06-01_08:30:00Z",
        "2023-06-01T08:30:00,5Z",
        "2023-06-01T08:30:00.Z",
        " 2023-06-01T08:30:00Z",
        "2023-06-01T08:30:00Z\n",
        "2023-06-01T08:30:00Z[Asia/Shanghai]",
        "2023-06-01T08:30:00−08:00",
        "２023-06-01T08:30:00Z",
    ],
)
def test_what_is_no_instant(text):
    with pytest.raises(ValueError, match=r"."):
        instant(text)


PIECES = st.sampled_from(
    ["2023", "0000", "9999", "-", "06", "01", "31", "T", "t", " ", "08", "24", ":", "30", "60", ".", "5", "9999999",
     "Z", "z", "+", "08:00", "0800", "23:59"]
)  # fmt: skip


@given(
    st.lists(PIECES, max_size=16).map("".join) | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
)
def test_json_and_text_are_read_alike(text):
    try:
        inside = micros(msgspec.json.decode(json.dumps(text), type=Moment))
    except ValueError:
        inside = None
    try:
        outside = instant(text)
    except ValueError:
        outside = None
    assert inside == outside


offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    datetime.fromisoformat("1900-01-03"), datetime.fromisoformat("2299-12-29"), timezones=offsets
)


@given(moments)
def test_an_instant_is_exact_to_the_microsecond(moment):
    exact = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert micros(moment) == exact == instant(moment.isoformat())
    assert EARLIEST <= exact < LATEST


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-05-31T15:59:59.999999Z", date(2023, 5, 31)),
        ("2023-05-31T16:00:00Z", date(2023, 6, 1)),
        ("2023-06-01T00:00:00+08:00", date(2023, 6, 1)),
        ("1969-12-31T15:59:59Z", date(1969, 12, 31)),
        ("1988-06-30T15:30:00Z", date(1988, 7, 1)),  # summer time was kept then
    ],
)
def test_the_day_on_the_citys_calendars(text, day):
    local_day = LocalDays("Asia/Shanghai")
    assert local_day(instant(text)) == day
    assert local_day(instant(text)) == day
