"""What departments get wrong: each message one dead letter, where they can find it, without anybody's name in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any, NamedTuple

import orjson
import pytest

from schemas.refusals import Reason
from tests.e2e.department import ARRIVAL, Place, Sent, binary, event, structured
from tests.e2e.service import PARTITIONS, Service

END = date(2023, 12, 31)
COUNTY, TOWN = "370811", "370811001"
NAME, CARD, PHONE = "张建国", "370811195203071234", "13805370001"
"""A person's, as careless departments put them into fields that are not for them."""
STRUCTURED = [("content-type", b"application/cloudevents+json")]
AMONG = 3
"""Good events before, between and after the bad ones."""


class Bad(NamedTuple):
    """A message and what must be said of it. `field` as in the dead letter."""

    sent: Sent
    reason: Reason
    field: str


def elder(subject: str = "elder-1", data: Any = None, **attributes: Any) -> dict[str, Any]:
    return event("civil-affairs.elder", subject, data or {"region": TOWN, "listed": True}, **attributes)


def without(event: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in names}


def raw(value: bytes | None, headers: Sequence[tuple[str, bytes]] = STRUCTURED) -> Sent:
    return Sent("pulse.civil-affairs", "elder-1", value, list(headers))


def headers(sent: Sent, **changes: bytes | None) -> Sent:
    """With some `ce_` headers replaced, or without them (None)."""
    kept = [(name, value) for name, value in sent.headers if name.removeprefix("ce_") not in changes]
    return sent._replace(headers=kept + [(f"ce_{name}", value) for name, value in changes.items() if value])


NAMED = {"region": TOWN, "listed": True, "name": NAME, "card": CARD}
WHOLE = orjson.dumps(elder(data={"region": TOWN, "listed": True, "name": f"{NAME} {CARD} {PHONE}"}))
NOISE = Random(7).randbytes(5_000_000)
TRAINING = "civil-affairs.caregiver-training"

