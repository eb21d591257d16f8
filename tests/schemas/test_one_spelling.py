"""One spelling for what means one thing: identifiers, instants, numbers, keys. Both ways of reading keep to it."""

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import Contract
from schemas.event import Event, PassedOver, Refusal
from schemas.instants import LocalDays
from schemas.judge import judge
from schemas.look_alikes import INVISIBLE, odd, plain
from schemas.refusals import Reason
from schemas.registry import event_types
from tests.schemas.messages import REGIONS, Mode, Received, binary, event, structured
from tests.schemas.test_contract_paths import same

CONTRACT = Contract(event_types, REGIONS)
KEPT = Contract(event_types, REGIONS, kept=True)
PERSON = event(
    "employment.person-employed",
    {"region": "370831", "registered_unemployed_on": "2023-05-01"},
    source="//renshe.example/r",
)
PAY = event(
    "organization.pay-report",
    {"region": "370826001", "total_yuan": 1.5, "heads": 1},
    source="//zuzhi.example/pay",
)
VISIT = event("civil-affairs.elder-visit", {"region": "370831001001"})
MODES = pytest.mark.parametrize("mode", [structured, binary])


def decoded(message: Received, topic: str) -> Event | Refusal:
    """What both ways say: the fast one where it dares, and the judge."""
    found = CONTRACT.decode(topic, message)
    verdict = judge(CONTRACT.terms, topic, message)
    if isinstance(found, Event):
        assert isinstance(verdict, Event), verdict
        same(found, verdict)
    else:
        assert found == verdict
    assert not isinstance(found, PassedOver)
    return found


def refused(message: Received, topic: str) -> Refusal:
    found = decoded(message, topic)
    assert isinstance(found, Refusal), found
    return found


def accepted(message: Received, topic: str) -> Event:
    found = decoded(message, topic)
    assert isinstance(found, Event), found
    return found


# --- Identifiers ---

ODD = [
    ("甲e\u0301-1", "U+0301 COMBINING ACUTE ACCENT", 3),
    ("甲é-1 ", "U+0020 SPACE", 5),
    (" 甲é-1", "U+0020 SPACE", 1),
    ("甲é-1\u3000", "U+3000 IDEOGRAPHIC SPACE", 5),
    ("甲é\u00a0-1", "U+00A0 NO-BREAK SPACE", 3),
    ("甲é-1\u200b", "U+200B ZERO WIDTH SPACE", 5),
    ("甲\u200dé-1", "U+200D ZERO WIDTH JOINER", 2),
    ("\ufeff甲é-1", "U+FEFF ZERO WIDTH NO-BREAK SPACE", 1),
    ("AB\u00ad12", "U+00AD SOFT HYPHEN", 3),
    ("\u202eAB12", "U+202E RIGHT-TO-LEFT OVERRIDE", 1),
    ("AB12\ufe0f", "U+FE0F VARIATION SELECTOR-16", 5),
    ("甲\U000e0100", "U+E0100 VARIATION SELECTOR-17", 2),
    ("AB\u316412", "U+3164 HANGUL FILLER", 3),
    ("ＡＢ12", "U+FF21 FULLWIDTH LATIN CAPITAL LETTER A", 1),
    ("AB１2", "U+FF11 FULLWIDTH DIGIT ONE", 3),
    ("甲（一）", "U+FF08 FULLWIDTH LEFT PARENTHESIS", 2),
    ("\uf900", "U+F900 CJK COMPATIBILITY IDEOGRAPH-F900", 1),
    ("①", "U+2460 CIRCLED DIGIT ONE", 1),
    ("\u1100\u1161", "U+1161 HANGUL JUNGSEONG A", 2),
]


@MODES
@pytest.mark.parametrize("name", ["id", "subject"])
@pytest.mark.parametrize(("text", "char", "place"), ODD)
def test_identifiers_that_only_look_alike_are_refused(
    mode: Mode, name: str, text: str, char: str, place: int
) -> None:
    refusal = refused(mode(PERSON | {name: text}), "employment")
    assert (refusal.reason, refusal.field) == (Reason.LOOK_ALIKE, name)
    assert f"第 {place} 个字是 {char}" in refusal.value
    assert refusal.source == PERSON["source"]


@MODES
@pytest.mark.parametrize(
    "text", ["甲é-1", "AB12", "AB 12", "370831:a_b", "住户 7", "ẞ", "𠮷野家", "각", "नि", "🏠"]
)
def test_identifiers_of_one_spelling_are_accepted(mode: Mode, text: str) -> None:
    assert accepted(mode(PERSON | {"id": text, "subject": text}), "employment").record.subject == text


@MODES
@pytest.mark.parametrize(
    ("text", "char"),
    [
        ("//renshe.example/r ", "U+0020 SPACE"),
        ("\ufeff//renshe.example/r", "U+FEFF"),
        ("//renshe.example/\u200br", "U+200B"),
        ("//renshe.example／r", "U+FF0F FULLWIDTH SOLIDUS"),
    ],
)
def test_sources_that_only_look_alike_are_refused(mode: Mode, text: str, char: str) -> None:
    refusal = refused(mode(PERSON | {"source": text}), "employment")
    assert (refusal.reason, refusal.field) == (Reason.LOOK_ALIKE, "source")
    assert char in refusal.value


