"""Conflicts: one revision of one record was published with two contents. Finds what differs, and the usual
cause. Pure.

Which content counts says nothing about which is right. Within a revision the highest (void, fingerprint)
wins, whatever the order of arrival, so that all who count the same log agree. Only the department knows which
content is right. When it publishes that as the next revision, the conflict is settled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, get_args, get_origin
from zoneinfo import ZoneInfo

from schemas.event_type import EventType
from schemas.masking import MASK, mask_value


class Content(NamedTuple):
    """One content of a record, as the ledger first received it. `append_time` (milliseconds) and `time`
    (microseconds) are UTC."""

    place: str
    append_time: int
    revision: int
    void: bool
    fingerprint: int
    time: int
    region: str
    data: str


class Differs(NamedTuple):
    """A field that differs between the contents, with its masked value in each, in their order."""

    field: str
    values: tuple[str, ...]


class Conflict(NamedTuple):
    """The contents of one record under one revision, fit to be shown: what may be personal is masked."""

    department: str
    source: str
    id: str
    type: str
    subject: str
    revision: int
    places: tuple[str, ...]
    """topic/partition/offset of each content, in the order of their arrival."""
    differs: tuple[Differs, ...]
    stands: int | None
    """The index of the content that counts; None if a higher version counts, so that the conflict is
    settled."""
    restarts: bool
    """The id looks like a serial number that starts again each month."""
    latest: int
    """When the last of the contents was appended, in milliseconds."""

    def plain(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return self._asdict() | {"differs": {each.field: list(each.values) for each in self.differs}}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Conflict:
        """The inverse of `plain`."""
        differs = tuple(Differs(field, tuple(values)) for field, values in plain["differs"].items())
        return cls(**{**plain, "places": tuple(plain["places"]), "differs": differs})


RESTARTS = (
    "编号像是每月重新开始：同一个 id 用于不同月份的两件事。"
    "id 在一个来源（source）之内不得重复使用，例如加上年月：2023-06-000001",
    "The id looks like a serial number that starts again each month: one id for two things. Within a source an id must "
    "never be used twice; put year and month before it, as 2023-06-000001",
)
"""The text about the usual cause, in Chinese and English."""


def conflicts(
    department: str,
    record: tuple[str, str, str, str],
    told: Sequence[Content],
    kind: EventType | None,
    zone: str,
) -> list[Conflict]:
    """The conflicts of a record, (source, id, type, subject). `told` are all contents that were ever
    published of it.

    A revision that was published and then withdrawn under the same number is no conflict: void is part of the
    version.
    """
    standing = max(told, key=lambda content: (content.revision, content.void, content.fingerprint))
    source, id, type, subject = record
    found = []
    for version in sorted({(content.revision, content.void) for content in told}):
        own = [content for content in told if (content.revision, content.void) == version]
        own.sort(key=lambda content: (content.append_time, content.place))
        if len(own) < 2:
            continue
        found.append(
            Conflict(
                department, mask_value(source), mask_value(id), type, mask_value(subject), version[0],
                tuple(content.place for content in own), _differences(own, kind, ZoneInfo(zone)),
                own.index(standing) if standing in own else None, _restarts(own, ZoneInfo(zone)), own[-1].append_time,
            )
        )  # fmt: skip
    return found


def _differences(own: Sequence[Content], kind: EventType | None, zone: ZoneInfo) -> tuple[Differs, ...]:
    data = [_data(content) for content in own]
    found = [
        Differs("time", tuple(_local(content, zone).isoformat() for content in own)),
        *(
            Differs(f"data.{name}", tuple(_shown(each, name, kind) for each in data))
            for name in sorted(set().union(*data))
            if len({json.dumps(each.get(name)) for each in data}) > 1
        ),
    ]
    return tuple(each for each in found if each.field != "time" or len(set(each.values)) > 1)


def _data(content: Content) -> Mapping[str, Any]:
    """The data of a content; a withdrawal may have none."""
    found: Any = json.loads(content.data) if content.data else {"region": content.region}
    return found if isinstance(found, dict) else {}


def _shown(data: Mapping[str, Any], name: str, kind: EventType | None) -> str:
    """A value as boards may show it: numbers, booleans and words of a closed list. Other text is masked,
    as it may be personal."""
    if name not in data:
        return "–"
    value = data[name]
    field = kind.model.model_fields.get(name) if kind is not None else None
    words = _words(field.annotation) if field is not None else ()
    if isinstance(value, str) and name != "region" and value not in words:
        return MASK
    return mask_value(value)


def _words(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(word for each in get_args(annotation) for word in _words(each))


def _local(content: Content, zone: ZoneInfo) -> datetime:
    seconds, micros = divmod(content.time, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros).astimezone(zone)


def _restarts(own: Sequence[Content], zone: ZoneInfo) -> bool:
    """Whether the contents are of different months and share nothing but the region, so that they seem to
    be different things."""
    months = [(at.year, at.month) for at in (_local(content, zone) for content in own)]
    fields = [{k: v for k, v in _data(content).items() if k != "region"} for content in own]
    shared = any(
        name in other and other[name] == value
        for n, one in enumerate(fields)
        for other in fields[:n]
        for name, value in one.items()
    )
    return len(set(months)) == len(months) and not shared