BAD = {
    "truncated": Bad(raw(WHOLE[:-9]), Reason.NOT_JSON, ""),
    "joined by hand": Bad(raw(WHOLE + WHOLE), Reason.NOT_JSON, ""),
    "a key twice": Bad(raw(WHOLE[:-1] + b',"id":"2"}'), Reason.REPEATED_KEY, "id"),
    "nested too deep": Bad(raw(b'{"data":' + b"[" * 996), Reason.NOT_JSON, ""),
    "an id with a blank": Bad(structured(elder(id="elder-1 ")), Reason.LOOK_ALIKE, "id"),
    "a name for a message": Bad(raw(f'"{NAME}"'.encode()), Reason.NOT_JSON, ""),
    "GBK": Bad(raw(WHOLE.decode().encode("gbk")), Reason.NOT_UTF8, ""),
    "noise of 5 MB": Bad(raw(NOISE), Reason.TOO_LARGE, ""),
    "noise of 1 KB": Bad(raw(NOISE[:1000]), Reason.NOT_UTF8, ""),
    "no value": Bad(raw(None), Reason.NULL_VALUE, ""),
    "an empty value": Bad(raw(b""), Reason.NOT_JSON, ""),
    "no marker": Bad(raw(WHOLE, []), Reason.NOT_CLOUDEVENTS, ""),
    "a batch": Bad(
        raw(b"[" + WHOLE + b"]", [("content-type", b"application/cloudevents-batch+json")]),
        Reason.BATCH_MODE,
        "content-type",
    ),
    "another content type": Bad(
        raw(WHOLE, [("content-type", b"application/cloudevents+xml")]), Reason.CONTENT_TYPE, "content-type"
    ),
    "two content types": Bad(raw(WHOLE, STRUCTURED * 2), Reason.BAD_HEADER, "content-type"),
    "a type that is none": Bad(
        structured(elder() | {"type": "civil-affairs.eldre"}), Reason.UNKNOWN_TYPE, "type"
    ),
    "another department's type": Bad(
        structured(
            event("sports.community-game", "game", {"region": COUNTY, "name": NAME}),
            topic="pulse.civil-affairs",
        ),
        Reason.WRONG_TOPIC,
        "type",
    ),
    "a number as text": Bad(
        structured(event(TRAINING, "s", {"region": COUNTY, "attendances": "三十"})),
        Reason.BAD_FIELD,
        "data.attendances",
    ),
    "a boolean as a number": Bad(
        structured(elder(data={"region": TOWN, "listed": 1})), Reason.BAD_FIELD, "data.listed"
    ),
    "a negative count": Bad(
        structured(event(TRAINING, "s", {"region": COUNTY, "attendances": -30})),
        Reason.NEGATIVE,
        "data.attendances",
    ),
    "a field too many": Bad(structured(elder(data=NAMED)), Reason.UNKNOWN_FIELD, "data.card"),
    "a field too few": Bad(
        structured(elder(data={"region": TOWN})), Reason.MISSING_FIELD, "data.listed"
    ),
    "another city's county": Bad(
        structured(elder(data={"region": "370102", "listed": True})), Reason.UNKNOWN_REGION, "data.region"
    ),
    "a county's name": Bad(
        structured(elder(data={"region": "任城区", "listed": True})), Reason.UNKNOWN_REGION, "data.region"
    ),
    "data as text": Bad(
        structured(elder(data=f'{{"region": "{TOWN}", "name": "{NAME}"}}')), Reason.BAD_DATA, "data"
    ),
    "no data": Bad(structured(without(elder(), "data")), Reason.MISSING_DATA, "data"),
    "a time without an offset": Bad(
        structured(elder(time="2023-06-10T09:00:00")), Reason.BAD_TIME, "time"
    ),
    "a day for a time": Bad(structured(elder(time="2023年6月10日")), Reason.BAD_TIME, "time"),
    "a time after its arrival": Bad(
        structured(elder(time="2024-02-10T09:00:00+08:00")), Reason.FAR_FUTURE, "time"
    ),
    "a time of nobody's": Bad(
        structured(elder(time="0001-01-01T00:00:00Z")), Reason.TIME_OUT_OF_RANGE, "time"
    ),
    "a time stamp for a revision": Bad(
        structured(elder(revision=1_686_358_800)), Reason.BAD_REVISION, "revision"
    ),
    "void as text": Bad(structured(elder(void="yes")), Reason.BAD_VOID, "void"),
    "an identity card for a subject": Bad(
        structured(elder(CARD, {"region": TOWN, "listed": "是", "name": NAME})), Reason.BAD_FIELD, "data.listed"
    ),
    "a name for a source": Bad(structured(elder(source=NAME)), Reason.BAD_ATTRIBUTE, "source"),
    "no id": Bad(structured(without(elder(), "id")), Reason.MISSING_ATTRIBUTE, "id"),
    "no subject": Bad(
        structured(without(elder(), "subject") | {"subject": None}), Reason.MISSING_ATTRIBUTE, "subject"
    ),
    "an old specversion": Bad(structured(elder(specversion="0.3")), Reason.SPECVERSION, "specversion"),
    "another type's schema": Bad(
        structured(elder(dataschema="urn:pulse:civil-affairs.child:1.0")), Reason.BAD_DATASCHEMA, "dataschema"
    ),
    "a major version that is not agreed": Bad(
        structured(elder(dataschema="urn:pulse:civil-affairs.elder:2.0")), Reason.SCHEMA_TOO_NEW, "dataschema"
    ),
    "a place that is not its subject": Bad(
        structured(
            event(
                "civil-affairs.community", f"{TOWN}002",
                {"region": f"{TOWN}001", "listed": True, "kind": "urban", "name": NAME},
            )
        ),
        Reason.RULE,
        "subject",
    ),
    "a header twice": Bad(
        binary(elder())._replace(headers=[*binary(elder()).headers, ("ce_id", b"2")]), Reason.BAD_HEADER, "ce_id"
    ),
    "a header that is not UTF-8": Bad(
        headers(binary(elder()), subject=NAME.encode("gbk")), Reason.BAD_HEADER, "ce_subject"
    ),
    "a header missing": Bad(headers(binary(elder()), time=None), Reason.MISSING_ATTRIBUTE, "time"),
    "a header's revision in words": Bad(
        headers(binary(elder()), revision=b"first"), Reason.BAD_REVISION, "revision"
    ),
    "binary mode with half the data": Bad(
        binary(elder(data=NAMED))._replace(value=orjson.dumps(NAMED)[:-5]), Reason.NOT_JSON, ""
    ),
    "a correction of a heartbeat": Bad(
        structured(event("smart-community.heartbeat", "device-1", {"region": COUNTY}, revision=1)),
        Reason.NO_CORRECTIONS,
        "revision",
    ),
    "sent on, and still misplaced": Bad(
        structured(elder("elder-7"), partition=-1), Reason.MISPLACED, "key"
    ),
}  # fmt: skip


def good(n: int) -> Sent:
    return structured(event(TRAINING, f"training-{n}", {"region": COUNTY, "attendances": 1}))


