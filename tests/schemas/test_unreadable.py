"""Whatever bytes a record has, it is an event or one refusal: reading never raises, and its letter can be written."""

import base64
import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import schemas.contract
from schemas.contract import Contract
from schemas.event import Event, PassedOver, Refusal
from schemas.refusals import Reason
from schemas.registry import event_types
from sinks.clickhouse.tables import arrow
from streams.dead_letters import letter, outgoing
from tests.schemas.messages import REGIONS, STRUCTURED, Received, binary, event, structured
from tests.schemas.test_contract_paths import messages

CONTRACT = Contract(event_types, REGIONS)
PLAIN = event("civil-affairs.elder", {"region": "370811001002", "listed": True})
PAY = event("organization.pay-report", {"region": "370826001", "total_yuan": 1.5, "heads": 1})
NEWER = PLAIN | {"dataschema": "urn:pulse:civil-affairs.elder:1.9"}
ATTRIBUTES = binary(PLAIN).headers


def read(message: Received, topic: str = "civil-affairs") -> Event | Refusal:
    """The verdict; where it is a refusal, its letter was written, to Kafka and as a row."""
    found = CONTRACT.decode(topic, message)
    if isinstance(found, Refusal):
        row = letter(topic, 0, message, found)
        assert outgoing(row).value
        arrow("dead_letters", {name: [value] for name, value in row.items()})
        assert str(found).encode()
        assert found.reason != Reason.PLATFORM_FAULT
    assert not isinstance(found, PassedOver)
    return found


def refused(message: Received, topic: str = "civil-affairs") -> Refusal:
    found = read(message, topic)
    assert isinstance(found, Refusal), found
    return found


def with_data(text: bytes, whole: dict[str, Any] = PLAIN) -> Received:
    head = orjson.dumps({name: value for name, value in whole.items() if name != "data"})
    return Received(head[:-1] + b',"data":' + text + b"}")


DEPTHS = [
    1,
    2,
    99,
    100,
    199,
    200,
    250,
    251,
    252,
    253,
    254,
    255,
    256,
    500,
    900,
    990,
    996,
    1000,
    1023,
    1024,
    1025,
    5000,
    100_000,
]
NESTS = {
    "arrays": (b"[", b"]"),
    "objects": (b'{"a":', b"}"),
    "fields": (b'{"region":', b"}"),
    "both": (b'[{"a":', b"}]"),
}


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("nest", NESTS)
@pytest.mark.parametrize("closed", [True, False])
def test_nesting_however_deep_is_one_refusal(nest: str, depth: int, closed: bool) -> None:
    opening, closing = NESTS[nest]
    text = opening * depth + (b"1" + closing * depth if closed else b"")
    for data in (text, b'{"region":"370811","listed":true,"more":' + text + b"}"):
        for whole in (PLAIN, NEWER, PAY):
            read(with_data(data, whole))
            read(Received(data, binary(whole).headers))
        encoded = {"data_base64": base64.b64encode(data).decode()}
        read(structured({name: value for name, value in PLAIN.items() if name != "data"} | encoded))
    read(Received(b'{"data":' + text))
    read(Received(text))
    read(Received(b'{"specversion":"1.0","id":' + text + b"}"))


@pytest.mark.parametrize("depth", [100, 253, 254, 500, 990, 1500])
def test_how_deep_the_caller_stands_changes_nothing(depth: int) -> None:
    """What is written is a function of the log; not of the stack that happens to be left."""
    text = b"[" * depth + b"]" * depth

    def deeper(levels: int) -> str:
        return str(read(with_data(text))) if not levels else deeper(levels - 1)

    assert deeper(0) == deeper(300)


