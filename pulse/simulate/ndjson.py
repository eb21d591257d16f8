"""Messages as lines of JSON: to read, to filter with jq, to pipe to another Kafka tool, and to replay.

A line is an object with `topic` (bare system name), `key`, `value`, `headers`, `timestamp` (milliseconds)
and, if the sender chose one, `partition`. `key` and `value` are text; in structured mode `value` is the
event's own JSON text. JSON's null is Kafka's null. Content that is not UTF-8 is Base64 in `key_base64`,
`value_base64` or, for single headers, `headers_base64`. Header names are unique.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import IO, Any

import orjson

from pulse.simulate.dispatch import Dispatch

_AT_ONCE = 1000
"""Lines that are written together."""


def line(sent: Dispatch) -> bytes:
    """A message as a line of JSON, including the line break."""
    headers, opaque = _headers(sent.headers)
    fields: dict[str, Any] = {"topic": sent.topic, **_given("key", sent.key), **_given("value", sent.value)}
    fields["headers"] = headers
    if opaque:
        fields["headers_base64"] = opaque
    fields["timestamp"] = sent.published_at_us // 1000
    if sent.partition is not None:
        fields["partition"] = sent.partition
    return orjson.dumps(fields, None, orjson.OPT_APPEND_NEWLINE)


def write(dispatches: Iterable[Dispatch], out: IO[bytes]) -> Iterator[int]:
    """Write all messages, a thousand at a time; yields the number written so far after each thousand and at the end."""
    written = 0
    lines: list[bytes] = []
    for sent in dispatches:
        lines.append(line(sent))
        if len(lines) == _AT_ONCE:
            out.write(b"".join(lines))
            written += len(lines)
            lines.clear()
            yield written
    out.write(b"".join(lines))
    out.flush()
    yield written + len(lines)


def read(lines: Iterable[bytes]) -> Iterator[Dispatch]:
    """Parse lines into messages, skipping blank ones. Raises ValueError with the line number and what is wrong."""
    for number, text in enumerate(lines, 1):
        if text.strip():
            try:
                yield _dispatch(orjson.loads(text))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise ValueError(f"line {number}: {_wrong(error)}") from None


def _given(name: str, content: bytes | None) -> dict[str, str | None]:
    if content is None:
        return {name: None}
    try:
        return {name: content.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": _encoded(content)}


def _headers(headers: list[tuple[str, bytes]]) -> tuple[dict[str, str], dict[str, str]]:
    plain, opaque = {}, {}
    for name, content in headers:
        try:
            plain[name] = content.decode()
        except UnicodeDecodeError:
            opaque[name] = _encoded(content)
    return plain, opaque


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _dispatch(fields: dict[str, Any]) -> Dispatch:
    headers = [(name, text.encode()) for name, text in fields["headers"].items()]
    headers += [(name, _decoded(text)) for name, text in fields.get("headers_base64", {}).items()]
    topic, timestamp, partition = fields["topic"], fields["timestamp"], fields.get("partition")
    if not isinstance(topic, str):
        raise TypeError("topic is no text")
    if type(timestamp) is not int or not (partition is None or type(partition) is int):
        raise TypeError("timestamp and partition are integers")
    return Dispatch(
        timestamp * 1000, topic, _taken(fields, "key"), _taken(fields, "value"), headers, partition
    )


def _taken(fields: dict[str, Any], name: str) -> bytes | None:
    opaque = fields.get(f"{name}_base64")
    if opaque is not None:
        return _decoded(opaque)
    text = fields[name]
    return None if text is None else text.encode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _wrong(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
