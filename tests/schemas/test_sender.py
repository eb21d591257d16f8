"""A refusal says who sent the message, and which value was wrong: as far as bytes allow."""

from dataclasses import dataclass, replace
from datetime import date

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contract import Contract
from schemas.event import Event, Message, Refusal
from schemas.near import nearest
from schemas.refusals import Reason
from schemas.registry import event_types
from schemas.sender import sender
from streams.stopped_clock import StoppedClock
from tests.schemas.messages import REGIONS, STRUCTURED, Absent, Received, binary, event, structured

CONTRACT = Contract(event_types, REGIONS)
VISIT = event(
    "civil-affairs.elder-visit", {"region": "370831001001"}, id="w-1", source="//minzheng.example/x"
)
WHOLE = orjson.dumps(VISIT)
WHO = {"source": "//minzheng.example/x", "type": "civil-affairs.elder-visit", "id": "w-1"}
JSON = ("content-type", b"application/json")
BATCH = (("content-type", b"application/cloudevents-batch+json"),)
HEADERS = binary(VISIT).headers


def refused(message: Message) -> Refusal:
    found = CONTRACT.decode("civil-affairs", message)
    assert isinstance(found, Refusal), found
    return found


def who(refusal: Refusal) -> dict[str, str]:
    return {name: getattr(refusal, name) for name in WHO}


@pytest.mark.parametrize(
    ("message", "reason", "value"),
    [
        (structured(VISIT, b"application/cloudevents+xml"), Reason.CONTENT_TYPE, "application/cloudevents+xml"),
        (structured(VISIT, b"application/cloudevents+json; charset=gbk"), Reason.CONTENT_TYPE, "charset=gbk"),
        (structured(VISIT, b"application/json"), Reason.NOT_CLOUDEVENTS, "application/json"),
        (Received(WHOLE, ()), Reason.NOT_CLOUDEVENTS, "无消息头"),
        (Received(WHOLE, (*STRUCTURED, JSON)), Reason.BAD_HEADER, "application/cloudevents+json、application/json"),
        (Received(WHOLE[:-20]), Reason.NOT_JSON, "第 1 行"),
        (Received(WHOLE.replace(b"370831001001", "汪村".encode("gbk"))), Reason.NOT_UTF8, "0xcd"),
        (Received(b"\xef\xbb\xbf" + WHOLE), Reason.NOT_UTF8, "BOM"),
        (Received(b"[" + WHOLE + b"]", BATCH), Reason.BATCH_MODE, "batch"),
        (Received(WHOLE + b" " * 2_000_000), Reason.TOO_LARGE, "字节"),
        (structured(VISIT | {"specversion": "0.3"}), Reason.SPECVERSION, "0.3"),
        (structured(VISIT | {"Region": "x1"}), Reason.BAD_ATTRIBUTE, "x1"),
        (structured(VISIT | {"extra": 1.5}), Reason.BAD_ATTRIBUTE, "1.5"),
        (structured(VISIT | {"subject": "a\tb"}), Reason.BAD_ATTRIBUTE, "a<U+0009>b（第 2 个字是 U+0009）"),
        (structured(VISIT | {"datacontenttype": "text/xml"}), Reason.CONTENT_TYPE, "text/xml"),
        (structured(VISIT | {"data_base64": "e30="}), Reason.BAD_DATA, "data {…}、data_base64 ***"),
        (structured(VISIT | {"time": "2023-06-01 08:30:00"}), Reason.BAD_TIME, "2023-06-01 08:30:00"),
        (binary(VISIT, b"text/xml"), Reason.CONTENT_TYPE, "text/xml"),
        (binary(VISIT | {"specversion": "0.3"}), Reason.SPECVERSION, "0.3"),
        (Received(b"{}", [*HEADERS, ("ce_id", b"again")]), Reason.BAD_HEADER, "w-1、again"),
        (Received(b"{}", [*HEADERS, ("ce_more", b"\xd5\xc5")]), Reason.BAD_HEADER, "第 1 个字节 0xd5"),
        (Received(b"{}", [*HEADERS, ("ce_more", None)]), Reason.BAD_HEADER, "null"),
        (Received(b"{}", [*HEADERS, ("ce_datacontenttype", b"text/xml")]), Reason.BAD_HEADER, "text/xml"),
        (Received(b"{}", [*binary(VISIT, None).headers, ("ce_datacontenttype", b"application/json")]), Reason.BAD_HEADER,
         "application/json"),
        (Received(b"{}", [(name.replace("_", "-"), text) for name, text in HEADERS]), Reason.NOT_CLOUDEVENTS,
         "application/json"),
    ],
)  # fmt: skip
def test_the_envelopes_refusals_name_sender_and_value(message: Received, reason: Reason, value: str) -> None:
    refusal = refused(message)
    assert refusal.reason == reason
    assert value in refusal.value
    assert who(refusal) == WHO


def test_what_cannot_be_read_is_left_empty() -> None:
    assert who(refused(Received(b"\x00" * 3000))) == dict.fromkeys(WHO, "")
    assert who(refused(Received(None))) == dict.fromkeys(WHO, "")
    assert refused(Received(b'{"type":"a.b","data":{"id":"inner","source":"inner"')).source == ""
    assert refused(structured(VISIT | {"id": 7})).id == "7"
    assert refused(structured(VISIT | {"id": "张三", "source": None})).id == "***"


