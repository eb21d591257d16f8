"""What official SDKs put on a real Kafka, recorded by `tests.sdk.record`, has its right outcome."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from pulse.app.city import load_city
from pulse.app.settings import load_settings
from schemas.contract import Contract
from schemas.event import Event, Refusal
from schemas.producers import PRODUCERS, Producer
from schemas.refusals import Reason
from schemas.registry import event_types
from streams.commands import Loaded, LogBounds, Outgoing, Send, Write
from streams.counting.calendar import Calendar
from streams.flush import ORIGIN
from streams.partition import partition_of
from streams.shard import Shard
from tests.schemas.messages import REGIONS, Received
from tests.sdk.clients import CLIENTS, EVENTS, FOLDERS, HERE, MISTAKES, PARTITIONS, RECORDS, TOPIC

CONTRACT = Contract(event_types, REGIONS)
SYSTEM = TOPIC.partition(".")[2]
DESCRIBED = {event["id"]: event for event in json.loads((HERE / EVENTS).read_text("utf-8"))}
SHOWN = [name for name in CLIENTS if name.startswith("producer-")]
SDKS = [name for name in CLIENTS if name not in SHOWN]
DOCUMENTS = HERE.parents[1] / "docs"
FORWARDED = "re-keyed"


class Message(NamedTuple):
    id: str
    partition: int
    received: Received


def record(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((RECORDS / f"{name}.json").read_text("utf-8"))
    return read


def messages(run: dict[str, Any]) -> list[Message]:
    found = []
    for offset, each in enumerate(run["messages"]):
        value, key = (None if each[name] is None else each[name].encode() for name in ("value", "key"))
        headers = [(name, content.encode()) for name, content in each["headers"]]
        binary = dict(each["headers"]).get("ce_id")
        received = Received(value, headers, offset, key=key)
        found.append(Message(binary or json.loads(each["value"])["id"], each["partition"], received))
    return found


def runs(names: list[str], file: str = EVENTS) -> list[Any]:
    return [
        pytest.param(name, run, id=f"{name}, {run['mode']}, {run['partitioner']}")
        for name in names
        for run in record(name)["runs"]
        if run["file"] == file
    ]


# --- The records are of the programs, and of the packages that are pinned ---


@pytest.mark.parametrize("name", CLIENTS)
def test_a_record_is_of_the_program_that_stands_here(name: str) -> None:
    held, client = record(name), CLIENTS[name]
    assert held["sha256"] == client.digest(), f"{name}: the program has changed: make sdk ARGS={name}"
    assert (held["language"], held["packages"]) == (FOLDERS[client.folder].language, dict(client.packages))
    assert held["partitions"] == PARTITIONS
    assert [(run["mode"], run["partitioner"]) for run in held["runs"]] == [
        (r.mode, r.rule) for r in client.runs
    ]


def test_no_record_is_of_a_client_that_is_not_here() -> None:
    assert {path.stem for path in RECORDS.iterdir()} == set(CLIENTS)


@pytest.mark.parametrize("name", CLIENTS)
def test_its_packages_are_the_pinned_ones(name: str) -> None:
    """Name and version stand one after the other in the folder's own file, with a few signs between them."""
    folder = CLIENTS[name].folder
    pins = (HERE / folder / FOLDERS[folder].pins).read_text("utf-8")
    for package, version in CLIENTS[name].packages.items():
        assert re.search(rf"{re.escape(package)}\W.{{0,40}}?{re.escape(version)}", pins, re.DOTALL), package


# --- What they say ---


def micros(text: str) -> int:
    time = datetime.fromisoformat(text)
    return int(time.timestamp()) * 1_000_000 + time.microsecond


def clipped(name: str, mode: str, time: int) -> int:
    """The time as a client writes it: Node's structured mode has milliseconds."""
    return time - time % 1000 if (name, mode) == ("node", "structured") else time


