"""Messages that are refused, one of each kind, to measure what a flood of them costs a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.documentation import example
from schemas.event_type import EventType

STRUCTURED = (("content-type", b"application/cloudevents+json"),)


@dataclass
class Refused:
    """A message as aiokafka hands it over."""

    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = STRUCTURED
    offset: int = 0
    timestamp: int = 1_688_000_000_000
    key: bytes | None = None


def kinds(types: Mapping[str, EventType]) -> dict[str, tuple[str, Refused]]:
    """Topic and message by kind of fault. Apart from "too large", all have the size of ordinary events."""
    visit, pay = example(types["civil-affairs.elder-visit"]), example(types["organization.pay-report"])
    beat = example(types["smart-community.heartbeat"])
    whole = orjson.dumps(visit)
    headers = tuple(
        (f"ce_{name}", str(value).encode()) for name, value in visit.items() if name not in ("data", "time")
    )

    def changed(event: dict[str, Any], **changes: Any) -> Refused:
        return Refused(orjson.dumps(event | changes))

    def data(event: dict[str, Any], **changes: Any) -> Refused:
        return changed(event, data=event["data"] | changes)

    civil = {
        "null value": Refused(None, ()),
        "too large": Refused(b"\xa7" * 1_500_000),
        "no CloudEvent": Refused(whole, (("content-type", b"application/json"),)),
        "content type": Refused(whole, (("content-type", b"application/cloudevents+xml"),)),
        "header missing": Refused(b"{}", headers),
        "header not UTF-8": Refused(b"{}", (*headers, ("ce_time", b"\xd5\xc5"))),
        "not UTF-8": Refused(whole.replace(b"elder", "老人".encode("gbk"))),
        "cut off": Refused(whole[:-9]),
        "nested deep": Refused(b'{"data":' + b"[" * 996),
        "key twice": Refused(whole[:-1] + b',"id":"2"}'),
        "look-alike": changed(visit, subject="elder-1\u200b"),
        "source no URI": changed(visit, source="//a b"),
        "unknown type": changed(visit, type="civil-affairs.elder-visits"),
        "other topic's type": changed(visit, type="health.patient"),
        "bad time": changed(visit, time="2023-06-01 08:30:00"),
        "far future": changed(visit, time="2031-06-01T08:30:00+08:00"),
        "bad revision": changed(visit, revision=-1),
        "dataschema": changed(visit, dataschema="urn:pulse:other:1.0"),
        "no data": changed(visit, data=None),
        "unknown field": data(visit, age=80),
        "unknown region": data(visit, region="110101"),
    }
    found = {name: ("civil-affairs", message) for name, message in civil.items()}
    found |= {
        "missing field": ("organization", changed(pay, data={"region": "370811001"})),
        "bad field": ("organization", data(pay, heads="12")),
        "negative": ("organization", data(pay, heads=-12)),
        "decimal as text": ("organization", data(pay, total_yuan="1.5")),
        "decimal too fine": ("organization", data(pay, total_yuan=1.555)),
        "heartbeat corrected": ("smart-community", changed(beat, revision=1)),
    }
    return found
