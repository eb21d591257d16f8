"""What clients usually get wrong is named in the refusal, not only refused."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.contract import Contract
from schemas.envelope import open_envelope
from schemas.event import Refusal
from schemas.refusals import Reason, Refused
from schemas.registry import event_types
from tests.schemas.messages import REGIONS, STRUCTURED, Received, binary, event

CONTRACT = Contract(event_types, REGIONS)
JSON = ("content-type", b"application/json")
EVENT = event("civil-affairs.elder-visit", {"region": "370831001001"})


def refusal(message: Received) -> Refusal:
    with pytest.raises(Refused) as caught:
        open_envelope(message)
    return caught.value.refusal


@pytest.mark.parametrize("prefix", ["ce-", "CE_", "cloudEvents_", "cloudEvents:"])
@pytest.mark.parametrize("beside", [(), (JSON,)])
def test_headers_as_other_bindings_spell_them(prefix: str, beside: tuple[tuple[str, bytes], ...]) -> None:
    message = binary(EVENT, None)
    message.headers = (*beside, *((prefix + name[3:], value) for name, value in message.headers))
    found = refusal(message)
    assert found.reason == Reason.NOT_CLOUDEVENTS
    assert "小写 ce_ 开头" in found.expected
    assert f"不是 {prefix}specversion" in found.expected


def test_a_content_type_in_other_letters() -> None:
    found = refusal(Received(b"{}", (("Content-Type", STRUCTURED[0][1]),)))
    assert "小写的 content-type" in found.expected


def test_an_event_under_the_content_type_of_its_data() -> None:
    found = refusal(Received(b'{"specversion": "1.0"}', (JSON,)))
    assert found.value == "content-type: application/json"
    assert found.expected.startswith("content-type: application/cloudevents+json")
    assert "Python cloudevents 1.x" in found.hint


def test_data_under_the_content_type_of_data_is_no_event() -> None:
    found = refusal(Received(b'{"region": "370831001001"}', (JSON,)))
    assert "1.x" not in found.hint


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (b"[object Object]", "JSON.stringify"),
        (b"{'specversion': '1.0'}", "json.dumps"),
        (b"[{'specversion': '1.0'}]", "json.dumps"),
        (b'{"specversion": "1.0"', "截断"),
    ],
)
def test_text_that_only_looks_like_json(value: bytes, named: str) -> None:
    found = refusal(Received(value))
    assert found.reason == Reason.NOT_JSON
    assert named in found.hint


@pytest.mark.parametrize(
    "given",
    [[None], [None, b"application/json"], [b"application/json", None], [b"application/json"] * 2],
    ids=["null", "null, then text", "text, then null", "twice"],
)
@pytest.mark.parametrize("content_type", [None, b"application/json"])
def test_a_repeated_content_type_is_no_null_and_stands_once(
    given: list[Any], content_type: bytes | None
) -> None:
    """The fast way leaves it to the judge, which refuses."""
    message = binary(EVENT, content_type)
    message.headers = (*message.headers, *(("ce_datacontenttype", value) for value in given))
    assert refusal(message).field == "ce_datacontenttype"
    assert CONTRACT.fast("civil-affairs", message) is None
