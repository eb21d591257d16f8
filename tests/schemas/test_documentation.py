"""The document for departments: its examples are valid, and nothing that may be published is left out."""

import json
import re
from typing import Literal, get_args, get_origin

import pytest

from schemas.contract import Contract
from schemas.documentation import Language, events_markdown, example, label_of
from schemas.event import Event
from schemas.event_type import EventType
from schemas.refusals import EXPLANATIONS, Reason
from schemas.registry import SYSTEMS, event_types
from tests.schemas.messages import REGIONS, Received, binary, structured

CONTRACT = Contract(event_types, REGIONS)
LANGUAGES: tuple[Language, ...] = ("zh", "en")
CHINESE = "[\u4e00-\u9fff]"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_is_accepted(language: Language) -> None:
    text = events_markdown(event_types, language)
    examples = re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)
    assert [json.loads(found)["type"] for found in examples] == list(event_types)
    for found in examples:
        kind = event_types[json.loads(found)["type"]]
        decoded = CONTRACT.decode(kind.topic, Received(found.encode()))
        assert isinstance(decoded, Event), decoded


@pytest.mark.parametrize("type", sorted(event_types))
def test_a_plain_event_of_each_type_takes_the_fast_way(type: str) -> None:
    kind = event_types[type]
    for mode in (structured, binary):
        assert CONTRACT.fast(kind.topic, mode(example(kind))) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_field_and_code_is_there(language: Language) -> None:
    text = events_markdown(event_types, language)
    for kind in event_types.values():
        section = text.partition(f"`{kind.type}`\n")[2].partition("\n##")[0]
        assert {"zh": "- 对象（`subject`）：", "en": "Subject: "}[language] in section, kind.type
        for name in kind.model.model_fields:
            assert f"| `{name}` |" in section, (kind.type, name)
    for reason in Reason:
        assert f"| `{reason}` |" in text


def test_constraints_are_said() -> None:
    chinese, english = (events_markdown(event_types, language) for language in LANGUAGES)
    assert "| `beds` | 在用床位数（张） | 整数，≥ 0，≤ 10000000 | 是 |" in chinese
    assert "| `beds` | integer, ≥ 0, ≤ 10000000 | yes |" in english
    assert "| `amount_yuan` | 发放金额（元） | 数字，> 0，≤ 1000000，至多 2 位小数 | 是 |" in chinese
    assert re.search(r"\| `registered_unemployed_on` \| .+ \| 日期 YYYY-MM-DD \| 否 \|", chinese)
    assert "| `role` | 岗位 | `officer` 民警，`auxiliary` 辅警 | 是 |" in chinese
    assert "| `role` | `officer`, `auxiliary` | yes |" in english
    assert "| `in_post` | 是否在岗 | `true` 在岗，`false` 离岗 | 是 |" in chinese


@pytest.mark.parametrize("kind", event_types.values(), ids=event_types)
def test_every_field_and_each_of_its_values_has_a_chinese_label(kind: EventType) -> None:
    for name, field in kind.model.model_fields.items():
        said, meanings = label_of(name, field)
        assert re.search(CHINESE, said), name
        choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        expected = {"true", "false"} if field.annotation is bool else set(choices)
        assert set(meanings) == expected, name
        assert all(re.search(CHINESE, meaning) for meaning in meanings.values()), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contents_link_to_every_system_and_type(language: Language) -> None:
    text = events_markdown(event_types, language)
    headings = [line.lstrip("# ") for line in text.splitlines() if re.match(r"##+ ", line)]
    anchors = ["".join(char for char in title.lower() if char.isalnum() or char in "- ").replace(" ", "-")
               for title in headings]  # fmt: skip
    links = re.findall(r"\]\(#([^)]+)\)", text.partition("\n## ")[0])
    assert sorted(links) == sorted(anchors)
    assert len(set(anchors)) == len(anchors) == 3 + len(SYSTEMS) + len(event_types)


def test_every_code_is_explained_in_both_languages() -> None:
    assert list(EXPLANATIONS) == list(Reason)
    for explanation in EXPLANATIONS.values():
        assert all(explanation)