NUMBERS = [
    "9" * 5000,
    "-" + "9" * 5000,
    "1e400",
    "-1e400",
    "1e-400",
    "1e999999999",
    "1e9999999999",
    "1e-9999999999",
    "1E+999999999999999999999",
    "0." + "0" * 5000 + "1",
    "1" * 400_000,
    "-0",
    "-0.0",
    "-0e9",
    "1e",
    "01",
    "+1",
    ".5",
    "5.",
    "NaN",
    "Infinity",
    "-Infinity",
    "0x10",
    "1_000",
    "18446744073709551616",
    "-9223372036854775809",
    "1.7976931348623157e309",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_of_any_size(number: str) -> None:
    for field, topic, whole in (
        ("total_yuan", "organization", PAY),
        ("heads", "organization", PAY),
        ("listed", "civil-affairs", PLAIN),
    ):
        data = b'{"region":"370826001","%b":%b}' % (field.encode(), number.encode())
        read(with_data(data, whole), topic)
        read(Received(data, binary(whole).headers), topic)
    for attribute in ("revision", "time", "id", "void", "more"):
        read(Received(b'{"specversion":"1.0","%b":%b}' % (attribute.encode(), number.encode())))
        read(Received(b"{}", [*ATTRIBUTES, (f"ce_{attribute}", number.encode())]))


TEXTS = [
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\\u0000"',
    b'"\x00"',
    b'"\xed\xa0\x80"',
    b'"\xc0\x80"',
    b'"\xf5\x80\x80\x80"',
    b'"\\x"',
    b'"',
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_no_encoding_has(text: bytes) -> None:
    for name in ("id", "type", "data", "subject", "time", "datacontenttype", "more"):
        read(Received(b'{"specversion":"1.0","%b":%b,"source":"x"}' % (name.encode(), text)))
    read(with_data(b'{"region":%b}' % text))
    read(with_data(b"{%b:1}" % text))
    read(Received(b"{}", [("ce_type", text), ("ce_id", text)]))


NAMES = [
    "",
    "ce_",
    "ce_\\xc0\\xb4\\xd4\\xb4",
    "\\xc0\\xb4",
    "content-type\x00",
    "ce_id\n",
    "来源",
    "ce_来源",
    "CE_ID",
    "ce-id",
    "a" * 100_000,
    "ce_" + "a" * 100_000,
    "content-type",
    "ce_datacontenttype",
    "pulse-origin",
]
CONTENTS = [
    None,
    b"",
    b"\xd5\xc5",
    b"\x00",
    b"a" * 100_000,
    b"application/json",
    b"application/cloudevents+json; charset",
    b";;;=",
    b"\xff" * 300,
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", CONTENTS)
def test_headers_of_any_name_and_content(name: str, content: bytes | None) -> None:
    for value in (None, b"", orjson.dumps(PLAIN), orjson.dumps(PLAIN["data"])):
        for others in ([], list(STRUCTURED), list(ATTRIBUTES)):
            read(Received(value, [*others, (name, content)]))
            read(Received(value, [(name, content), *others]))


@pytest.mark.parametrize("header", [("ce_id", b"1"), ("other", None), ("content-type", b"application/json")])
def test_a_hundred_thousand_headers(header: tuple[str, bytes | None]) -> None:
    read(Received(b"{}", [*ATTRIBUTES, *([header] * 100_000)]))
    read(Received(b"{}", [(f"{header[0]}{n}", header[1]) for n in range(100_000)]))


def test_a_header_name_that_is_not_utf8_is_put_aside_or_named() -> None:
    name = "来源".encode("gbk").decode("utf-8", "backslashreplace")
    assert isinstance(read(Received(orjson.dumps(PLAIN), [*STRUCTURED, (name, b"abc")])), Event)
    refusal = refused(Received(orjson.dumps(PLAIN["data"]), [*ATTRIBUTES, (f"ce_{name}", b"abc")]))
    assert (refusal.reason, refusal.field, refusal.value) == (Reason.BAD_ATTRIBUTE, "\\xc0\\xb4***", "abc")
    assert refusal.id == PLAIN["id"]


@settings(max_examples=300, deadline=None)
@given(messages(), st.data())
def test_bytes_flipped_anywhere(case: tuple[str, Received], data: st.DataObject) -> None:
    topic, message = case
    value = bytearray(message.value or b"")
    for _ in range(data.draw(st.integers(1, 4))):
        if value:
            value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    flipped = []
    for name, content in message.headers:
        spelt = bytearray(name.encode() + b"\0" + (content or b""))
        if data.draw(st.integers(0, 3)) == 0:
            spelt[data.draw(st.integers(0, len(spelt) - 1))] = data.draw(st.integers(0, 255))
        first, _, rest = bytes(spelt).partition(b"\0")
        flipped.append((first.decode("utf-8", "backslashreplace"), rest))
    read(Received(bytes(value), flipped), topic)
    read(Received(None, flipped), topic)


HEADER = st.tuples(
    st.sampled_from(
        ["content-type", "ce_id", "ce_type", "ce_source", "ce_specversion", "ce_void", "ce_datacontenttype"]
    )
    | st.text(max_size=9),
    st.none()
    | st.binary(max_size=30)
    | st.sampled_from([STRUCTURED[0][1], b"application/json", b"1.0", b"True"]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=9) | st.sampled_from(list(PLAIN)), inner, max_size=5)
    ),
    max_leaves=20,
)


@settings(max_examples=400, deadline=None)
@given(
    st.none() | st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(HEADER, max_size=8),
)
@example(b"", [])
def test_noise(value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    read(Received(value, headers))


def test_what_nobody_foresaw_is_a_refusal_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError(PLAIN["subject"])

    monkeypatch.setattr(schemas.contract, "judge", fails)
    message = structured(PLAIN | {"extra": "x"})
    refusal = CONTRACT.decode("civil-affairs", message)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.source, refusal.id) == (
        Reason.PLATFORM_FAULT,
        PLAIN["source"],
        PLAIN["id"],
    )
    assert refusal.value.startswith("ZeroDivisionError，test_unreadable.py:")
    assert PLAIN["subject"] not in str(refusal)
    assert "redrive" in refusal.hint


def test_a_fault_of_the_fast_way_is_the_judges_to_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError

    contract = Contract(event_types, REGIONS)
    monkeypatch.setattr(contract, "fast", fails)
    assert isinstance(contract.decode("civil-affairs", structured(PLAIN)), Event)
