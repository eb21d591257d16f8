"""The CloudEvents project's own conformance tests (see `cloudevents/README.md`), on the envelope and on the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.contract import Contract
from schemas.envelope import open_envelope
from schemas.event import Event, Refusal
from schemas.instants import instant
from schemas.refusals import Reason
from schemas.registry import event_types
from tests.schemas.messages import REGIONS, Received, binary, structured

FOLDER = Path(__file__).parent / "cloudevents"
CONTRACT = Contract(event_types, REGIONS)
TOPIC, TYPE = "civil-affairs", "civil-affairs.elder-visit"
DATA = {"region": "370831001001"}
THEIR_TYPE = "io.cloudevents.test"

# --- The Kafka binding's feature ---


class Step(NamedTuple):
    words: str
    text: str
    table: dict[str, str]


def scenarios(feature: str) -> Iterator[tuple[str, list[Step]]]:
    """Of a feature in Gherkin its scenarios, an outline once for each example; what its only background says is given."""
    for part in re.split(r"^ *Scenario(?: Outline)?: ", feature, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        steps, _, examples = body.partition("Examples:")
        rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in examples.split("\n")
            if "|" in line
        ]
        for row in rows[1:] or [[]]:
            filled = {
                f"<{column}>": value for column, value in zip(rows[0] if rows else [], row, strict=True)
            }
            yield _fill(name, filled), [_step(_fill(step, filled)) for step in _steps(steps)]


def _steps(text: str) -> list[str]:
    return re.split(r"^ *(?:Given|And|When|Then) ", text, flags=re.MULTILINE)[1:]


def _fill(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _step(text: str) -> Step:
    words, _, rest = text.partition("\n")
    quoted = re.search(r'"""\n(.*)"""', rest, re.DOTALL)
    rows = re.findall(r"^ *\|(.*)\|(.*)\| *$", rest, re.MULTILINE)
    table = {key.strip(): value.strip() for key, value in rows[1:]}
    return Step(words.strip(), quoted[1] if quoted else "", table)


SCENARIOS = list(scenarios((FOLDER / "kafka-protocol-binding.feature").read_text("utf-8")))


def test_the_feature_is_read_whole() -> None:
    assert [name for name, _ in SCENARIOS] == [
        "Binary content mode",
        "Structured content mode (application/cloudevents+json)",
        "Structured content mode (application/cloudevents+json; charset=utf-8)",
    ]
    assert all(len(steps) == 5 for _, steps in SCENARIOS)


@pytest.mark.parametrize("steps", [steps for _, steps in SCENARIOS], ids=[name for name, _ in SCENARIOS])
def test_the_kafka_binding(steps: list[Step]) -> None:
    for step in steps:
        match step.words:
            case "a Kafka message with payload:":
                payload = step.text.encode()
            case "Kafka headers:":
                message = Received(payload, [(name, value.encode()) for name, value in step.table.items()])
            case "parsed as Kafka message":
                envelope = open_envelope(message)
            case "the attributes are:":
                # In binary mode the data's type is checked, and not an attribute of its own any more.
                given = {"datacontenttype": "application/json"} if envelope.binary else {}
                assert {**envelope.attributes, **given} == step.table
            case "the data is equal to the following JSON:":
                assert json.loads(envelope.data or b"") == json.loads(step.text)
            case words:
                pytest.fail(f"no such step: {words}")


# --- The JSON format's events ---


def cases(name: str) -> list[Any]:
    held = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return [pytest.param(test, id=test["id"]) for test in held["tests"]]


def ours(event: dict[str, Any]) -> dict[str, Any]:
    """Their event with what ours must have beyond that; what it says itself stands."""
    made = {"subject": "elder-1", "time": "2023-06-01T08:30:00+08:00", "data": DATA}
    made |= {name: value for name, value in event.items() if value is not None}
    if made.get("type") == THEIR_TYPE:
        made["type"] = TYPE
    return made


OF_OURS = {"validAllCoreAttributes": Reason.CONTENT_TYPE, "validSimpleTextData": Reason.CONTENT_TYPE}
"""Valid CloudEvents that we refuse: data that is no JSON."""


@pytest.mark.parametrize("test", cases("valid-events"))
def test_a_valid_event_is_opened_and_counts_as_ours(test: dict[str, Any]) -> None:
    given = test["event"]
    made = ours(given)
    written = [structured(made)]
    if all(isinstance(value, str) for name, value in made.items() if name != "data"):
        written.append(binary(made, str(made.get("datacontenttype", "application/json")).encode()))
    for message in written:
        event = CONTRACT.decode(TOPIC, message)
        if test["id"] in OF_OURS:
            assert isinstance(event, Refusal)
            assert event.reason == OF_OURS[test["id"]]
            continue
        assert isinstance(event, Event), event
        assert event.record == (given["source"], given["id"], TYPE, made["subject"])
        assert json.loads(event.canonical) == DATA
        golden = "2018-04-05T17:31:00Z" if test["sampleId"] == "minimalWithTime" else made["time"]
        assert event.time == instant(golden)
    if test["id"] not in OF_OURS:
        attributes = {name: value for name, value in given.items() if value is not None}
        assert open_envelope(structured(given)).attributes == attributes


INVALID = {
    "invalidNoSpecVersion": (Reason.MISSING_ATTRIBUTE, "specversion"),
    "invalidNoId": (Reason.MISSING_ATTRIBUTE, "id"),
    "invalidNoType": (Reason.MISSING_ATTRIBUTE, "type"),
    "invalidNoSource": (Reason.MISSING_ATTRIBUTE, "source"),
    "invalidTimeGarbage": (Reason.BAD_TIME, "time"),
    "invalidTimeToMinute": (Reason.BAD_TIME, "time"),
    "invalidTimeOffsetX": (Reason.BAD_TIME, "time"),
    "invalidTimeOffsetOutOfRange": (Reason.BAD_TIME, "time"),
    "invalidTimeOffsetNonInteger": (Reason.BAD_TIME, "time"),
    "invalidTimeOffsetHourOnly": (Reason.BAD_TIME, "time"),
    "invalidEmptyId": (Reason.BAD_ATTRIBUTE, "id"),
    "invalidEmptyType": (Reason.BAD_ATTRIBUTE, "type"),
    "invalidEmptySource": (Reason.BAD_ATTRIBUTE, "source"),
    "invalidEmptySpecVersion": (Reason.SPECVERSION, "specversion"),
    "invalidUnknownSpecVersion": (Reason.SPECVERSION, "specversion"),
    "invalidNonRfc2046DataContentType": (Reason.CONTENT_TYPE, "datacontenttype"),
    "invalidEmptyDataContentType": (Reason.CONTENT_TYPE, "datacontenttype"),
    "invalidEmptyDataSchema": (Reason.BAD_DATASCHEMA, "dataschema"),
    "invalidEmptySubject": (Reason.BAD_ATTRIBUTE, "subject"),
    "invalidNumericId": (Reason.BAD_ATTRIBUTE, "id"),
    "invalidObjectId": (Reason.BAD_ATTRIBUTE, "id"),
    "invalidCapitalizedExtension": (Reason.BAD_ATTRIBUTE, "MyExtension"),
    "invalidPunctuatedExtension": (Reason.BAD_ATTRIBUTE, "my.extension"),
    "invalidNonIntegerExtensionValue": (Reason.BAD_ATTRIBUTE, "my.extension"),
    "invalidBothDataAndDataBase64": (Reason.BAD_DATA, "data_base64"),
}


@pytest.mark.parametrize("test", cases("invalid-events"))
def test_an_invalid_event_is_refused_for_what_is_wrong_with_it(test: dict[str, Any]) -> None:
    made = ours(test["event"])
    reason, field = INVALID[test["id"]]
    refusal = CONTRACT.decode(TOPIC, structured(made))
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.field) == (reason, field)
    if (
        all(isinstance(value, str) for name, value in made.items() if name != "data")
        and "data_base64" not in made
    ):
        refusal = CONTRACT.decode(
            TOPIC, binary(made, made.get("datacontenttype", "application/json").encode())
        )
        assert isinstance(refusal, Refusal)
        assert (refusal.reason, refusal.field) == (reason, field.replace("datacontenttype", "content-type"))


@pytest.mark.parametrize("test", [*cases("valid-batches"), *cases("invalid-batches")])
def test_batches_are_refused_as_such(test: dict[str, Any]) -> None:
    value = json.dumps(test["batch"]).encode()
    for content_type, reason in (
        (b"application/cloudevents-batch+json", Reason.BATCH_MODE),
        (b"application/cloudevents+json", Reason.NOT_JSON),
    ):
        refusal = CONTRACT.decode(TOPIC, Received(value, [("content-type", content_type)]))
        assert isinstance(refusal, Refusal)
        assert refusal.reason == reason
