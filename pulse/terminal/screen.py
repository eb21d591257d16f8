"""Tables and coloured lines. All text is treated as data: brackets are no markup, and nothing moves the cursor."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from schemas.visible import visible, visible_lines


class Screen(Console):
    """A console that does not interpret markup or emoji names in strings, and shows invisible characters as escapes.

    The program's own colours are `styled` texts.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"markup": False, "emoji": False} | options))

    def render_str(self, text: str, **options: Any) -> Text:
        """A string as escaped text, so that a table knows its shown width."""
        return super().render_str(visible_lines(text), **(options | {"markup": False, "emoji": False}))

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Escape as a last step, for texts that were built elsewhere."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(visible_lines(segment.text), segment.style)


def console() -> Screen:
    """The console for tables: as wide as the terminal, or 160 columns for a file or a pipe."""
    return Screen(width=None if sys.stdout.isatty() else 160)


def styled(*parts: str | tuple[str, str]) -> Text:
    """A line made of strings and of (string, style) pairs."""
    return Text.assemble(
        *(visible(part) if isinstance(part, str) else (visible(part[0]), part[1]) for part in parts)
    )
