"""The event types of all systems: how they are named, and the rules that hold over several fields."""

import re
from pathlib import Path
from typing import Any

import pytest

import schemas.systems
from schemas.contract import Contract
from schemas.documentation import example
from schemas.event import Event, PassedOver, Refusal
from schemas.event_type import Check, EventType, no_rule
from schemas.refusals import Reason
from schemas.registry import SYSTEMS, event_types
from schemas.shapes import Heartbeat
from schemas.systems import rules
from tests.schemas.messages import REGIONS, Mode, binary, structured

CONTRACT = Contract(event_types, REGIONS)
MODES = pytest.mark.parametrize("mode", [structured, binary])
PLACE, TOWN, COUNTY, CITY = "370811001002", "370811001", "370811", "370800"


def of_rule(*found: Check) -> list[str]:
    return sorted(kind.type for kind in event_types.values() if kind.rule in found)


def decoded(
    mode: Mode, type: str, data: dict[str, Any] | None = None, **changes: Any
) -> Event | Refusal | PassedOver:
    """What becomes of a type's example with `data` and attributes changed."""
    kind = event_types[type]
    plain = example(kind)
    return CONTRACT.decode(kind.topic, mode(plain | {"data": plain["data"] | (data or {})} | changes))


def broken(found: object, field: str, value: str, expected: str) -> None:
    assert isinstance(found, Refusal)
    assert (found.reason, found.field, found.value) == (Reason.RULE, field, value)
    assert expected in found.expected


def test_every_system_is_registered() -> None:
    files = {path.stem for path in Path(schemas.systems.__file__).parent.glob("*.py")} - {"__init__", "rules"}
    assert files == {module.__name__.rpartition(".")[2] for module in SYSTEMS}
    assert len(event_types) == sum(len(module.system.types) for module in SYSTEMS)


@pytest.mark.parametrize("kind", event_types.values(), ids=event_types)
def test_how_a_type_is_named_and_said(kind: EventType) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.topic)
    assert re.fullmatch(rf"{kind.topic}\.[a-z]+(-[a-z]+)*", kind.type)
    assert next(iter(kind.model.model_fields)) == "region"
    assert re.search(r"Subject: .+", kind.model.__doc__ or "")
    assert kind.heartbeat == issubclass(kind.model, Heartbeat)


@pytest.mark.parametrize("kind", event_types.values(), ids=event_types)
def test_a_type_and_its_system_are_said_in_chinese(kind: EventType) -> None:
    for said in (*kind.zh, *kind.office):
        assert re.search("[\u4e00-\u9fff]", said)
        assert said == said.strip()
    assert kind.zh.says.endswith("。")
    assert len(kind.zh.name) <= 20
    for other in re.findall(r"`([a-z-]+\.[a-z-]+)`", " ".join(kind.zh)):
        assert other in event_types


def test_no_two_types_or_systems_share_a_chinese_name() -> None:
    assert len({kind.zh.name for kind in event_types.values()}) == len(event_types)
    assert len({module.system.office.name for module in SYSTEMS}) == len(SYSTEMS)


def test_every_rule_is_in_use() -> None:
    written = {found for name, found in vars(rules).items() if callable(found) and name.startswith(
        ("subject_", "average_", "registered_"))}  # fmt: skip
    assert written == {kind.rule for kind in event_types.values()} - {no_rule}


@MODES
@pytest.mark.parametrize("type", of_rule(rules.subject_is_place))
def test_the_subject_is_a_village_or_community(mode: Mode, type: str) -> None:
    assert isinstance(decoded(mode, type), Event)
    broken(decoded(mode, type, {"region": COUNTY}, subject=COUNTY), "data.region", COUNTY, "12 位")
    broken(decoded(mode, type, subject="370811001003"), "subject", "370811001003", PLACE)


@MODES
@pytest.mark.parametrize("type", of_rule(rules.subject_is_county))
def test_the_subject_is_a_county(mode: Mode, type: str) -> None:
    assert isinstance(decoded(mode, type), Event)
    for region in (CITY, TOWN, PLACE):
        broken(decoded(mode, type, {"region": region}, subject=region), "data.region", region, "6 位")
    broken(decoded(mode, type, subject="370812"), "subject", "370812", COUNTY)


@MODES
@pytest.mark.parametrize("type", of_rule(rules.subject_is_region))
def test_the_subject_is_a_region(mode: Mode, type: str) -> None:
    for region in (CITY, COUNTY, PLACE):
        assert isinstance(decoded(mode, type, {"region": region}, subject=region), Event)
    broken(decoded(mode, type, subject="370812"), "subject", "370812", PLACE)


@MODES
@pytest.mark.parametrize("type", of_rule(rules.subject_names_list))
def test_the_subject_names_county_and_list(mode: Mode, type: str) -> None:
    assert isinstance(decoded(mode, type, {"list": "seals"}, subject="370811:seals"), Event)
    broken(
        decoded(mode, type, {"list": "seals"}, subject="370811:affairs"),
        "subject",
        "370811:affairs",
        "370811:seals",
    )
    broken(decoded(mode, type, {"region": TOWN}, subject=f"{TOWN}:affairs"), "data.region", TOWN, "6 位")


@MODES
@pytest.mark.parametrize("type", of_rule(rules.average_at_most_100))
def test_an_average_is_at_most_100(mode: Mode, type: str) -> None:
    assert isinstance(decoded(mode, type, {"score_total": 1000, "answers": 10}), Event)
    broken(
        decoded(mode, type, {"score_total": 1000.1, "answers": 10}), "data.score_total", "1000.1", "= 1000"
    )


@MODES
@pytest.mark.parametrize("type", of_rule(rules.registered_before))
def test_whoever_is_reemployed_was_registered_before(mode: Mode, type: str) -> None:
    """The day is the city's: half past midnight in Jining is the day before in UTC."""
    early = {"time": "2023-06-01T00:30:00+08:00"}
    assert isinstance(decoded(mode, type, {"registered_unemployed_on": None}, **early), Event)
    assert isinstance(decoded(mode, type, {"registered_unemployed_on": "2023-06-01"}, **early), Event)
    late = decoded(mode, type, {"registered_unemployed_on": "2023-06-02"}, **early)
    broken(late, "data.registered_unemployed_on", "2023-06-02", "2023-06-01")