@pytest.mark.parametrize(("name", "run"), runs([name for name in SDKS if name != "python-1"]))
def test_every_event_counts_as_it_was_meant(name: str, run: dict[str, Any]) -> None:
    written = messages(run)
    assert sorted(message.id for message in written) == sorted(DESCRIBED)
    for message in written:
        check(DESCRIBED[message.id], message, name, run["mode"])


def check(meant: dict[str, Any], message: Message, name: str, mode: str) -> None:
    event = CONTRACT.decode(SYSTEM, message.received)
    assert isinstance(event, Event), (message.id, event)
    assert event.record == (meant["source"], meant["id"], meant["type"], meant["subject"])
    assert event.version[:2] == (meant.get("revision", 0), meant.get("void", False))
    assert event.time == clipped(name, mode, micros(meant["time"]))
    assert event.recorded == (micros(meant["recordedtime"]) if "recordedtime" in meant else None)
    if "data" in meant:
        assert json.loads(event.canonical) == meant["data"]
        assert event.region == meant["data"]["region"]
    else:
        assert (event.data, event.region, event.canonical) == (None, "", b"")


def test_python_1_counts_in_binary_mode_only() -> None:
    """Its structured mode has the data's content type where the event's belongs."""
    structured, binary = record("python-1")["runs"]
    for message in messages(binary):
        check(DESCRIBED[message.id], message, "python-1", "binary")
    for message in messages(structured):
        refusal = CONTRACT.decode(SYSTEM, message.received)
        assert isinstance(refusal, Refusal), message.id
        assert refusal.reason == Reason.NOT_CLOUDEVENTS
        assert "application/cloudevents+json" in refusal.expected
        meant = DESCRIBED[message.id]
        assert (refusal.source, refusal.type, refusal.id) == (meant["source"], meant["type"], meant["id"])
        typed = "datacontenttype" in meant
        assert refusal.value == ("content-type: application/json" if typed else "无消息头")
        assert "Python cloudevents 1.x" in refusal.hint


TEXT = {
    "data-as-text": (Reason.BAD_DATA, "data", "***", "不要先转成字符串"),
    "revision-as-text": (Reason.BAD_REVISION, "revision", "1", "不加引号"),
    "void-as-text": (Reason.BAD_VOID, "void", "true", "不加引号"),
}


@pytest.mark.parametrize(("name", "run"), runs(SDKS, MISTAKES))
def test_text_is_no_object_number_or_boolean_in_json_and_is_all_there_is_in_headers(
    name: str, run: dict[str, Any]
) -> None:
    written = messages(run)
    assert {message.id for message in written} == set(TEXT)
    for message in written:
        found = CONTRACT.decode(SYSTEM, message.received)
        if run["mode"] == "binary":
            assert isinstance(found, Event), found
            assert (found.version.revision, found.version.void) == (
                int(message.id == "revision-as-text"), message.id == "void-as-text",
            )  # fmt: skip
            assert found.region == "370831001001"
        else:
            assert isinstance(found, Refusal)
            assert (found.reason, found.field, found.value) == TEXT[message.id][:3]
            assert TEXT[message.id][3] in found.hint


def test_the_mistakes_are_recorded() -> None:
    assert [case.id for case in runs(SDKS, MISTAKES)] == [
        f"{name}, {mode}, murmur2" for name in ("node", "python-2") for mode in ("structured", "binary")
    ]


# --- Where they lie ---


def outcomes(run: dict[str, Any]) -> tuple[dict[str, str], list[Outgoing]]:
    """What a worker makes of each message, by the event's id, and what it sends on."""
    city = load_city(load_settings())
    found: dict[str, str] = {}
    sent: list[Outgoing] = []
    for partition in range(PARTITIONS):
        shard = Shard(
            catalogue=city.catalogue, contract=city.contract, calendar=Calendar(city.regions.zone), generation="g",
            topic=SYSTEM, partition=partition, partitions=PARTITIONS,
        )  # fmt: skip
        shard.assigned()
        shard.loaded(Loaded(None, []), LogBounds(0, len(run["messages"]), "", PARTITIONS))
        shard.done()
        here = [message for message in messages(run) if message.partition == partition]
        shard.fold([message.received for message in here])
        command = shard.flush()
        ids = {message.received.offset: message.id for message in here}
        while command is not None:
            if isinstance(command, Write) and command.table == "events":
                columns = command.columns
                found |= {
                    ids[at]: kind for at, kind in zip(columns["offset"], columns["outcome"], strict=True)
                }
            elif isinstance(command, Send):
                sent += command.messages
            command = shard.done()
    return found, sent


