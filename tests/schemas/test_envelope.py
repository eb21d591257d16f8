"""CloudEvents' own rules, in both modes."""

import base64
from typing import Any

import orjson
import pytest

from schemas.envelope import Envelope, is_uri_reference, open_envelope
from schemas.refusals import Reason, Refused
from tests.schemas.messages import STRUCTURED, Absent, Mode, Received, binary, event, structured

DATA = {"region": "370811", "listed": True}
EVENT = event("civil-affairs.elder", DATA, traceparent="00-ab-cd-01", sequence=3, sampled=True)


def opened(message: Received) -> Envelope:
    return open_envelope(message)


def refused(message: Received) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        open_envelope(message)
    return caught.value.refusal.reason, caught.value.refusal.field


def test_structured() -> None:
    attributes = {name: value for name, value in EVENT.items() if name != "data"}
    assert opened(structured(EVENT)) == Envelope(
        attributes, b'{"listed":true,"region":"370811"}', binary=False
    )


def test_binary_has_text_in_every_header() -> None:
    attributes = {name: value for name, value in EVENT.items() if name != "data"}
    attributes |= {"sequence": "3", "sampled": "true"}
    assert opened(binary(EVENT)) == Envelope(attributes, orjson.dumps(DATA), binary=True)


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/cloudevents+json",
        b"application/cloudevents+json; charset=utf-8",
        b"application/cloudevents+json;charset=UTF-8",
        b'Application/CloudEvents+JSON; charset="utf-8"',
        b"application/cloudevents+json; profile=x",
    ],
)
def test_structured_content_types(content_type: bytes) -> None:
    assert not opened(structured(EVENT, content_type)).binary


@pytest.mark.parametrize("content_type", [None, b"application/json", b"application/json; charset=utf-8"])
def test_binary_content_types(content_type: bytes | None) -> None:
    assert opened(binary(EVENT, content_type)).binary


@pytest.mark.parametrize(
    ("message", "reason", "field"),
    [
        (structured(EVENT, b"application/cloudevents-batch+json"), Reason.BATCH_MODE, "content-type"),
        (structured(EVENT, b"application/cloudevents+avro"), Reason.CONTENT_TYPE, "content-type"),
        (structured(EVENT, b"application/cloudevents"), Reason.CONTENT_TYPE, "content-type"),
        (
            structured(EVENT, b"application/cloudevents+json; charset=gbk"),
            Reason.CONTENT_TYPE,
            "content-type",
        ),
        (binary(EVENT, b"text/xml"), Reason.CONTENT_TYPE, "content-type"),
        (binary(EVENT, b""), Reason.CONTENT_TYPE, "content-type"),
        (binary(EVENT, b"application/json; charset=gb2312"), Reason.CONTENT_TYPE, "content-type"),
        (structured(EVENT, b"application/json"), Reason.NOT_CLOUDEVENTS, ""),
        (Received(b"{}", ()), Reason.NOT_CLOUDEVENTS, ""),
        (Received(b"{}", (("ce-id", b"1"),)), Reason.NOT_CLOUDEVENTS, ""),
        (Received(b"{}", (("Content-Type", STRUCTURED[0][1]),)), Reason.NOT_CLOUDEVENTS, ""),
        (Received(b"{}", STRUCTURED * 2), Reason.BAD_HEADER, "content-type"),
        (Received(b"{}", (("content-type", None),)), Reason.BAD_HEADER, "content-type"),
        (Received(b"{}", (("content-type", b"\xff"),)), Reason.BAD_HEADER, "content-type"),
    ],
)
def test_marks_that_are_wrong(message: Received, reason: Reason, field: str) -> None:
    assert refused(message) == (reason, field)


@pytest.mark.parametrize(
    ("header", "reason", "field"),
    [
        (("ce_id", b"again"), Reason.BAD_HEADER, "ce_id"),
        (("ce_note", None), Reason.BAD_HEADER, "ce_note"),
        (("ce_note", b"\xd5\xc5"), Reason.BAD_HEADER, "ce_note"),
        (("ce_datacontenttype", b"text/plain"), Reason.BAD_HEADER, "ce_datacontenttype"),
        (("ce_datacontenttype", None), Reason.BAD_HEADER, "ce_datacontenttype"),
        (("ce_Note", b"x"), Reason.BAD_ATTRIBUTE, "Note"),
        (("ce_my_note", b"x"), Reason.BAD_ATTRIBUTE, "my_note"),
        (("ce_", b"x"), Reason.BAD_ATTRIBUTE, ""),
        (("ce_data", b"x"), Reason.BAD_ATTRIBUTE, "data"),
        (("ce_note", b"a\nb"), Reason.BAD_ATTRIBUTE, "note"),
    ],
)
def test_headers_that_are_wrong(header: tuple[str, bytes | None], reason: Reason, field: str) -> None:
    message = binary(EVENT)
    message.headers = (*message.headers, header)
    assert refused(message) == (reason, field)


def test_headers_that_are_not_ours_do_not_matter() -> None:
    message = binary(EVENT)
    message.headers = (*message.headers, ("trace", None), ("trace", b"\xff"))
    assert opened(message) == opened(binary(EVENT))