def device(n: int) -> Sent:
    return structured(
        event("smart-community.device", f"device-{n}", {"region": COUNTY, "listed": True, "kind": "video"})
    )


@pytest.fixture(scope="module")
def places(service: Service) -> dict[str, Place]:
    """Where each bad message came to lie; among them good ones, in both partitions and both topics."""
    (right,) = service.publish([structured(elder("elder-7"))])
    messages = [good(n) for n in range(AMONG)] + [device(n) for n in range(AMONG)]
    at: dict[str, int] = {}
    for n, (name, bad) in enumerate(BAD.items()):
        sent = bad.sent
        if bad.reason is Reason.MISPLACED:
            header = ("pulse-origin", b"civil-affairs/0/0")
            sent = sent._replace(partition=1 - right.partition, headers=[*sent.headers, header])
        at[name] = len(messages)
        messages += [sent, good(AMONG + n)]
    messages += [device(AMONG + n) for n in range(AMONG)]
    found = service.publish(messages)
    return {name: found[n] for name, n in at.items()}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_is_one_dead_letter(name: str, service: Service, places: dict[str, Place]) -> None:
    bad, place = BAD[name], places[name]
    topic = place.topic.removeprefix("pulse.")
    where = {"topic": topic, "partition": place.partition, "offset": place.offset}
    sql = """
        SELECT * FROM dead_letters
        WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset = {offset:Int64}
    """
    columns = [name for (name, *_) in service.query("DESCRIBE TABLE dead_letters")]
    (row,) = [dict(zip(columns, values, strict=True)) for values in service.query(sql, **where)]
    assert (row["reason"], row["field"]) == (bad.reason, bad.field)
    assert row["expected"]
    assert row["hint"]
    events = f"SELECT outcome, reason, data FROM ({sql.replace('dead_letters', 'events FINAL')})"
    assert service.query(events, **where) == [("refused", bad.reason, "")]
    shown = " ".join(str(value) for value in row.values())
    for secret in (NAME, CARD, PHONE, NAME.encode("gbk").decode("latin-1")):
        assert secret not in shown


def test_the_topic_of_dead_letters_says_the_same_as_the_table(
    service: Service, places: dict[str, Place]
) -> None:
    letters = service.read("pulse.dead-letters")
    keys = [record.key.decode() for record in letters]
    assert sorted(keys) == sorted(
        f"{place.topic.removeprefix('pulse.')}/{place.partition}/{place.offset}" for place in places.values()
    )
    columns = [name for (name, *_) in service.query("DESCRIBE TABLE dead_letters") if name != "append_time"]
    stored = {
        f"{row[0]}/{row[1]}/{row[2]}": dict(zip(columns, row, strict=True))
        for row in service.query(f"SELECT {', '.join(columns)} FROM dead_letters FINAL")
    }
    for record in letters:
        said = orjson.loads(record.value)
        assert said.pop("append_time") == ARRIVAL
        assert said == stored[record.key.decode()]
        assert dict(record.headers)["pulse-reason"].decode() == said["reason"]
        text = record.value.decode()
        assert not [secret for secret in (NAME, CARD, PHONE) if secret in text]


def test_good_events_before_between_and_after_count(service: Service, places: dict[str, Place]) -> None:
    found = service.figures(COUNTY, END)
    assert found["a02.caregiver_training"].value == AMONG + len(BAD)
    assert found["a16.device_online"].denominator == 2 * AMONG
    assert found["a02.visit_rate"].denominator == 1  # elder-7, and none of the refused


def test_the_worker_lives_and_has_said_why(service: Service, places: dict[str, Place]) -> None:
    service.check()
    topic = "civil-affairs"
    for reason in (Reason.NOT_JSON, Reason.TOO_LARGE):
        number = sum(bad.reason is reason for bad in BAD.values())
        service.until_metric(f'pulse_refusals_total{{reason="{reason}",topic="{topic}"}} {number}.0')
    before = service.figures(COUNTY, END)["a02.caregiver_training"].value or 0
    service.publish([good(10_000)])
    assert service.figures(COUNTY, END)["a02.caregiver_training"].value == before + 1


def test_every_reason_that_a_message_can_earn_is_among_them() -> None:
    assert {bad.reason for bad in BAD.values()} == set(Reason) - {Reason.PLATFORM_FAULT, Reason.SET_ASIDE}


def test_the_judge_finds_no_difference(service: Service, places: dict[str, Place]) -> None:
    assert service.verify().differences == ()
    assert len(service.read("pulse.civil-affairs", PARTITIONS)) > len(BAD)
