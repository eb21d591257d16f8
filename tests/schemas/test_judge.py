"""Each reason for a refusal, in the words that a department's engineer reads; and what is accepted."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from schemas.contract import Contract
from schemas.event import Event, PassedOver, Refusal
from schemas.judge import judge
from schemas.refusals import EXPLANATIONS, Reason
from schemas.registry import event_types
from tests.schemas.messages import (
    ARRIVED,
    REGIONS,
    STRUCTURED,
    Absent,
    Mode,
    Received,
    binary,
    event,
    structured,
)

CONTRACT = Contract(event_types, REGIONS)
ELDER = {"region": "370811001002", "listed": True}
PLAIN = event("civil-affairs.elder", ELDER)
BEDS = event("civil-affairs.care-beds", {"region": "370811", "beds": 12})
BEAT = event("smart-community.heartbeat", {"region": "370811"})
MODES = pytest.mark.parametrize("mode", [structured, binary])


def decoded(message: Received, topic: str = "civil-affairs") -> Event | Refusal | PassedOver:
    return CONTRACT.decode(topic, message)


def accepted(message: Received, topic: str = "civil-affairs") -> Event:
    found = decoded(message, topic)
    assert isinstance(found, Event), found
    return found


def refused(message: Received, topic: str = "civil-affairs") -> Refusal:
    found = decoded(message, topic)
    assert isinstance(found, Refusal), found
    return found


# reason, changes to a plain event, field, value, part of what was expected
ATTRIBUTES = [
    (Reason.MISSING_ATTRIBUTE, {"specversion": Absent}, "specversion", "无", "1.0"),
    (Reason.SPECVERSION, {"specversion": "0.3"}, "specversion", "0.3", "1.0"),
    (Reason.MISSING_ATTRIBUTE, {"id": Absent}, "id", "无", "文本"),
    (Reason.MISSING_ATTRIBUTE, {"subject": Absent}, "subject", "无", "1 到 200 个字"),
    (Reason.MISSING_ATTRIBUTE, {"time": Absent}, "time", "无", "2023-06-01T08:30:00+08:00"),
    (Reason.BAD_ATTRIBUTE, {"subject": ""}, "subject", "", "1 到 200 个字"),
    (Reason.BAD_ATTRIBUTE, {"subject": "s" * 201}, "subject", "s" * 79 + "…", "1 到 200 个字"),
    (Reason.BAD_ATTRIBUTE, {"id": "i" * 201}, "id", "i" * 79 + "…", "1 到 200 个字"),
    (Reason.BAD_ATTRIBUTE, {"source": "s" * 301}, "source", "s" * 79 + "…", "1 到 300 个字"),
    (Reason.BAD_ATTRIBUTE, {"source": "//民政局"}, "source", "***", "URI"),
    (Reason.LOOK_ALIKE, {"subject": "elder-1\u200b"}, "subject", 
     "elder-1<U+200B>（第 8 个字是 U+200B ZERO WIDTH SPACE）", "看不见"),
    (Reason.UNKNOWN_TYPE, {"type": "civil-affairs.eldr"}, "type", "civil-affairs.eldr", "civil-affairs.elder"),
    (Reason.WRONG_TOPIC, {"type": "health.patient"}, "type", "health.patient", "主题 health"),
    (Reason.BAD_TIME, {"time": "2023-06-01T08:30:00"}, "time", "2023-06-01T08:30:00", "时区偏移"),
    (Reason.BAD_TIME, {"recordedtime": "昨天"}, "recordedtime", "***", "时区偏移"),
    (Reason.TIME_OUT_OF_RANGE, {"time": "0001-01-01T00:00:00Z"}, "time", "0001-01-01T00:00:00Z", "1900"),
    (Reason.FAR_FUTURE, {"time": "2032-06-01T08:30:00+08:00"}, "time", "2032-06-01T08:30:00+08:00", "2023-06-30T"),
    (Reason.FAR_FUTURE, {"recordedtime": "2024-01-01T00:00:00Z"}, "recordedtime", "2024-01-01T00:00:00Z", "2023-06-30T"),
    (Reason.BAD_REVISION, {"revision": -1}, "revision", "-1", "0 到 1000000"),
    (Reason.BAD_REVISION, {"revision": 1_688_000_000}, "revision", "1688000000", "0 到 1000000"),
    (Reason.BAD_VOID, {"void": "yes"}, "void", "yes", "true 或 false"),
    (Reason.BAD_DATASCHEMA, {"dataschema": "v1"}, "dataschema", "v1", "urn:pulse:civil-affairs.elder:1.0"),
    (Reason.BAD_DATASCHEMA, {"dataschema": "urn:pulse:health.patient:1.0"}, "dataschema", "urn:pulse:health.patient:1.0",
     "urn:pulse:civil-affairs.elder:1.0"),
    (Reason.SCHEMA_TOO_NEW, {"dataschema": "urn:pulse:civil-affairs.elder:2.0"}, "dataschema",
     "urn:pulse:civil-affairs.elder:2.0", "主版本 1"),
    (Reason.SCHEMA_TOO_NEW, {"dataschema": "urn:pulse:civil-affairs.elder:0.9"}, "dataschema",
     "urn:pulse:civil-affairs.elder:0.9", "主版本 1"),
    (Reason.MISSING_DATA, {"data": Absent}, "data", "无", "region、listed、name"),
    (Reason.MISSING_DATA, {"data": None}, "data", "无", "region、listed、name"),
    (Reason.BAD_DATA, {"data": [1]}, "data", "[…]", "JSON 对象"),
    (Reason.BAD_DATA, {"data": '{"region":"370811"}'}, "data", "***", "JSON 对象"),
]  # fmt: skip
DATA = [
    (Reason.MISSING_FIELD, {"region": "370811"}, "data.listed", "无", "必需的字段"),
    (Reason.UNKNOWN_FIELD, ELDER | {"age": 80}, "data.age", "80", "region、listed、name"),
    (Reason.UNKNOWN_FIELD, ELDER | {"note": "张三"}, "data.note", "***", "region、listed、name"),
    (Reason.UNKNOWN_FIELD, ELDER | {"姓名": "张三"}, "data.***", "***", "region、listed、name"),
    (Reason.BAD_FIELD, ELDER | {"listed": "yes"}, "data.listed", "yes", "true 或 false"),
    (Reason.BAD_FIELD, ELDER | {"listed": 1}, "data.listed", "1", "true 或 false"),
    (Reason.BAD_FIELD, ELDER | {"name": "ZhangSan" * 40}, "data.name", "***", "至多 200 个字"),
    (Reason.BAD_FIELD, {"region": 370811, "listed": True}, "data.region", "370811", "文本"),
    (Reason.UNKNOWN_REGION, {"region": "110101", "listed": True}, "data.region", "110101", "370811"),
    (Reason.UNKNOWN_REGION, {"region": "370811000", "listed": True}, "data.region", "370811000", "不补 0"),
]


def check(refusal: Refusal, reason: Reason, field: str, value: str, expected: str) -> None:
    assert (refusal.reason, refusal.field, refusal.value) == (reason, field, value)
    assert expected in refusal.expected
    assert refusal.hint
    assert all(part in str(refusal) for part in (reason, field, value, refusal.expected, refusal.hint))


@MODES
@pytest.mark.parametrize(("reason", "changes", "field", "value", "expected"), ATTRIBUTES)
def test_attributes_that_are_refused(
    mode: Mode, reason: Reason, changes: dict[str, Any], field: str, value: str, expected: str
) -> None:
    check(refused(mode(PLAIN | changes)), reason, field, value, expected)


@MODES
@pytest.mark.parametrize(("reason", "data", "field", "value", "expected"), DATA)
def test_data_that_is_refused(
    mode: Mode, reason: Reason, data: dict[str, Any], field: str, value: str, expected: str
) -> None:
    refusal = refused(mode(PLAIN | {"data": data}))
    check(refusal, reason, field, value, expected)
    assert (refusal.source, refusal.type) == (PLAIN["source"], PLAIN["type"])


@MODES
@pytest.mark.parametrize(
    ("beds", "reason", "value", "expected"),
    [
        (-3, Reason.NEGATIVE, "-3", "不小于 0"),
        (10_000_001, Reason.BAD_FIELD, "10000001", "不大于 10000000"),
        (1.5, Reason.BAD_FIELD, "1.5", "整数"),
        ("12", Reason.BAD_FIELD, "12", "整数"),
        (True, Reason.BAD_FIELD, "true", "整数"),
        (None, Reason.BAD_FIELD, "null", "整数"),
    ],
)
def test_counts(mode: Mode, beds: object, reason: Reason, value: str, expected: str) -> None:
    check(
        refused(mode(BEDS | {"data": {"region": "370811", "beds": beds}})),
        reason,
        "data.beds",
        value,
        expected,
    )


WHOLE = orjson.dumps(PLAIN)
MESSAGES = [
    (Reason.NULL_VALUE, Received(None), "", "null"),
    (Reason.TOO_LARGE, Received(bytes(range(256)) * 20_000), "", "5120000 字节"),
    (Reason.NOT_CLOUDEVENTS, Received(WHOLE, ()), "", "无消息头"),
    (Reason.BATCH_MODE, Received(b"[]", (("content-type", b"application/cloudevents-batch+json"),)), "content-type",
     "application/cloudevents-batch+json"),
    (Reason.CONTENT_TYPE, structured(PLAIN, b"application/cloudevents+xml"), "content-type", "application/cloudevents+xml"),
    (Reason.BAD_HEADER, Received(WHOLE, STRUCTURED * 2), "content-type", "出现 2 次"),
    (Reason.NOT_UTF8, Received('{"name":"张三"}'.encode("gbk")), "", "第 10 个字节 0xd5"),
    (Reason.NOT_JSON, Received(WHOLE[:-20]), "", "第 1 行第"),
    (Reason.NOT_JSON, Received(b"\x00" * 100_000), "", "第 1 行第 1 列"),
    (Reason.BAD_ATTRIBUTE, structured(PLAIN | {"Extra": "x"}), "Extra", "x"),
    (Reason.REPEATED_KEY, Received(WHOLE[:-1] + b',"id":"2023-000002"}'), "id", "2023-000001、2023-000002"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "message", "field", "value"), MESSAGES)
def test_messages_that_are_refused(reason: Reason, message: Received, field: str, value: str) -> None:
    refusal = refused(message)
    assert (refusal.reason, refusal.field) == (reason, field)
    assert value in refusal.value
    assert refusal.expected
    assert refusal.hint


@MODES
@pytest.mark.parametrize(
    ("changes", "field", "value"), [({"revision": 1}, "revision", "1"), ({"void": True}, "void", "true")]
)
def test_a_heartbeat_cannot_be_corrected(mode: Mode, changes: dict[str, Any], field: str, value: str) -> None:
    check(refused(mode(BEAT | changes), "smart-community"), Reason.NO_CORRECTIONS, field, value, "不带")
    accepted(mode(BEAT | {"revision": 0, "void": False}), "smart-community")


@MODES
def test_a_rule_of_the_type(mode: Mode) -> None:
    community = event(
        "civil-affairs.community", {"region": "370811001002", "kind": "urban", "listed": True, "name": "一"}
    )
    check(refused(mode(community)), Reason.RULE, "subject", "elder-000001", "370811001002")
    accepted(mode(community | {"subject": "370811001002"}))


def test_every_reason_was_produced() -> None:
    produced = {row[0] for row in (*ATTRIBUTES, *DATA, *MESSAGES)}
    produced |= {Reason.NEGATIVE, Reason.NO_CORRECTIONS, Reason.RULE}
    of_others = {
        Reason.MISPLACED,
        Reason.SET_ASIDE,
        Reason.PLATFORM_FAULT,
    }  # the shard's, an operator's, our own fault
    assert set(Reason) - produced == of_others
    assert set(EXPLANATIONS) == set(Reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"revision": "3"}, Reason.BAD_REVISION),
        ({"revision": True}, Reason.BAD_REVISION),
        ({"void": "true"}, Reason.BAD_VOID),
        ({"void": 1}, Reason.BAD_VOID),
        ({"time": 1_685_579_400}, Reason.BAD_TIME),
        ({"subject": 7}, Reason.BAD_ATTRIBUTE),
        ({"id": True}, Reason.BAD_ATTRIBUTE),
        ({"dataschema": 1}, Reason.BAD_DATASCHEMA),
    ],
)
def test_types_that_only_json_has(changes: dict[str, Any], reason: Reason) -> None:
    assert refused(structured(PLAIN | changes)).reason == reason


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (("ce_revision", b"01"), Reason.BAD_REVISION),
        (("ce_revision", b"+1"), Reason.BAD_REVISION),
        (("ce_revision", b"1.0"), Reason.BAD_REVISION),
        (("ce_revision", b""), Reason.BAD_REVISION),
        (("ce_revision", "１".encode()), Reason.BAD_REVISION),
        (("ce_revision", b"9" * 5000), Reason.BAD_REVISION),
        (("ce_void", b"TRUE"), Reason.BAD_VOID),
        (("ce_void", b"tRue"), Reason.BAD_VOID),
        (("ce_void", b"1"), Reason.BAD_VOID),
        (("ce_void", None), Reason.BAD_HEADER),
        (("ce_id", b"again"), Reason.BAD_HEADER),
        (("ce_note", b"\xd5\xc5"), Reason.BAD_HEADER),
        (("ce_Note", b"x"), Reason.BAD_ATTRIBUTE),
    ],
)
def test_headers_that_are_refused(header: tuple[str, bytes | None], reason: Reason) -> None:
    message = binary(PLAIN)
    message.headers = (*message.headers, header)
    assert refused(message).reason == reason


@MODES
def test_an_event_and_its_parts(mode: Mode) -> None:
    found = accepted(mode(PLAIN | {"revision": 3, "recordedtime": "2023-06-02T00:00:00Z"}))
    assert found.record == ("//minzheng.jining/elders", "2023-000001", "civil-affairs.elder", "elder-000001")
    assert found.version[:2] == (3, False)
    assert (found.time, found.recorded) == (1_685_579_400_000_000, 1_685_664_000_000_000)
    assert (found.region, found.canonical) == ("370811001002", b'{"listed":true,"region":"370811001002"}')
    assert (found.dataschema, found.unknown) == ("urn:pulse:civil-affairs.elder:1.0", ())
    assert (found.data.listed, found.data.name) == (True, None)


def test_both_modes_both_ways_and_any_spelling_have_one_fingerprint() -> None:
    spaced = Received(orjson.dumps(PLAIN, option=orjson.OPT_INDENT_2))
    utc = PLAIN | {"time": "2023-06-01T00:30:00Z"}
    messages = [
        structured(PLAIN),
        binary(PLAIN),
        spaced,
        structured(utc),
        structured(PLAIN | {"traceparent": "00-1"}),
    ]
    found: list[Any] = [accepted(message) for message in messages]
    found += [judge(CONTRACT.terms, "civil-affairs", message) for message in messages]
    assert len({(each.record, each.version) for each in found}) == 1


@MODES
def test_an_explicit_null_is_another_content_than_nothing(mode: Mode) -> None:
    nothing, null = accepted(mode(PLAIN)), accepted(mode(PLAIN | {"data": ELDER | {"name": None}}))
    assert null.canonical == b'{"listed":true,"name":null,"region":"370811001002"}'
    assert null.version != nothing.version


@MODES
@pytest.mark.parametrize("data", [Absent, None])
def test_a_void_may_come_without_data(mode: Mode, data: type[Absent] | None) -> None:
    found = accepted(mode(PLAIN | {"void": True, "revision": 1, "data": data}))
    assert (found.version[:2], found.region, found.data, found.canonical) == ((1, True), "", None, b"")


@MODES
def test_a_void_with_data_is_held_to_the_same_rules(mode: Mode) -> None:
    assert accepted(mode(PLAIN | {"void": True})).data.listed
    assert (
        refused(mode(PLAIN | {"void": True, "data": {"region": "110101", "listed": True}})).reason
        == Reason.UNKNOWN_REGION
    )
    assert refused(mode(PLAIN | {"void": True, "data": {}})).reason == Reason.MISSING_FIELD


@MODES
def test_fields_of_a_newer_minor_version_are_set_aside(mode: Mode) -> None:
    data = ELDER | {"blood": "A", "home": {"floor": 2}}
    newer = PLAIN | {"dataschema": "urn:pulse:civil-affairs.elder:1.1", "data": data}
    found = accepted(mode(newer))
    assert found.unknown == ("data.blood", "data.home")
    assert found.dataschema == "urn:pulse:civil-affairs.elder:1.1"
    assert found.canonical == orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    assert found.data.listed
    assert accepted(mode(newer | {"data": ELDER})).unknown == ()
    wrong = refused(mode(newer | {"data": data | {"listed": 7}}))
    assert (wrong.reason, wrong.field) == (Reason.BAD_FIELD, "data.listed")
    assert refused(mode(PLAIN | {"data": data})).reason == Reason.UNKNOWN_FIELD


@MODES
@pytest.mark.parametrize("name", ["time", "recordedtime"])
def test_how_far_ahead_a_time_may_lie(mode: Mode, name: str) -> None:
    assert ARRIVED == 1_688_000_000_000  # 2023-06-29T00:53:20Z
    accepted(mode(PLAIN | {name: "2023-06-30T00:53:20Z"}))
    refusal = refused(mode(PLAIN | {name: "2023-06-30T00:53:20.000001Z"}))
    check(refusal, Reason.FAR_FUTURE, name, "2023-06-30T00:53:20.000001Z", "2023-06-30T00:53:20Z")


def test_the_first_fault_is_told_in_full_and_the_others_by_name() -> None:
    refusal = refused(structured(PLAIN | {"data": {"listed": "yes", "more": 1}}))
    assert (refusal.reason, refusal.field) == (Reason.BAD_FIELD, "data.listed")
    assert "另有 2 处" in refusal.hint
    assert "data.region" in refusal.hint
    assert "data.more" in refusal.hint


SECRETS = ("张三", "370811195001011234", "13812345678")


@MODES
@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "change",
    [
        lambda secret: {"subject": secret + "\n"},
        lambda secret: {"type": secret},
        lambda secret: {"time": secret},
        lambda secret: {"dataschema": secret},
        lambda secret: {"void": secret},
        lambda secret: {"type": "civil-affairs.community", "subject": secret,
                        "data": {"region": "370811001002", "kind": "urban", "listed": True, "name": secret}},
        lambda secret: {"data": secret},
        lambda secret: {"data": [secret]},
        lambda secret: {"data": ELDER | {secret: secret}},
        lambda secret: {"data": ELDER | {"listed": secret}},
        lambda secret: {"data": ELDER | {"name": secret * 200}},
        lambda secret: {"data": {"region": secret, "listed": True}},
        lambda secret: {"source": secret + " "},
    ],
)  # fmt: skip
def test_a_refusal_shows_nobody(mode: Mode, secret: str, change: Callable[..., Any]) -> None:
    assert secret not in str(refused(mode(PLAIN | change(secret))))
