"""Types of other plans: passed over, where this plan does not count them; a type that nobody knows stays refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.catalogue.loader import CatalogueError, load, load_regions
from schemas.contract import Contract
from schemas.event import Event, PassedOver, Refusal
from schemas.passing import Passing
from schemas.registry import event_types
from tests.schemas.messages import Received

DATA = Path(__file__).parents[1] / "data"
REGIONS = load_regions(DATA / "regions-yunchuan.yaml")
COUNTED = {"sports.community-game": event_types["sports.community-game"]}
CONTRACT = Contract(
    COUNTED,
    REGIONS,
    passes=Passing(COUNTED, event_types, ["transport.*", "sports.match", "sports.community-game"]),
)


def said(type: str, topic: str, **changes: object) -> Event | Refusal | PassedOver:
    event = {
        "specversion": "1.0", "id": "1", "source": "//a", "type": type, "subject": "s",
        "time": "2023-06-01T08:30:00+08:00", "data": {"region": "990101"},
    } | changes  # fmt: skip
    return CONTRACT.decode(topic, Received(json.dumps(event).encode(), _STRUCTURED))


_STRUCTURED = [("content-type", b"application/cloudevents+json")]


@pytest.mark.parametrize(
    ("type", "topic"),
    [
        ("civil-affairs.elder-visit", "civil-affairs"),  # registered, and no measure of this plan wants it
        ("transport.bus-line", "sports"),
        ("transport.bus.line", "transport"),
        ("sports.match", "sports"),
    ],
)
def test_another_plan_s_type_is_passed_over(type: str, topic: str) -> None:
    assert said(type, topic) == PassedOver("//a", type)


def test_what_is_wrong_with_it_is_the_other_plan_s_business() -> None:
    assert said("transport.bus-line", "sports", time="yesterday", data=None) == PassedOver(
        "//a", "transport.bus-line"
    )


@pytest.mark.parametrize(
    ("type", "topic"),
    [
        ("sports.mach", "sports"),
        ("transportation.bus", "sports"),
        ("transport", "sports"),
        ("transport.\u200bbus", "sports"),
        (f"transport.{'x' * 200}", "sports"),
        ("civil-affairs.elder-visit", "sports"),  # in a topic that is not its own nobody would count it
    ],
)
def test_a_type_of_nobody_is_refused(type: str, topic: str) -> None:
    refusal = said(type, topic)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == ("look-alike" if "\u200b" in type else "unknown-type")


def test_what_the_plan_counts_is_never_passed_over() -> None:
    assert isinstance(said("sports.community-game", "sports"), Event)


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("sports.*", "pass sports.community-game over, which this plan counts"),
        ("civil-affairs.elder-visit", "passed over anyway"),
        ("Sports.*", "passes_over"),
        ("*", "passes_over"),
    ],
)
def test_the_catalogue_s_list_is_checked(named: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    text = (DATA / "yunchuan-2025.yaml").read_text("utf-8")
    file.write_text(f"{text}\npasses_over: [transport.*, '{named}']\n", "utf-8")
    with pytest.raises(CatalogueError, match=says.replace("*", ".")) as caught:
        load(file, REGIONS, event_types)
    assert len(caught.value.faults) == 1
    file.write_text(f"{text}\npasses_over: [transport.*]\n", "utf-8")
    assert load(file, REGIONS, event_types).passes_over == ["transport.*"]
