"""HTML from Python: text is escaped unless it is already markup, and what is not seen in it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from schemas.visible import visible, visible_lines

_VOID = {"br", "hr", "img", "input", "meta", "col", "wbr"}


class Html(str):
    """Markup, as opposed to text."""

    __slots__ = ()


Child = str | Iterable["Child"] | None
"""Text (escaped), markup (as it is), any nesting of them, or nothing."""


def tag(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element. Attributes: `_` for `-`, a trailing `_` for Python's keywords; True alone, None and False not at all.

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
    """Children one after the other."""
    return Html("".join(map(_written, children)))


def _written(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return escape(visible_lines(child), quote=False)
    return "".join(map(_written, child))