@MODES
@pytest.mark.parametrize(
    "text",
    [
        "//a[b]/c",
        "a b",
        "民政",
        "1a:b",
        ":a",
        "//a:b:c/",
        "//h:x/",
        "a#b#c",
        "%zz",
        "//[::1/x",
        "<a>",
        "a|b",
        "^",
        "`",
        "\\\\host\\x",
        '"',
    ],
)
def test_a_source_is_a_uri_reference(mode: Mode, text: str) -> None:
    refusal = refused(mode(PERSON | {"source": text}), "employment")
    assert (refusal.reason, refusal.field) == (Reason.BAD_ATTRIBUTE, "source")
    assert "URI" in refusal.expected


@MODES
@pytest.mark.parametrize(
    "text",
    [
        "//a.b/c",
        "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
        "https://a:8443/x?y=z",
        "records",
        "./a:b",
        "a/b:c",
        "/x",
        "//[::1]:80/x",
        "?q",
        "#f",
        "mailto:x@y.example",
        "//u:p@h/x",
        "a%20b",
        "tag:a.example,2023:x",
    ],
)
def test_any_uri_reference_will_do(mode: Mode, text: str) -> None:
    assert accepted(mode(PERSON | {"source": text}), "employment").record.source == text


@MODES
def test_a_type_that_looks_like_another_is_told_as_that(mode: Mode) -> None:
    refusal = refused(mode(PERSON | {"type": PERSON["type"] + "\u200b"}), "employment")
    assert (refusal.reason, refusal.field) == (Reason.LOOK_ALIKE, "type")
    assert "U+200B" in refusal.value


@MODES
def test_a_region_shows_what_cannot_be_seen_in_it(mode: Mode) -> None:
    refusal = refused(mode(PERSON | {"data": {"region": "370831\u200b"}}), "employment")
    assert (refusal.reason, refusal.value) == (Reason.UNKNOWN_REGION, "370831<U+200B>")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=6) | st.text(
    "aé\u0301 \u3000\u200bＡ1１（\u1100\u1161", min_size=1, max_size=6
)


@settings(max_examples=1000)
@given(TEXT)
def test_what_is_plain_has_no_look_alike_among_its_forms(text: str) -> None:
    bare = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()
    found = odd(text)
    assert plain(text) == (found is None)
    assert plain(text) == (text == bare)
    if found:
        assert text[found.place - 1] == found.char


# --- Instants ---

DAYS = [
    ("2023-06-30T23:59:59.9999999+08:00", date(2023, 6, 30)),
    ("2023-06-30T15:59:59.9999999Z", date(2023, 6, 30)),
    ("2023-12-31T23:59:59.9999999+08:00", date(2023, 12, 31)),
    ("2022-12-31T23:59:59.999999999999+08:00", date(2022, 12, 31)),
    ("2023-02-28T23:59:59.9999995+08:00", date(2023, 2, 28)),
    ("2016-12-31T23:59:60Z", date(2017, 1, 1)),
]


@MODES
@pytest.mark.parametrize(("text", "day"), DAYS)
def test_the_day_that_is_written(mode: Mode, text: str, day: date) -> None:
    message = mode(VISIT | {"time": text, "recordedtime": text})
    message.timestamp = 1_720_000_000_000
    found = accepted(message, "civil-affairs")
    assert LocalDays("Asia/Shanghai")(found.time) == day
    assert found.recorded == found.time


# --- Numbers ---


@MODES
@pytest.mark.parametrize("text", ["1.50", "1.5", "15e-1", "0.15E1", "1.500", "1.50000000000000000000"])
def test_a_decimal_is_what_its_digits_say(mode: Mode, text: str) -> None:
    message = mode(PAY)
    message.value = (message.value or b"").replace(b"1.5", text.encode())
    found = accepted(message, "organization")
    assert found.data.total_yuan == Decimal("1.5")
    assert b'"total_yuan":1.5}' in found.canonical


@MODES
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("-0.0", 0),
        ("1e2", 100),
        ("1000000000000", 10**12),
        ("999999999999.99", Decimal("999999999999.99")),
        ("1e12", 10**12),
        ("0.10", Decimal("0.1")),
        ("90071992547.99", Decimal("90071992547.99")),
    ],
)
def test_numbers_within_their_bounds(mode: Mode, text: str, value: Decimal | int) -> None:
    message = mode(PAY)
    message.value = (message.value or b"").replace(b"1.5", text.encode())
    assert accepted(message, "organization").data.total_yuan == value


