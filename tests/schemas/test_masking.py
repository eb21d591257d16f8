import re
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.masking import MASK, mask_payload, mask_runs, mask_value

names = st.text(alphabet="张王李赵刘陈杨小明丽华芳", min_size=2, max_size=4)
cards = st.from_regex(r"37[0-9]{4}(?:19|20)[0-9]{9}[0-9X]", fullmatch=True)
phones = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
around = st.sampled_from(["", " ", "电话:", ",", '"', "(", "号", "\n"])


@given(st.binary(max_size=3000), st.integers(30, 500))
def test_no_bytes_make_it_raise_and_the_result_is_bounded(payload: bytes, limit: int) -> None:
    assert len(mask_payload(payload, limit)) <= limit


@given(
    st.none() | st.binary() | st.text() | st.integers() | st.floats() | st.lists(st.text()) | st.booleans()
)
def test_no_value_makes_it_raise(value: object) -> None:
    assert len(mask_value(value)) <= 80
    assert len(mask_value(value, text=True)) <= 80


@given(cards | phones, around, around)
def test_card_and_phone_numbers_never_show(number: str, before: str, after: str) -> None:
    assert number not in mask_runs(f"{before}{number}{after}")
    assert number not in mask_payload(f"{before}{number}{after}".encode())
    assert number not in mask_payload(orjson.dumps({"id": number, "data": {"n": int(number[:11])}}))


@given(names, names, cards)
def test_names_never_show_even_where_the_json_is_broken(name: str, subject: str, card: str) -> None:
    event = {"subject": subject, "source": name, "data": {"name": name, "card": card, "people": [name]}}
    text = orjson.dumps(event)
    for payload in (text, text[: len(text) // 2], text.replace(b'"', b""), text[1:], text.replace(b":", b"")):
        masked = mask_payload(payload)
        assert name not in masked
        assert subject not in masked
        assert card not in masked


def test_a_number_cut_in_two_does_not_show() -> None:
    payload = b'{"n":"' + b"." * 372 + b'", "card": 370811195001011234}'
    assert "3708111950" not in mask_payload(payload, 100)
    for limit in range(90, 110):
        assert not re.search(r"\d{8}", mask_payload(payload, limit))


def test_what_an_engineer_needs_stays() -> None:
    event = {
        "type": "civil-affairs.elder", "time": "2023-06-01T08:30:00+08:00", "subject": "elder-0001",
        "data": {"region": "370811001002", "listed": True, "name": "王小明", "beds": 12},
    }  # fmt: skip
    assert mask_payload(orjson.dumps(event)) == orjson.dumps(event | {
        "data": {"region": "370811001002", "listed": True, "name": MASK, "beds": 12},
    }).decode()  # fmt: skip


def test_an_escape_does_not_smuggle_a_name() -> None:
    assert "u5f20" not in mask_payload(b'{"subject":"\\u5f20\\u4e09"}')


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("370811195001011234", "37***"),
        ("37081119500101123X", "37***"),
        ("370811 19500101 1234", "37***"),
        ("138-1234-5678", "13***"),
        ("+86 138 1234 5678", "86***"),
        ("13812345678", "13***"),
        ("6222021234567890123", "62***"),
        ("370811001002", "370811001002"),
        ("2023-06-01T08:30:00+08:00", "2023-06-01T08:30:00+08:00"),
        ("1683000000000", "1683000000000"),
    ],
)
def test_runs_of_digits(text: str, masked: str) -> None:
    assert mask_runs(text) == masked


def test_values() -> None:
    assert mask_value("urbann") == "urbann"
    assert mask_value("ZhangSan", text=True) == MASK
    assert mask_value("张三") == MASK
    assert mask_value(None) == "null"
    assert mask_value({"name": "张三"}) == "{…}"
    assert mask_value(10**5000) == "…"
    assert mask_value(Decimal("1000.1")) == "1000.1"
