"""Builds HTML: text is escaped unless it is already markup, and its invisible characters are made visible."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from schemas.visible import visible, visible_lines

_VOID = {"br", "hr", "img", "input", "meta", "col", "wbr"}


class Html(str):
    """Markup, as opposed to text."""

    __slots__ = ()


Child = str | Iterable["Child"] | None
"""Text (will be escaped), markup (used as it is), nested iterables of both, or None."""


def tag(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element. In attribute names `_` stands for `-`, and a trailing `_` is dropped (for Python's keywords).

    True gives an attribute without a value; None and False omit it.

    >>> tag("a", "x < y", class_="link", href="/?a=1&b=2")
    '<a class="link" href="/?a=1&amp;b=2">x &lt; y</a>'
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        parts.append(attribute if value is True else f'{attribute}="{escape(visible(str(value)))}"')
    head = f"<{' '.join(parts)}>"
    return Html(head if name in _VOID else f"{head}{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    """The markup of all children, concatenated."""
    return Html("".join(map(_written, children)))


def _written(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return escape(visible_lines(child), quote=False)
    return "".join(map(_written, child))