@MODES
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'"{text}"', "不加引号")
        for text in ("1.5", " 1.5 ", "1_000", "１２３", "٣", "-0", "1E+2", "", "NaN", "0x1", "abc")
    ]
    + [("true", "不加引号"), ("null", "不加引号"), ("[1.5]", "不加引号"), ('{"a":1}', "不加引号")]
    + [
        (text, "2 位小数")
        for text in ("1e-400", "1.500000000000000000001", "1000000000000.000000000001", "0.001", "1e-3")
    ]
    + [
        ("1000000000000.01", "不大于"),
        ("1e13", "不大于"),
        ("1e300", "不大于"),
        ("-1", "不小于 0"),
        ("-0.01", "不小于 0"),
    ],
)
def test_what_is_no_such_number(mode: Mode, text: str, expected: str) -> None:
    message = mode(PAY)
    message.value = (message.value or b"").replace(b"1.5", text.encode())
    refusal = refused(message, "organization")
    assert (refusal.reason in (Reason.BAD_FIELD, Reason.NEGATIVE), refusal.field) == (True, "data.total_yuan")
    assert expected in refusal.expected
    assert (refusal.source, refusal.type, refusal.id) == (PAY["source"], PAY["type"], PAY["id"])


def test_a_negative_sum_is_told_as_one() -> None:
    message = structured(PAY | {"data": PAY["data"] | {"total_yuan": -2.5}})
    refusal = refused(message, "organization")
    assert (refusal.reason, refusal.value) == (Reason.NEGATIVE, "-2.5")


# --- Keys ---


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (b'{"id":"a","id":"b"}', "id", "a、b"),
        (b'{"id":"a","id":"a"}', "id", "a、a"),
        (b'{"id":"a","i\\u0064":"b"}', "id", "a、b"),
        (b'{"id" : "a", "id" :"b"}', "id", "a、b"),
        (b'{"revision":1,"revision":2}', "revision", "1、2"),
        (b'{"void":true,"void":false}', "void", "true、false"),
        (
            b'{"recordedtime":null,"recordedtime":"2023-06-01T00:00:00Z"}',
            "recordedtime",
            "null、2023-06-01T00:00:00Z",
        ),
        (b'{"data":{"region":"370811"},"data":{"region":"370812"}}', "data", "{…}、{…}"),
        (b'{"extra":1,"extra":1}', "extra", "1、1"),
    ],
)
def test_an_attribute_that_stands_twice(text: bytes, field: str, value: str) -> None:
    rest = {name: given for name, given in VISIT.items() if name != field}
    refusal = refused(Received(orjson.dumps(rest)[:-1] + b"," + text[1:]), "civil-affairs")
    assert (refusal.reason, refusal.field, refusal.value) == (Reason.REPEATED_KEY, field, value)
    assert refusal.source == VISIT["source"]


@MODES
@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (b'{"region":"370826001","total_yuan":1,"total_yuan":2,"heads":1}', "data.total_yuan", "1、2"),
        (b'{"region":"370826001","heads":1,"total_yuan":1,"heads":1}', "data.heads", "1、1"),
        (
            b'{"region":"370826001","region":"370826002","total_yuan":1,"heads":1}',
            "data.region",
            "370826001、370826002",
        ),
        (
            b'{"region":"370826001","more":[1,{"a":1,"a":2}],"total_yuan":1,"heads":1}',
            "data.more.1.a",
            "1、2",
        ),
    ],
)
def test_a_field_that_stands_twice(mode: Mode, text: bytes, field: str, value: str) -> None:
    message = mode(PAY)
    message.value = (message.value or b"").replace(orjson.dumps(PAY["data"]), text)
    refusal = refused(message, "organization")
    assert (refusal.reason, refusal.field, refusal.value) == (Reason.REPEATED_KEY, field, value)


@MODES
@pytest.mark.parametrize("space", [b"", b" ", b"\n\t "])
def test_a_field_of_whole_numbers_that_stands_twice(mode: Mode, space: bytes) -> None:
    beds = event("civil-affairs.care-beds", {"region": "370811", "beds": 12})
    message = mode(beds)
    message.value = (message.value or b"").replace(b'"beds":12', b'"beds":12,%b"beds"%b:13' % (space, space))
    refusal = refused(message, "civil-affairs")
    assert (refusal.reason, refusal.field, refusal.value) == (Reason.REPEATED_KEY, "data.beds", "12、13")


# --- What a ledger kept ---


@pytest.mark.parametrize(
    "changes", [{"subject": "甲 "}, {"id": "ＡＢ"}, {"subject": "a\u200b"}, {"source": "//a[b]/c"}]
)
def test_an_identifier_of_a_ledger_was_judged_when_it_came(changes: dict[str, Any]) -> None:
    message = binary(PERSON | changes)
    assert isinstance(CONTRACT.decode("employment", message), Refusal)
    found = KEPT.decode("employment", message)
    assert isinstance(found, Event), found
    assert found.record == tuple((PERSON | changes)[name] for name in ("source", "id", "type", "subject"))


@pytest.mark.parametrize(
    ("text", "value"),
    [('"1_000"', 1000), ('"1.5"', Decimal("1.5")), ("1.500000000000000000001", Decimal("1.5"))],
)
def test_a_decimal_of_a_ledger_was_judged_when_it_came(text: str, value: Decimal | int) -> None:
    message = binary(PAY)
    message.value = (message.value or b"").replace(b"1.5", text.encode())
    found = KEPT.decode("organization", message)
    assert isinstance(found, Event), found
    assert found.data.total_yuan == value
