"""Lines of JSON: readable, and read back as they were."""

from __future__ import annotations

import io
import json

import pytest

from pulse.simulate import ndjson
from pulse.simulate.city import SimulatedCity
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.year import year


def test_a_year_is_read_back_as_it_was_written() -> None:
    sent = list(year(SimulatedCity(5, 0.01)))
    out = io.BytesIO()
    assert list(ndjson.write(sent, out))[-1] == len(sent)
    assert list(ndjson.read(out.getvalue().splitlines(keepends=True))) == sent


def test_a_line_is_plain_to_read() -> None:
    sent = Dispatch(
        1_688_000_000_123_000, "sports", "运".encode(), b'{"a":1}', [("content-type", b"x/y")], None
    )
    assert json.loads(ndjson.line(sent)) == {
        "topic": "sports",
        "key": "运",
        "value": '{"a":1}',
        "headers": {"content-type": "x/y"},
        "timestamp": 1_688_000_000_123,
    }


def test_bytes_that_are_no_text_stand_as_base64() -> None:
    sent = Dispatch(1_000, "sports", None, b"\xff\x00", [("ce_source", b"\xff")], 3)
    fields = json.loads(ndjson.line(sent))
    assert fields["key"] is None
    assert fields["value_base64"] == "/wA="
    assert fields["headers_base64"] == {"ce_source": "/w=="}
    assert fields["partition"] == 3
    assert list(ndjson.read([ndjson.line(sent)])) == [sent]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "line 2: "),
        (b'{"topic":"a","key":null,"headers":{},"timestamp":1}', "line 2: value is missing"),
        (b'{"topic":"a","key":null,"value":null,"headers":{},"timestamp":"x"}', "line 2: timestamp"),
        (b'{"topic":1,"key":null,"value":null,"headers":{},"timestamp":1}', "line 2: topic"),
        (b'{"topic":"a","key":null,"value_base64":"?","headers":{},"timestamp":1}', "line 2: "),
        (b"[]", "line 2: "),
    ],
)
def test_a_wrong_line_is_named(line: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(ndjson.read([b"\n", line]))