def test_a_batch_names_what_its_events_share() -> None:
    batch = orjson.dumps([VISIT, VISIT | {"id": "w-2"}])
    found = who(refused(Received(batch, BATCH)))
    assert found == WHO | {"id": ""}


@given(
    st.none() | st.binary(max_size=200),
    st.lists(st.tuples(st.text(max_size=12), st.none() | st.binary(max_size=9)), max_size=4),
)
def test_it_never_raises(value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    found = sender(Received(value, headers), 1000)
    assert list(found) == list(WHO)


# --- What clients write ---


def test_a_withdrawal_without_data_has_a_null_value() -> None:
    message = binary(VISIT | {"void": True, "data": Absent})
    message.value = None
    found = CONTRACT.decode("civil-affairs", message)
    assert isinstance(found, Event)
    assert (found.version[:2], found.data, found.canonical) == ((0, True), None, b"")


def test_a_null_value_that_should_have_data_is_told_as_that() -> None:
    message = binary(VISIT | {"data": Absent}, None)
    message.value = None
    refusal = refused(message)
    assert refusal.reason == Reason.MISSING_DATA
    assert who(refusal) == WHO
    assert refused(Received(None)).reason == refused(Received(None, ())).reason == Reason.NULL_VALUE


@pytest.mark.parametrize(
    "given", [b"application/json", b"application/json; charset=utf-8", b"Application/JSON"]
)
def test_the_datas_type_may_stand_twice(given: bytes) -> None:
    message = binary(VISIT)
    message.headers = [*message.headers, ("ce_datacontenttype", given)]
    assert isinstance(CONTRACT.decode("civil-affairs", message), Event)
    if given == b"application/json":
        assert CONTRACT.fast("civil-affairs", message) is not None


@pytest.mark.parametrize(
    ("text", "void"), [(b"True", True), (b"False", False), (b"true", True), (b"false", False)]
)
def test_booleans_in_a_header(text: bytes, void: bool) -> None:
    message = binary(VISIT)
    message.headers = [*message.headers, ("ce_void", text)]
    assert CONTRACT.fast("civil-affairs", message) == CONTRACT.decode("civil-affairs", message)
    decoded = CONTRACT.decode("civil-affairs", message)
    assert isinstance(decoded, Event)
    assert decoded.version.void is void


def test_a_structured_event_under_the_datas_content_type_is_told_as_a_clients_mistake() -> None:
    refusal = refused(structured(VISIT, b"application/json"))
    assert refusal.reason == Reason.NOT_CLOUDEVENTS
    assert "application/json" in refusal.value
    assert "application/cloudevents+json" in refusal.expected
    assert "Python cloudevents 1.x" in refusal.hint
    assert who(refusal) == WHO
    assert "Python" not in refused(Received(b'{"region":"1"}', [JSON])).hint


# --- Times of publishers ---


@dataclass
class Stamped(Received):
    timestamp_type: int | None = 1


@pytest.mark.parametrize("kind", [0, 1, None])
def test_a_far_future_says_whose_clock_it_was_compared_with(kind: int | None) -> None:
    message = Stamped(orjson.dumps(VISIT | {"time": "2031-01-01T00:00:00+08:00"}), timestamp_type=kind)
    refusal = refused(message)
    assert refusal.reason == Reason.FAR_FUTURE
    assert ("LogAppendTime" in refusal.hint) == (kind == 0)
    assert ("2023-06-29T00:53:20Z" in refusal.expected) == (kind == 0)
    assert "2023-06-30T00:53:20Z" in refusal.expected


def test_a_far_future_where_a_year_stands_names_its_clock() -> None:
    clock = StoppedClock.at(date(2023, 12, 31), date(2023, 1, 1), "Asia/Shanghai")
    sent = Stamped(orjson.dumps(VISIT | {"time": "2026-12-01T08:30:00+08:00"}), timestamp_type=0)
    refusal = refused(clock.arrived(replace(sent, timestamp=1_796_100_000_000)))
    assert refusal.reason == Reason.FAR_FUTURE
    assert refusal.hint.startswith("这里的时钟停在 2023-12-31T15:59:59Z")
    assert "LogAppendTime" not in refusal.hint


# --- Near names ---


@pytest.mark.parametrize(
    ("given", "first"),
    [("civil-affairs.eldr-visit", "civil-affairs.elder-visit"), ("civil-affairs.elder_visits", "civil-affairs.elder-visit"),
     ("civil_affairs.care-bed", "civil-affairs.care-beds"), ("elder-canten", "civil-affairs.elder-canteen"),
     ("civil-affairs.Community", "civil-affairs.community"), ("justice.dispute-setled", "justice.dispute-settled")],
)  # fmt: skip
def test_a_misspelt_name_is_near_to_what_was_meant(given: str, first: str) -> None:
    assert nearest(given, tuple(event_types))[0] == first
    assert nearest(first, tuple(event_types))[0] == first


@given(st.text(max_size=300))
def test_any_name_has_at_most_three_near_ones(text: str) -> None:
    assert len(nearest(text, tuple(event_types))) <= 3
