"""The document for departments: its examples are valid, and nothing that may be published is left out."""

import json
import re

import pytest

from schemas.contract import Contract
from schemas.documentation import events_markdown, example
from schemas.event import Event
from schemas.refusals import EXPLANATIONS, Reason
from schemas.registry import event_types
from tests.schemas.messages import REGIONS, Received, binary, structured

CONTRACT = Contract(event_types, REGIONS)
LANGUAGES = ("zh", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_is_accepted(language):
    text = events_markdown(event_types, language)
    examples = re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)
    assert [json.loads(found)["type"] for found in examples] == list(event_types)
    for found in examples:
        kind = event_types[json.loads(found)["type"]]
        decoded = CONTRACT.decode(kind.topic, Received(found.encode()))
        assert isinstance(decoded, Event), decoded


@pytest.mark.parametrize("type", sorted(event_types))
def test_a_plain_event_of_each_type_takes_the_fast_way(type):
    kind = event_types[type]
    for mode in (structured, binary):
        assert CONTRACT.fast(kind.topic, mode(example(kind))) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_field_and_code_is_there(language):
    text = events_markdown(event_types, language)
    for kind in event_types.values():
        section = text.partition(f"### `{kind.type}`\n")[2].partition("\n##")[0]
        assert "Subject: " in section, kind.type
        for name in kind.model.model_fields:
            assert f"| `{name}` |" in section, (kind.type, name)
    for reason in Reason:
        assert f"| `{reason}` |" in text


def test_constraints_are_said():
    chinese, english = (events_markdown(event_types, language) for language in LANGUAGES)
    assert "| `beds` | 整数,≥ 0,≤ 10000000 | 是 |" in chinese
    assert "| `beds` | integer, ≥ 0, ≤ 10000000 | yes |" in english
    assert "| `amount_yuan` | 数字,> 0,≤ 1000000,至多 2 位小数 | 是 |" in chinese
    assert "| `registered_unemployed_on` | 日期 YYYY-MM-DD | 否 |" in chinese
    assert "| `role` | `officer`,`auxiliary` | 是 |" in chinese


def test_every_code_is_explained_in_both_languages():
    assert list(EXPLANATIONS) == list(Reason)
    for explanation in EXPLANATIONS.values():
        assert all(explanation)
