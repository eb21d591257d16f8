"""The fast way is sound: what it accepts, the judge accepts with an equal event. And plain events take it."""

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import Contract
from schemas.event import Event, Refusal
from schemas.event_type import no_rule
from schemas.judge import judge
from schemas.opening import GIVEN_UP
from schemas.registry import EventType
from schemas.registry import event_types as TYPES
from tests.schemas.messages import REGIONS, STRUCTURED, Received, binary, event

CONTRACT = Contract(TYPES, REGIONS)

REGION = st.sampled_from(["370811", "370811001", "370811001002", "370800", "370871"])
NAME = st.text(alphabet="王小明ab 1-", min_size=1, max_size=12)
DAY = st.dates(date(2023, 1, 1), date(2023, 6, 1))

ODD = st.sampled_from(
    ["true", "false", "null", "0", "1", "-1", "-0", "1.0", "1e2", "0.5", "87.50", "87.505", "-3.5", "1e400",
     "12345678901234567.89", "99999999999999999999", '"urban"', '"none"', '"2023-06-01"', '"2023-6-1"', '"12.5"',
     '"NaN"', '"1_000"', '"１２"', "1e-400", "1.500000000000000000001", "1.50", "[[1]]", '{"a":1,"a":2}', '""',
     '"370811"', '"110101"', '"\\u5f20"', '"\\ud800"', '"a\\u0000"', '"x' + "长" * 300 + '"', "[]", "{}"]
)  # fmt: skip


def spelt(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def good(name: str, annotation: Any) -> st.SearchStrategy[str]:
    """JSON text of values that a field probably accepts."""
    if name == "region":
        return REGION.map(spelt)
    if get_origin(annotation) is Annotated:
        return good(name, get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation)).map(spelt)
    if annotation is bool:
        return st.booleans().map(spelt)
    if annotation is int:
        return st.integers(0, 200).map(str)
    if annotation is Decimal:
        return st.decimals(0, 90, places=1).map(str) | st.integers(0, 90).map(str)
    if annotation is date:
        return DAY.map(lambda day: spelt(day.isoformat()))
    if annotation is str:
        return NAME.map(spelt)
    members = [arg for arg in get_args(annotation) if arg is not type(None)]
    return st.just("null") | good(name, members[0])


@st.composite
def data(draw: st.DrawFn, kind: EventType, mutated: bool) -> str:
    fields = kind.model.model_fields
    parts = [
        (name, draw(good(name, field.annotation)))
        for name, field in fields.items()
        if field.is_required() or draw(st.booleans())
    ]
    if mutated:
        parts += draw(st.lists(st.tuples(st.sampled_from([*fields, "other"]), ODD), max_size=2))
        if parts and draw(st.integers(0, 4)) == 0:
            parts.pop(draw(st.integers(0, len(parts) - 1)))
    parts = draw(st.permutations(parts))
    return "{" + ", ".join(f"{spelt(name)}: {value}" for name, value in parts) + "}"


TIMES = st.sampled_from(
    ["2023-06-01T08:30:00+08:00", "2023-06-01T00:30:00Z", "2023-06-01t00:30:00.123456z", "2023-06-01T00:30:00.1234567Z",
     "2023-06-01T23:59:59.9999999+08:00", "2023-06-01T00:30:00.5Z", "2016-12-31T23:59:60Z", "2022-06-30T23:59:60Z",
     "2023-06-01 08:30:00+0800", "2023-06-01T08:30:00-00:00", "2023-06-29T20:00:00-05:30"]
)  # fmt: skip
ODD_TIMES = st.sampled_from(
    ["2023-06-01T08:30:00", "2023-06-01", "2023-06-01T08:30:60Z", "2023-02-29T00:00:00Z", "2024-01-01T00:00:00Z",
     "1899-12-31T00:00:00Z", "1900-01-01T23:59:59+00:00", "2299-12-31T00:00:00Z", "0001-01-01T00:00:00+08:00",
     "9999-12-31T23:59:59-10:00", "1685579400", ""]
)  # fmt: skip
GOOD = {
    "specversion": st.just('"1.0"'),
    "id": st.text(alphabet="abc-123", min_size=1, max_size=9).map(spelt),
    "source": st.sampled_from(["//minzheng.jining/elders", "urn:a:b", "x%20y"]).map(spelt),
    "subject": st.text(alphabet="abc张-123", min_size=1, max_size=9).map(spelt),
    "time": TIMES.map(spelt),
}
OPTIONAL = {
    "recordedtime": TIMES.map(spelt),
    "revision": st.integers(0, 1_000_000).map(str),
    "void": st.booleans().map(spelt),
    "datacontenttype": st.just('"application/json"'),
}
MUTATED = {
    "specversion": st.sampled_from(['"1.1"', "1.0", "null"]),
    "id": st.sampled_from(
        [
            '""',
            "7",
            '" a"',
            '"a "',
            '"a\u200b"',
            '"\ufeffa"',
            '"e\u0301"',
            '"\uff21"',
            '"\ufe0f"',
            '"a\\u0007"',
            '"\x7f"',
            '"\u3000"',
            '"' + "i" * 201 + '"',
            "null",
            '"\\ud800"',
        ]
    ),
    "source": st.sampled_from(['""', '"a b"', '"民政"', '"//a/' + "s" * 300 + '"', '"http://[x"', '"a#b#c"']),
    "subject": st.sampled_from(['""', "null", "true", '"a\\nb"', '"\u200b"', '"' + "s" * 201 + '"']),
    "time": ODD_TIMES.map(spelt) | st.just("1685579400"),
    "recordedtime": ODD_TIMES.map(spelt) | st.just("null"),
    "revision": st.sampled_from(["-1", "1000001", "1.0", '"3"', "true", "null", "007", "1e3", "99999999999"]),
    "void": st.sampled_from(["1", '"true"', '"false"', "null", '"True"', '"False"', '"TRUE"']),
    "datacontenttype": st.sampled_from(['"application/json; charset=utf-8"', '"text/plain"', "null", "7"]),
    "dataschema": st.sampled_from(['""', '"urn:pulse:other:1.0"', '"urn:pulse:x"', "7", "null"]),
    "Extra": st.just('"x"'),
    "extra": st.sampled_from(['"x"', "1.5", "[1]", "null", "7"]),
    "data_base64": st.sampled_from(['"e30="', '"*"', "null"]),
}