@pytest.mark.parametrize(("name", "run"), runs([name for name in SDKS if name != "python-1"]))
def test_a_client_without_murmur2_is_counted_after_a_detour(name: str, run: dict[str, Any]) -> None:
    found, sent = outcomes(run)
    right = {id: partition_of(event["subject"], PARTITIONS) for id, event in DESCRIBED.items()}
    written = {message.id: message for message in messages(run)}
    lies_wrong = {id for id, message in written.items() if message.partition != right[id]}
    assert {id for id, outcome in found.items() if outcome == FORWARDED} == lies_wrong
    assert set(found) == set(DESCRIBED)
    assert set(found.values()) <= {FORWARDED, "counted"}
    where = {(message.partition, message.key, message.value) for message in sent}
    assert where == {
        (right[id], DESCRIBED[id]["subject"].encode(), written[id].received.value) for id in lies_wrong
    }
    assert len(sent) == len(lies_wrong)
    assert all(ORIGIN in dict(message.headers) for message in sent)
    keyed = {id for id, message in written.items() if message.received.key is not None}
    if run["partitioner"] == "murmur2":
        assert not lies_wrong & keyed
    else:
        assert lies_wrong, "by chance none: record it anew with other subjects"


@pytest.mark.parametrize("name", SDKS)
def test_the_key_is_the_subject(name: str) -> None:
    """Given by the program, or taken by the SDK from the extension `partitionkey`: only Go's for confluent does not."""
    for run in (run for run in record(name)["runs"] if run["file"] == EVENTS):
        for message in messages(run):
            unkeyed = name == "go-confluent" and message.id == "partitionkey"
            subject = DESCRIBED[message.id]["subject"].encode()
            assert message.received.key == (None if unkeyed else subject)


# --- The documents' producers ---


@pytest.mark.parametrize("name", SHOWN)
def test_a_producer_of_the_documents_says_corrects_and_withdraws(name: str) -> None:
    (run,) = record(name)["runs"]
    events = []
    for message in messages(run):
        event = CONTRACT.decode(SYSTEM, message.received)
        assert isinstance(event, Event), event
        assert message.received.key == event.record.subject.encode()
        assert message.partition == partition_of(event.record.subject, PARTITIONS)
        events.append(event)
    assert [(*event.version[:2], event.region) for event in events] == [
        (0, False, "370831001001"), (1, False, "370831001002"), (2, True, ""),
    ]  # fmt: skip
    assert messages(run)[2].received.value is None
    assert {(event.record, event.time) for event in events} == {
        (("//minzheng.example/visits", "2023-000001", "civil-affairs.elder-visit", "elder-000001"),
         micros("2023-06-01T08:30:00+08:00"))
    }  # fmt: skip


@pytest.mark.parametrize("producer", PRODUCERS, ids=lambda producer: producer.language)
def test_the_documents_show_what_was_run(producer: Producer) -> None:
    (client,) = (client for client in CLIENTS.values() if client.programs[0].name == producer.file)
    assert client.programs[0].read_text("utf-8") == producer.text()
    assert FOLDERS[client.folder].language == producer.language
    for package, version in client.packages.items():
        assert re.search(rf"\b{re.escape(package)}[:=@]+{re.escape(version)}(\s|$)", producer.needs), package
    for language in ("zh", "en"):
        committed = (DOCUMENTS / {"zh": "EVENTS.zh-CN.md", "en": "EVENTS.md"}[language]).read_text("utf-8")
        shown = re.findall(rf"```{producer.fence}\n(.*?)```", committed, re.DOTALL)
        assert shown == [producer.text()], "make events"
        assert producer.needs in committed
