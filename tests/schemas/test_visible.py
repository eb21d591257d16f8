"""Text from outside: nothing in it is obeyed, nothing is hidden, and what can be read stays as it was sent."""

from __future__ import annotations

import json
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.visible import cut, json_visible, visible, visible_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("济宁市 [/r] {x:y} :smile: €", "济宁市 [/r] {x:y} :smile: €"),
        ("全角　空格", "全角　空格"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\r\tc\0", r"a\nb\r\tc\x00"),
        ("\u202eelder\u202c", r"\u202eelder\u202c"),
        ("\ufeffa\u200bb\u061c", r"\ufeffa\u200bb\u061c"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("\u3164", r"\u3164"),
        ("", ""),
    ],
)
def test_what_is_not_seen_is_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_nothing_unseen_is_left_and_twice_is_as_once(text: str) -> None:
    shown = visible(text)
    assert not {category(each) for each in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert visible(shown) == shown
    assert visible_lines(text).split("\n") == [visible(line) for line in text.split("\n")]


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="͏ᅟᅠ឴឵⠀ㅤﾠ")))
def test_what_can_be_read_stays(text: str) -> None:
    assert visible(text) == text


@given(
    st.recursive(st.text(st.characters()), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner))
)
def test_json_means_the_same(found: object) -> None:
    for indent in (None, 1):
        shown = json_visible(json.dumps(found, ensure_ascii=False, indent=indent))
        assert json.loads(shown) == json.loads(json.dumps(found))
        assert visible_lines(shown) == shown


def test_a_long_text_is_cut_with_a_sign() -> None:
    assert cut("x" * 200, 200) == "x" * 200
    assert cut("x" * 1_000_000, 200) == "x" * 200 + "…（另有 999800 字）"
