"""The fast reading of an envelope: what a plain event of a well-behaved publisher looks like, and nothing else.

Everything here may give up (None, or an exception that says so); then the judge looks. It never lets a
message pass that `schemas.envelope` would refuse: extension attributes that it does not know make it give up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from schemas.envelope import CHARSETS, JSON, STRUCTURED, media_type
from schemas.instants import Moment

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Opened(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """An event's attributes and its data, not yet read."""

    specversion: Literal["1.0"]
    id: Name
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    type: Name
    subject: Name
    time: Moment
    recordedtime: Moment | None = None
    revision: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    void: bool = False
    datacontenttype: Literal["application/json"] | None = None
    dataschema: str | None = None
    data: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(Opened).decode
_BOOLEANS = {b"true": True, b"false": False}


class Opener:
    """Opens messages; remembers the content types that it has met (a handful)."""

    def __init__(self) -> None:
        self._modes: dict[bytes, str] = {}

    def open(self, headers: Sequence[tuple[str, bytes]], value: bytes) -> Opened | None:
        """The event in a message; None or one of `GIVEN_UP` where the judge must look."""
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
        return mode


def _from_headers(headers: Sequence[tuple[str, bytes]], value: bytes) -> Opened | None:
    given = dict(headers)
    if len(given) != len(headers):
        return None
    take = given.pop
    take("content-type", None)
    attributes: dict[str, Any] = {
        "specversion": take("ce_specversion").decode(),
        "id": take("ce_id").decode(),
        "source": take("ce_source").decode(),
        "type": take("ce_type").decode(),
        "subject": take("ce_subject").decode(),
        "time": take("ce_time").decode(),
    }
    if given:
        for name, content in given.items():
            if name == "ce_revision":
                if not content.isdigit() or (len(content) > 1 and content.startswith(b"0")):
                    return None
                attributes["revision"] = int(content)
            elif name == "ce_void":
                attributes["void"] = _BOOLEANS[content]
            elif name == "ce_recordedtime" or name == "ce_dataschema":
                attributes[name[3:]] = content.decode()
            elif name.startswith("ce_"):
                return None
    opened: Opened = msgspec.convert(attributes, Opened)
    opened.data = msgspec.Raw(value)
    return opened


GIVEN_UP = (msgspec.DecodeError, ValueError, KeyError, AttributeError, TypeError)
"""What opening raises where it gives up: not JSON, not an attribute's type, a header missing or null."""
