"""Tables and coloured lines. Text that goes through here is data: brackets are brackets, and nothing moves the cursor."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from schemas.visible import visible, visible_lines


class Screen(Console):
    """A console that takes no string for markup or an emoji's name, and shows what cannot be seen as escapes.

    Our own colours are `styled` texts.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"markup": False, "emoji": False} | options))

    def render_str(self, text: str, **options: Any) -> Text:
        """A string as text, so that a table knows how wide it is shown."""
        return super().render_str(visible_lines(text), **(options | {"markup": False, "emoji": False}))

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The last gate, for texts that were made elsewhere."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(visible_lines(segment.text), segment.style)


def console() -> Screen:
    """Where tables go: a terminal as wide as it is, a file or a pipe as wide as the table wants."""
    return Screen(width=None if sys.stdout.isatty() else 160)


def styled(*parts: str | tuple[str, str]) -> Text:
    """A line of strings, and of (string, style)."""
    return Text.assemble(
        *(visible(part) if isinstance(part, str) else (visible(part[0]), part[1]) for part in parts)
    )
