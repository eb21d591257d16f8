"""Makes text from outside safe to show: it must not steer a terminal or a browser, nor deceive a reader's
eye."""

from __future__ import annotations

from unicodedata import category

_SPOKEN = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that no font draws."""


LONG = 200
"""The most characters that a list shows of a value from outside."""


def visible(text: str, *, keep: str = "") -> str:
    r"""The text with every character that is invisible, or changes how others are shown, as an escape: \x1b,
    \u202e, \ufeff, \n.

    These are what Unicode calls control, format (directions, zero widths), surrogate, private and unassigned
    characters, line separators, and letters without a shape. Spaces of any width stay. `keep`: characters
    that stay as they are. Printable text comes back unchanged, so that doing it twice changes nothing.
    """
    if text.isprintable() and _BLANK.isdisjoint(text):
        return text
    return "".join(each if each in keep or _seen(each) else _escape(each) for each in text)


def visible_lines(text: str) -> str:
    """`visible` for a text that is meant to have several lines: line breaks stay."""
    return visible(text, keep="\n")


def cut(text: str, most: int = LONG) -> str:
    """The visible text, at most `most` characters of it, followed by how many were left out."""
    shown = visible(text)
    return shown if len(shown) <= most else f"{shown[:most]}…（另有 {len(shown) - most} 字）"


def json_visible(text: str) -> str:
    """A JSON text with its invisible characters as JSON escapes: the same data for a program."""
    if text.isprintable():
        return text
    return "".join(each if each == "\n" or _seen(each) else _json_escape(each) for each in text)


def _seen(each: str) -> bool:
    return (each.isprintable() or category(each) == "Zs") and each not in _BLANK


def _escape(each: str) -> str:
    number = ord(each)
    if number < 0x100:
        return _SPOKEN.get(each, f"\\x{number:02x}")
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _json_escape(each: str) -> str:
    units = each.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
