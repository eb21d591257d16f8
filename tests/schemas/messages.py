"""Messages as Kafka would hand them over, in both modes of CloudEvents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

import schemas.regions
from schemas.regions import Regions

_JINING = Path(schemas.regions.__file__).with_name("data") / "regions-jining.yaml"
REGIONS = Regions.model_validate(yaml.safe_load(_JINING.read_text(encoding="utf-8")))

ARRIVED = 1_688_000_000_000
"""Append time, 2023-06-29T00:53:20Z, in milliseconds."""

STRUCTURED = (("content-type", b"application/cloudevents+json"),)


@dataclass
class Received:
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = STRUCTURED
    offset: int = 7
    timestamp: int = ARRIVED
    key: bytes | None = None


Mode = Callable[..., Received]
"""`structured` or `binary`: how an event is put into a message."""


class Absent:
    """Takes a part out of an event."""


def event(type: str, data: Any, **changes: Any) -> dict[str, Any]:
    """A plain event; `changes` set attributes, or take them out (`Absent`)."""
    return {
        "specversion": "1.0",
        "id": "2023-000001",
        "source": "//minzheng.jining/elders",
        "type": type,
        "subject": "elder-000001",
        "time": "2023-06-01T08:30:00+08:00",
        "data": data,
    } | changes


def structured(event: dict[str, Any], content_type: bytes = STRUCTURED[0][1]) -> Received:
    return Received(orjson.dumps(_present(event)), (("content-type", content_type),))


def binary(event: dict[str, Any], content_type: bytes | None = b"application/json") -> Received:
    headers: list[tuple[str, bytes | None]] = [] if content_type is None else [("content-type", content_type)]
    for name, value in _present(event).items():
        if name not in ("data", "datacontenttype"):
            spelt = str(value).lower() if isinstance(value, bool) else str(value)
            headers.append((f"ce_{name}", spelt.encode()))
    data = _present(event).get("data")
    return Received(b"" if data is None else orjson.dumps(data), tuple(headers))


def _present(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not Absent}
