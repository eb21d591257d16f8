"""Finds identifiers that look like another one. Each has one spelling, so that texts that differ also look
different.

An identifier is Unicode in form NFKC (UAX 15): letters, digits and marks of normal width, accents composed.
It has no blank at either end, and no invisible characters.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import combining, is_normalized, name, normalize

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Unicode's Default_Ignorable_Code_Point, and what is just as invisible: line and paragraph separators,
interlinear marks, the blank of Braille."""


class Odd(NamedTuple):
    """A character that makes a text look like another one. `place` counts characters from 1."""

    place: int
    char: str
    expected: str

    def __str__(self) -> str:
        """As `第 5 个字是 U+200B ZERO WIDTH SPACE`."""
        return f"第 {self.place} 个字是 {named(self.char)}"


def named(char: str) -> str:
    """A character's code point and name."""
    return f"U+{ord(char):04X} {name(char, '')}".rstrip()


def plain(text: str) -> bool:
    """Whether no character of a non-empty text makes it look like another one."""
    if " " in text and (text[0] == " " or text[-1] == " "):
        return False
    return text.isascii() or not (
        INVISIBLE.search(text) or text[0].isspace() or text[-1].isspace() or not is_normalized("NFKC", text)
    )


def odd(text: str) -> Odd | None:
    """The first character that makes a non-empty text look like another one; None where it is plain."""
    if plain(text):
        return None
    if found := INVISIBLE.search(text):
        return Odd(found.start() + 1, found[0], "没有看不见的字符的文本")
    for at in (0, len(text) - 1):
        if text[at].isspace():
            return Odd(at + 1, text[at], "两端没有空格的文本")
    at = _changed(text)
    return Odd(
        at + 1, text[at], "Unicode NFKC 写法的文本：字母、数字、标点用半角，带附加符号的字母用合成字符"
    )


def _changed(text: str) -> int:
    """The index at which NFKC changes a text: a character of another form, else the mark that joins the
    one before it."""
    for at, char in enumerate(text):
        if not is_normalized("NFKC", char):
            return at
    normal = normalize("NFKC", text)
    at = next(
        (n for n, (was, now) in enumerate(zip(text, normal, strict=False)) if was != now), len(normal) - 1
    )
    marks = [n for n in range(at, len(text)) if combining(text[n])]
    return marks[0] if marks else min(at + 1, len(text) - 1)
