"""Plain lines of commands. Whatever they contain, stored or typed, is shown and never obeyed by the terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import click


def print_line(text: object, *, err: bool = False, fg: str | None = None, lines: bool = False) -> None:
    """Print a line, on stderr with `err`, coloured with `fg`. `lines`: a text of several lines, whose ends are ours."""
    from schemas.visible import visible, visible_lines

    shown = visible_lines(str(text)) if lines else visible(str(text))
    click.secho(shown, err=err, fg=fg)


def print_document(text: str) -> None:
    """Print a document that is the program's own, to the letter: tabs too. Never anything from outside."""
    click.echo(text)


def print_json(found: Any) -> None:
    """Print data, or its JSON as bytes, for a program: escapes stand for what a terminal would obey, and mean the same."""
    import json

    from schemas.visible import json_visible

    text = (
        found.decode()
        if isinstance(found, bytes)
        else json.dumps(found, ensure_ascii=False, default=str, indent=1)
    )
    click.echo(json_visible(text))


def make_visible(error: click.ClickException) -> None:
    """Escape an error's message, which may contain what was typed or stored."""
    from schemas.visible import visible_lines

    error.message = visible_lines(error.message)


def print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """`sys.excepthook`: a traceback, whose last line may hold anything."""
    import traceback

    from schemas.visible import visible_lines

    sys.stderr.write(visible_lines("".join(traceback.format_exception(kind, error, trace))))