def fitting(text: str) -> str:
    """JSON text of the subject that a rule probably asks for."""
    fields = json.loads(text)
    region = fields.get("region")
    return json.dumps(f"{region}:{fields['list']}" if "list" in fields else region)


@st.composite
def messages(draw: st.DrawFn, kind: EventType | None = None, mutated: bool = True) -> tuple[str, Received]:
    if kind is None:
        kind = draw(st.sampled_from(list(TYPES.values())))
    event = {name: draw(value) for name, value in GOOD.items()} | {"type": spelt(kind.type)}
    text: str | None = draw(data(kind, mutated))
    if kind.rule is not no_rule and draw(st.integers(0, 4)):
        assert text is not None
        event["subject"] = fitting(text)
    major, minor = kind.version
    schemas = [
        f'"urn:pulse:{kind.type}:{a}.{b}"' for a, b in [(major, minor), (major, minor + 1), (major + 1, 0)]
    ]
    optional = OPTIONAL | {"dataschema": st.sampled_from(schemas[: 3 if mutated else 1])}
    if not mutated and kind.heartbeat:
        optional = {}
    event |= {name: draw(value) for name, value in optional.items() if draw(st.booleans())}
    if mutated:
        for name in draw(st.lists(st.sampled_from(list(MUTATED)), max_size=2)):
            event[name] = draw(MUTATED[name])
        if draw(st.integers(0, 9)) == 0:
            event.pop(draw(st.sampled_from(list(event))))
        if draw(st.integers(0, 19)) == 0:
            event["type"] = spelt(draw(st.sampled_from([*TYPES, "nothing", ""])))
    if mutated and draw(st.integers(0, 9)) == 0:
        text = draw(ODD | st.none())
    return kind.topic, draw(st.sampled_from([as_structured, as_binary]))(draw, event, text, mutated)


def as_structured(draw: st.DrawFn, event: dict[str, str], text: str | None, mutated: bool) -> Received:
    parts = draw(st.permutations([*event.items(), *([] if text is None else [("data", text)])]))
    if mutated and draw(st.integers(0, 4)) == 0:  # a key twice, spelt alike or not
        name, spelling = draw(st.sampled_from(parts))
        again = draw(st.sampled_from([spelling, "null", '"x"', "1", "{}"]))
        parts.insert(draw(st.integers(0, len(parts))), (name, again))
    colon = draw(st.sampled_from([":", ": ", " : "]))
    whole = "{" + ",".join(f"{spelt(name)}{colon}{spelling}" for name, spelling in parts) + "}"
    value = whole.encode()
    if mutated:
        value = draw(spoilt(value))
    content_type = draw(
        st.sampled_from([b"application/cloudevents+json", STRUCTURED[0][1] + b"; charset=UTF-8"])
    )
    return Received(value, draw(headers([("content-type", content_type)], mutated)))


def as_binary(draw: st.DrawFn, event: dict[str, str], text: str | None, mutated: bool) -> Received:
    found = []
    for name, spelling in event.items():
        if name != "datacontenttype":
            try:
                plain = json.loads(spelling)
                content = (plain if isinstance(plain, str) else spelling).encode()
            except ValueError:
                content = spelling.encode("utf-8", "replace")
            found.append((f"ce_{name}", content))
    value = (text or "").encode()
    if mutated:
        value = draw(spoilt(value))
    return Received(value, draw(headers(draw(st.permutations(found)), mutated)))


@st.composite
def spoilt(draw: st.DrawFn, value: bytes) -> bytes:
    """Now and then a byte changed, put in or taken out, or the rest cut off."""
    if not value or draw(st.integers(0, 4)):
        return value
    at = draw(st.integers(0, len(value) - 1))
    byte = draw(
        st.sampled_from(
            [b"", b" ", b"\n", b"\x00", b"\xff", b'"', b"\\", b"0", b"-", b",", b"}", "张".encode()]
        )
    )
    return value[:at] + byte + draw(st.sampled_from([value[at:], value[at + 1 :], b""]))


