"""The judge: decides slowly and exactly whether a message is an event, and says why if it is not.

The fast path of `schemas.contract` may only accept what the judge accepts, and must read the same event from
it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.canonical import dumps, exact, fingerprint
from schemas.decimals import Spelt, errors_of, spelt
from schemas.envelope import Envelope, check_plain, open_envelope, parse
from schemas.event import CREATE_TIME, STOPPED_CLOCK, Event, Message, PassedOver, Record, Refusal, Version
from schemas.event_type import EventType
from schemas.expectations import path, refused
from schemas.instants import EARLIEST, LATEST, LocalDays, instant
from schemas.masking import mask_value
from schemas.near import nearest
from schemas.passing import NOTHING, Passing
from schemas.refusals import Reason, Refused
from schemas.regions import Regions
from schemas.sender import sender
from schemas.shapes import Shape

LENGTHS = {"id": 200, "source": 300, "subject": 200}
"""The longest values, in characters."""
MAX_REVISION = 1_000_000

_DATASCHEMA = re.compile(r"urn:pulse:([a-z0-9.\-]+):(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,9})")
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False}
"""CloudEvents writes `true` and `false`; Python's client writes `True` and `False`."""


@dataclass(frozen=True)
class Criteria:
    """What messages are judged by: the event types of all systems, the city, and two limits."""

    types: Mapping[str, EventType]
    regions: Regions
    limit: int = 1_000_000
    """The largest value, in bytes."""
    ahead: int = 86_400_000
    """How far an event's time may lie after the broker's append time, in milliseconds."""
    passes: Passing = NOTHING
    """The types that belong to another plan."""
    kept: bool = False
    """Whether messages are made from a ledger that holds them as valid. The spelling of identifiers and
    decimals is then not judged again: the release that received them did that."""

    @cached_property
    def local_day(self) -> LocalDays:
        """The city's calendar."""
        return LocalDays(self.regions.zone)

    @cached_property
    def of_topic(self) -> Mapping[str, tuple[str, ...]]:
        """The event types of each topic."""
        found: dict[str, tuple[str, ...]] = {}
        for name, kind in self.types.items():
            found[kind.topic] = (*found.get(kind.topic, ()), name)
        return found


def judge(terms: Criteria, topic: str, message: Message) -> Event | Refusal | PassedOver:
    """The event that a message holds, or its refusal, or PassedOver if it is another plan's. `topic` is
    the bare system name."""
    try:
        envelope = _open(terms, message)
        if terms.passes(topic, envelope.attributes["type"]):
            return PassedOver(mask_value(envelope.attributes.get("source", "")), envelope.attributes["type"])
        return _event(terms, topic, message, envelope)
    except Refused as error:
        refusal = error.refusal
    who = sender(message, terms.limit)
    return Refusal(refusal.reason, refusal.field, refusal.value, refusal.expected, refusal.hint, **who)


def _open(terms: Criteria, message: Message) -> Envelope:
    if message.value is not None and len(message.value) > terms.limit:
        raise Refused(Reason.TOO_LARGE, "", f"{len(message.value)} 字节", f"至多 {terms.limit} 字节")
    return open_envelope(message, kept=terms.kept)


def _event(terms: Criteria, topic: str, message: Message, envelope: Envelope) -> Event:
    attributes = envelope.attributes
    kind = _kind(terms, topic, attributes["type"])
    id, source, subject = (_text(attributes, name, terms.kept) for name in ("id", "source", "subject"))
    time = _time(terms, message, attributes, "time")
    recorded = _time(terms, message, attributes, "recordedtime") if "recordedtime" in attributes else None
    revision, void = _revision(envelope), _void(envelope)
    if kind.heartbeat and (revision or void):
        field = "revision" if revision else "void"
        raise Refused(Reason.NO_CORRECTIONS, field, mask_value(attributes[field]), "不带 revision 和 void")
    dataschema, newer = _dataschema(attributes, kind)
    data, region, text, unknown = _data(terms, kind, envelope, void, newer)
    if data is not None and (fault := kind.rule(data, subject, terms.local_day(time))):
        raise Refused(Reason.RULE, fault.field, mask_value(fault.value), fault.expected)
    version = Version(revision, void, fingerprint(kind.type, subject, time, region, text))
    record = Record(source, id, kind.type, subject)
    return Event(record, version, time, recorded, region, data, text, dataschema, unknown)