@pytest.mark.parametrize("mode", [structured, binary])
@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"specversion": Absent}, Reason.MISSING_ATTRIBUTE, "specversion"),
        ({"specversion": "0.3"}, Reason.SPECVERSION, "specversion"),
        ({"id": Absent}, Reason.MISSING_ATTRIBUTE, "id"),
        ({"id": ""}, Reason.BAD_ATTRIBUTE, "id"),
        ({"source": Absent}, Reason.MISSING_ATTRIBUTE, "source"),
        ({"source": ""}, Reason.BAD_ATTRIBUTE, "source"),
        ({"source": "a b"}, Reason.BAD_ATTRIBUTE, "source"),
        ({"source": "//民政局/elders"}, Reason.BAD_ATTRIBUTE, "source"),
        ({"source": "//x/%zz"}, Reason.BAD_ATTRIBUTE, "source"),
        ({"type": Absent}, Reason.MISSING_ATTRIBUTE, "type"),
        ({"type": ""}, Reason.BAD_ATTRIBUTE, "type"),
        ({"subject": "a\x00b"}, Reason.BAD_ATTRIBUTE, "subject"),
        ({"subject": "a\x85b"}, Reason.BAD_ATTRIBUTE, "subject"),
        ({"Region": "x"}, Reason.BAD_ATTRIBUTE, "Region"),
        ({"data-x": "x"}, Reason.BAD_ATTRIBUTE, "data-x"),
    ],
)
def test_attributes_that_are_wrong(mode: Mode, changes: dict[str, Any], reason: Reason, field: str) -> None:
    assert refused(mode(EVENT | changes)) == (reason, field)


@pytest.mark.parametrize("value", [1.5, 2**31, -(2**31) - 1, [1], {"a": 1}])
def test_an_attribute_of_no_cloudevents_type(value: dict[str, Any] | float | int | list[Any]) -> None:
    assert refused(structured(EVENT | {"note": value})) == (Reason.BAD_ATTRIBUTE, "note")


def test_null_means_not_set() -> None:
    assert opened(structured(EVENT | {"note": None})) == opened(structured(EVENT))
    assert refused(structured(EVENT | {"id": None})) == (Reason.MISSING_ATTRIBUTE, "id")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b'{"specversion":"1.0"', Reason.NOT_JSON),
        (b"", Reason.NOT_JSON),
        (b"hello", Reason.NOT_JSON),
        (b"[]", Reason.NOT_JSON),
        (b'{"a":NaN}', Reason.NOT_JSON),
        (b'{"a":"\\ud800"}', Reason.NOT_JSON),
        (b"[" * 5000, Reason.NOT_JSON),
        (orjson.dumps(EVENT)[:-1] + b',"data":' + b"[" * 300 + b"]" * 300 + b"}", Reason.NOT_JSON),
        ('{"a":"张"}'.encode("gbk"), Reason.NOT_UTF8),
        (b"\xef\xbb\xbf{}", Reason.NOT_UTF8),
        (b"\xff\xfe{\x00}\x00", Reason.NOT_UTF8),
    ],
)
def test_values_that_are_no_json(value: bytes, reason: Reason) -> None:
    assert refused(Received(value))[0] == reason


def test_what_went_wrong_with_the_text_is_said() -> None:
    with pytest.raises(Refused) as gbk:
        open_envelope(Received('{"a":"张"}'.encode("gbk")))
    assert "GBK" in gbk.value.refusal.hint
    with pytest.raises(Refused) as cut:
        open_envelope(Received(orjson.dumps(EVENT)[:-9]))
    assert "截断" in cut.value.refusal.hint


def test_data_in_base64() -> None:
    encoded = base64.b64encode(orjson.dumps(DATA)).decode()
    whole = {name: value for name, value in EVENT.items() if name != "data"}
    assert opened(structured(whole | {"data_base64": encoded})).data == orjson.dumps(DATA)
    assert refused(structured(whole | {"data_base64": "***"})) == (Reason.BAD_DATA, "data_base64")
    assert refused(structured(whole | {"data_base64": 7})) == (Reason.BAD_DATA, "data_base64")
    assert refused(structured(EVENT | {"data_base64": encoded})) == (Reason.BAD_DATA, "data_base64")


@pytest.mark.parametrize("given", ["text/plain", "application/xml", "application/json; charset=gbk", 7])
def test_data_of_another_content_type(given: int | str) -> None:
    assert refused(structured(EVENT | {"datacontenttype": given})) == (Reason.CONTENT_TYPE, "datacontenttype")


def test_json_data_may_say_so() -> None:
    assert opened(structured(EVENT | {"datacontenttype": "application/json"})).data


@pytest.mark.parametrize("message", [structured(EVENT | {"data": None}), binary(EVENT | {"data": None})])
def test_without_data(message: Received) -> None:
    assert opened(message).data is None


def test_no_digit_of_a_number_is_lost() -> None:
    value = orjson.dumps(EVENT).replace(b'"listed":true', b'"yuan":12345678901234567.890')
    assert opened(Received(value)).data == b'{"region":"370811","yuan":12345678901234567.89}'


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("//minzheng.jining/elders", True),
        ("https://a.b/c?d=e#f", True),
        ("urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", True),
        ("elders", True),
        ("a%20b", True),
        ("a b", False),
        ("a#b#c", False),
        ("<a>", False),
        ("http://[::1", False),
        ("民政", False),
    ],
)
def test_uri_references(text: str, good: bool) -> None:
    assert is_uri_reference(text) == good
