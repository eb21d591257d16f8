"""Who sent a message that was refused: its source, type and id, as far as they can be read. Nothing here raises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from schemas.event import Message
from schemas.masking import mask_value

LONGEST = {"source": 300, "type": 80, "id": 200}
"""The attributes that are read, and the most characters that are shown of each."""

_HEADER = re.compile(r"(?:ce|cloudevents)[-_:](source|type|id)", re.IGNORECASE)
"""A header as the Kafka binding spells it, or as a publisher may have misunderstood it: `ce-source`,
`CE_Source`."""
_TOKEN = re.compile(
    r'"(?P<name>source|type|id)"\s*:\s*"(?P<text>[^"\\]{1,300})"|"(?:[^"\\]|\\.)*+"|(?P<open>[{\[])|(?P<close>[}\]])',
    re.DOTALL,
)
_WINDOW = 2000
"""How many bytes of broken JSON are searched."""
_DEPTH = 20
"""Levels of nesting at which the search ends."""


def sender(message: Message, limit: int) -> dict[str, str]:
    """`source`, `type` and `id`, masked; empty if they cannot be found. A value above `limit` bytes is not
    parsed."""
    found = _headers(message.headers or ()) or _value(message.value or b"", limit)
    return {name: mask_value(found.get(name) or "", most) for name, most in LONGEST.items()}


def _headers(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, Any]:
    """What the headers contain; the first value if a header is repeated."""
    found: dict[str, Any] = {}
    for name, content in headers:
        if content is not None and (known := _HEADER.fullmatch(name)):
            found.setdefault(known[1].lower(), content.decode("utf-8", "replace"))
    return found


def _value(value: bytes, limit: int) -> Mapping[str, Any]:
    if len(value) > limit:
        return _searched(value)
    try:
        event = orjson.loads(value)
    except ValueError:
        return _searched(value)
    if isinstance(event, list):
        return _agreed([each for each in event if isinstance(each, dict)])
    return event if isinstance(event, dict) else {}


def _agreed(events: list[dict[str, Any]]) -> dict[str, Any]:
    """What all events of a batch have in common."""
    first = events[0] if events else {}
    return {
        name: first[name]
        for name in LONGEST
        if name in first and all(each.get(name) == first[name] for each in events)
    }


def _searched(value: bytes) -> dict[str, Any]:
    """What lies at the first level of text that is not JSON: cut off, in another encoding, or too large."""
    window = value[:_WINDOW]
    try:
        text = window.decode()
    except UnicodeDecodeError as error:
        cut = len(value) > len(window) and error.start > len(window) - 4
        text = window.decode("utf-8" if cut else "gb18030", "replace")
    found: dict[str, Any] = {}
    depth = 0
    for token in _TOKEN.finditer(text):
        if token["name"]:
            if depth == 1:
                found.setdefault(token["name"], token["text"])
        elif token["open"]:
            depth += 1
            if depth > _DEPTH:
                break
        elif token["close"]:
            depth -= 1
    return found