def _kind(terms: Criteria, topic: str, type: str) -> EventType:
    kind = terms.types.get(type)
    if kind is None:
        check_plain("type", type)
        known = terms.of_topic.get(topic, ())
        near = nearest(type, known or tuple(terms.types))
        expected = "、".join(near or known[:8]) or "事件目录中的类型"
        raise Refused(Reason.UNKNOWN_TYPE, "type", mask_value(type), expected)
    if kind.topic != topic:
        expected = f"主题 {topic} 的事件；这种事件属于主题 {kind.topic}"
        raise Refused(Reason.WRONG_TOPIC, "type", type, expected)
    return kind


def _text(attributes: Mapping[str, Any], name: str, kept: bool) -> str:
    text = attributes.get(name)
    expected = f"1 到 {LENGTHS[name]} 个字的文本"
    if text is None:
        raise Refused(Reason.MISSING_ATTRIBUTE, name, "无", expected)
    if not isinstance(text, str) or not 0 < len(text) <= LENGTHS[name]:
        raise Refused(Reason.BAD_ATTRIBUTE, name, mask_value(text), expected)
    if not kept:
        check_plain(name, text)
    return text


def _time(terms: Criteria, message: Message, attributes: Mapping[str, Any], name: str) -> int:
    example = "带时区偏移的 RFC 3339 时间，例如 2023-06-01T08:30:00+08:00"
    text = attributes.get(name)
    if text is None:
        raise Refused(Reason.MISSING_ATTRIBUTE, name, "无", example)
    if not isinstance(text, str):
        raise Refused(Reason.BAD_TIME, name, mask_value(text), example)
    try:
        time = instant(text)
    except ValueError:
        raise Refused(Reason.BAD_TIME, name, mask_value(text), example) from None
    if not EARLIEST <= time < LATEST:
        raise Refused(Reason.TIME_OUT_OF_RANGE, name, mask_value(text), "1900 年到 2299 年之间的时间")
    if time > (message.timestamp + terms.ahead) * 1000:
        raise _far_future(terms, message, name, text)
    return time


def _far_future(terms: Criteria, message: Message, name: str, text: str) -> Refused:
    """The refusal of a time that is too far after the message's timestamp. Its words depend on whose clock
    that is: the broker's, the publisher's, or the stopped clock of a replayed year."""
    latest = _utc((message.timestamp + terms.ahead) * 1000)
    whose = getattr(message, "timestamp_type", None)
    if whose == STOPPED_CLOCK:
        expected = f"不晚于 {latest}"
        hint = (
            f"这里的时钟停在 {_utc(message.timestamp * 1000)}（演示或回放的年份），与发布方的时钟无关："
            "把 time 写在那之前"
        )
        return Refused(Reason.FAR_FUTURE, name, mask_value(text), expected, hint)
    if whose != CREATE_TIME:
        expected = f"不晚于 {latest}（消息到达时刻之后的容许范围）"
        return Refused(Reason.FAR_FUTURE, name, mask_value(text), expected)
    expected = f"不晚于 {latest}（消息自带的时间 {_utc(message.timestamp * 1000)} 之后的容许范围）"
    hint = (
        "这个主题没有设 LogAppendTime，消息的时间是发布方自己写的（CreateTime），不是到达时刻：先看发布方写的对不对；"
        "平台应把主题的 message.timestamp.type 改为 LogAppendTime（pulse topics 会列出这样的主题）"
    )
    return Refused(Reason.FAR_FUTURE, name, mask_value(text), expected, hint)


