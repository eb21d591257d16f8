"""Reads an envelope fast: only plain events of well-behaved publishers, and nothing else.

Everything here may give up (return None or raise one of GIVEN_UP), and then the judge decides. It never
accepts a message that `schemas.envelope` would refuse. It gives up at extension attributes that it does not
know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec

from schemas.envelope import CHARSETS, JSON, STRUCTURED, media_type

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Opened(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """An event's attributes, and its data, not yet read. If an attribute occurs twice in JSON, the last
    one is here."""

    specversion: Literal["1.0"]
    id: Name
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    type: Name
    subject: Name
    time: str
    recordedtime: str | None = None
    revision: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | msgspec.UnsetType = msgspec.UNSET
    void: bool | msgspec.UnsetType = msgspec.UNSET
    datacontenttype: Literal["application/json"] | None = None
    dataschema: str | None = None
    data: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(Opened).decode


class Opener:
    """Opens messages; remembers the content types that it has met (a handful)."""

    def __init__(self) -> None:
        self._modes: dict[bytes, str] = {}
        self._marks: set[tuple[str, bytes]] = set()

    def open(self, headers: Sequence[tuple[str, bytes]], value: bytes) -> Opened | None:
        """The event in a message. Returns None or raises one of `GIVEN_UP` if the judge must decide."""
        if len(headers) == 1 and headers[0] in self._marks:
            return _decode(value)
        mode = ""
        for name, content in headers:
            if name == "content-type":
                if mode:
                    return None
                mode = self._modes.get(content) or self._learn(content)
        if mode == STRUCTURED:
            return _decode(value)
        if mode == JSON or not mode:
            return _from_headers(headers, value)
        return None

    def _learn(self, content: bytes) -> str:
        media, charset = media_type(content.decode())
        mode = media if media and charset in CHARSETS else "other"
        if len(self._modes) < 100:
            self._modes[content] = mode
            if mode == STRUCTURED:
                self._marks.add(("content-type", content))
        return mode


def _from_headers(headers: Sequence[tuple[str, bytes]], value: bytes) -> Opened | None:
    attributes: dict[str, Any] = {}
    met = 0
    content_type = repeated = None
    for name, content in headers:
        known = _HEADERS.get(name)
        if known is not None:
            attribute, read = known
            attributes[attribute] = read(content)
            met += 1
        elif name == "content-type":
            content_type = content
        elif name == "ce_datacontenttype" and repeated is None and content is not None:
            repeated = content
        elif name.startswith("ce_"):
            return None
    if repeated is not None and repeated != content_type:
        return None
    if met != len(attributes):  # an attribute came twice
        return None
    opened: Opened = msgspec.convert(attributes, Opened)
    opened.data = value  # type: ignore[assignment]  # bytes, if it is the whole value
    return opened


def _integer(digits: bytes) -> int:
    if not digits.isdigit() or (len(digits) > 1 and digits.startswith(b"0")):
        raise ValueError(digits)
    return int(digits)


_TEXTS = ("specversion", "id", "source", "type", "subject", "time", "recordedtime", "dataschema")
_HEADERS: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    **{f"ce_{name}": (name, bytes.decode) for name in _TEXTS},
    "ce_revision": ("revision", _integer),
    "ce_void": ("void", {b"true": True, b"false": False, b"True": True, b"False": False}.__getitem__),
}

GIVEN_UP = (msgspec.DecodeError, ValueError, KeyError, AttributeError, TypeError, RecursionError)
"""What opening raises when it gives up: not JSON, nested deep, not an attribute's type, a header missing
or null."""