@st.composite
def headers(draw: st.DrawFn, found: list[tuple[str, bytes | None]], mutated: bool) -> Any:
    others = [("pulse-origin", b"civil-affairs/0/1"), ("traceparent", b"00-1")]
    more = draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
    if mutated:
        bad = [("ce_datacontenttype", b"application/json"), ("ce_datacontenttype", b"text/plain"),
               ("ce_datacontenttype", None), ("content-type", b"application/json"),
               ("content-type", None), ("content-type", b""), ("ce_id", b"x"),
               ("ce_x", b"\xff"), ("CE_id", b"1"), ("ce_X", b"1"), ("ce_x", None), ("other", None)]  # fmt: skip
        more += draw(st.lists(st.sampled_from(bad), max_size=1))
    return draw(st.sampled_from([tuple, list]))([*found, *more])


def fast(topic: str, message: Received) -> Event | None:
    """What the fast way alone says; None where it gives up."""
    try:
        return CONTRACT.fast(topic, message)
    except GIVEN_UP:
        return None


def same(one: Event, other: Event) -> None:
    for name in Event.__struct_fields__:
        if name != "data":
            assert getattr(one, name) == getattr(other, name), name
    if other.data is None:
        assert one.data is None
    else:
        for name in type(other.data).model_fields:
            assert getattr(one.data, name) == getattr(other.data, name), name


def agrees(topic: str, message: Received) -> None:
    event = fast(topic, message)
    verdict = judge(CONTRACT.terms, topic, message)
    if event is not None:
        assert isinstance(verdict, Event), verdict
        same(event, verdict)
    else:
        decoded = CONTRACT.decode(topic, message)
        if isinstance(verdict, Refusal):
            assert decoded == verdict
        else:
            assert isinstance(decoded, Event)
            assert isinstance(verdict, Event)
            same(decoded, verdict)


@pytest.mark.parametrize("type", sorted(TYPES))
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_what_the_fast_way_accepts_the_judge_accepts_alike(type: str, data: st.DataObject) -> None:
    agrees(*data.draw(messages(TYPES[type])))


@settings(max_examples=1000, deadline=None)
@given(messages())
def test_the_same_among_all_types(case: tuple[str, Received]) -> None:
    agrees(*case)


@pytest.mark.parametrize("content", [None, b"", b"\xff", b" ", b"null", b"application/json", b"1", b"1.0"])
def test_a_header_of_any_content_is_read_alike(content: bytes | None) -> None:
    elder = event("civil-affairs.elder", {"region": "370811001002", "listed": True}, revision=2, void=False)
    for content_type in (b"application/json", None):
        message = binary(elder | {"recordedtime": elder["time"]}, content_type)
        for name in (
            "content-type",
            "ce_datacontenttype",
            "ce_dataschema",
            *(name for name, _ in message.headers),
        ):
            others = [header for header in message.headers if header[0] != name]
            agrees("civil-affairs", Received(message.value, [*others, (name, content)]))
            agrees("civil-affairs", Received(message.value, [*message.headers, (name, content)]))


@pytest.mark.parametrize("type", sorted(TYPES))
@settings(max_examples=5, deadline=None)
@given(st.data())
def test_what_the_judge_accepts_of_plain_events_goes_the_fast_way(type: str, data: st.DataObject) -> None:
    topic, message = data.draw(messages(TYPES[type], mutated=False))
    if isinstance(judge(CONTRACT.terms, topic, message), Event):
        assert fast(topic, message) is not None


NAMES = st.sampled_from(["content-type", "ce_id", "ce_type", "ce_specversion", "ce_revision"]) | st.text(
    st.characters(exclude_categories=()), max_size=8
)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200), st.lists(st.tuples(NAMES, st.none() | st.binary(max_size=40)), max_size=6))
def test_nothing_makes_it_raise(value: bytes, others: list[tuple[str, bytes | None]]) -> None:
    for topic in ("civil-affairs", "nowhere"):
        sent: list[Any] = [STRUCTURED, (), None, (*STRUCTURED, *others), others]
        for found in sent:
            refusal = CONTRACT.decode(topic, Received(value, found))
            assert isinstance(refusal, Refusal)
            assert shown(refusal)


@settings(max_examples=400, deadline=None)
@given(messages(), st.integers(-(2**63), 2**63 - 1))
def test_no_event_makes_it_raise(case: tuple[str, Received], timestamp: int) -> None:
    topic, message = case
    message.timestamp = timestamp
    decoded = CONTRACT.decode(topic, message)
    assert isinstance(decoded, Event) or (isinstance(decoded, Refusal) and shown(decoded))


def shown(refusal: Refusal) -> bytes:
    """A refusal can be written anywhere: no lone surrogate in it, and no part of it too long."""
    assert max(len(getattr(refusal, name)) for name in Refusal.__struct_fields__) <= 2000
    return str(refusal).encode()