def _utc(instant: int) -> str:
    """An instant as text; as a number if it is beyond any calendar, as on a broker without append times."""
    try:
        return f"{datetime.fromtimestamp(instant // 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        return str(instant)


def _revision(envelope: Envelope) -> int:
    """The revision: in JSON an integer, in headers its decimal digits. Raises Refused."""
    given = envelope.attributes.get("revision", 0)
    if envelope.binary and isinstance(given, str) and _INTEGER.fullmatch(given):
        given = int(given)
    if type(given) is not int or not 0 <= given <= MAX_REVISION:
        raise Refused(Reason.BAD_REVISION, "revision", mask_value(given), f"0 到 {MAX_REVISION} 的整数")
    return given


def _void(envelope: Envelope) -> bool:
    """Whether the event is void: in JSON a boolean, in headers the words true and false. Raises Refused."""
    given = envelope.attributes.get("void", False)
    if envelope.binary and isinstance(given, str):
        given = _BOOLEANS.get(given, given)
    if not isinstance(given, bool):
        raise Refused(Reason.BAD_VOID, "void", mask_value(given), "true 或 false")
    return given


def _dataschema(attributes: Mapping[str, Any], kind: EventType) -> tuple[str, bool]:
    """The dataschema (the known one if none is named), and whether it is a newer minor version. Raises
    Refused."""
    major, minor = kind.version
    known = f"urn:pulse:{kind.type}:{major}.{minor}"
    given = attributes.get("dataschema", known)
    found = _DATASCHEMA.fullmatch(given) if isinstance(given, str) else None
    if found is None or found[1] != kind.type:
        raise Refused(Reason.BAD_DATASCHEMA, "dataschema", mask_value(given), known)
    if int(found[2]) != major:
        raise Refused(Reason.SCHEMA_TOO_NEW, "dataschema", given, f"主版本 {major}，例如 {known}")
    return given, int(found[3]) > minor


# --- Data ---


class Read(NamedTuple):
    """Valid data. In a void event without data `model` is None, and `region` and `text` are empty."""

    model: Shape | None
    region: str
    text: bytes
    unknown: tuple[str, ...]


def _data(terms: Criteria, kind: EventType, envelope: Envelope, void: bool, newer: bool) -> Read:
    parsed, exactly = (None, None) if envelope.data is None else parse(envelope.data, "data")
    if parsed is None:
        if void:
            return Read(None, "", b"", ())
        raise Refused(
            Reason.MISSING_DATA, "data", "无", f"JSON 对象，字段：{'、'.join(kind.model.model_fields)}"
        )
    if not isinstance(parsed, dict):
        raise Refused(Reason.BAD_DATA, "data", mask_value(parsed, text=True), "JSON 对象")
    text = dumps(exactly)
    model, unknown = _validate(kind.model, text, newer, terms.kept)
    if fault := terms.regions.fault(model.region):
        raise Refused(Reason.UNKNOWN_REGION, "data.region", mask_value(model.region), fault)
    return Read(model, model.region, text, unknown)


def _validate(model: type[Shape], text: bytes, newer: bool, kept: bool) -> tuple[Shape, tuple[str, ...]]:
    """The model's instance, and the paths of unknown fields. These are left out under a newer minor
    version, else refused."""
    given, decimals = Spelt(text, {}) if kept else spelt(model, text)
    try:
        return model.model_validate_json(given), ()
    except ValidationError as error:
        found = errors_of(error, decimals)
    extra = [each for each in found if each["type"] == "extra_forbidden"]
    if not newer or len(extra) < len(found):
        raise refused([each for each in found if not (newer and each in extra)], model)
    fields = exact(given)
    for each in extra:
        holder = fields
        *parents, name = each["loc"]
        for parent in parents:
            holder = holder[parent]
        del holder[name]
    return model.model_validate_json(dumps(fields)), tuple(sorted(path(each) for each in extra))
