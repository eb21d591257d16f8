"""Plain output lines of commands. Their content, stored or typed, is shown; the terminal never interprets it."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import click


def print_line(text: object, *, err: bool = False, fg: str | None = None, lines: bool = False) -> None:
    """Print a line, on stderr with `err`, coloured with `fg`. With `lines`, line breaks in the text are kept."""
    from schemas.visible import visible, visible_lines

    shown = visible_lines(str(text)) if lines else visible(str(text))
    click.secho(shown, err=err, fg=fg)


def print_document(text: str) -> None:
    """Print a document of the program itself unchanged, tabs included. Never use it for text from outside."""
    click.echo(text)


def print_json(found: Any) -> None:
    """Print data, or JSON given as bytes, for a program.

    Characters that a terminal would interpret are printed as JSON escapes, which mean the same.
    """
    import json

    from schemas.visible import json_visible

    text = (
        found.decode()
        if isinstance(found, bytes)
        else json.dumps(found, ensure_ascii=False, default=str, indent=1)
    )
    click.echo(json_visible(text))


def make_visible(error: click.ClickException) -> None:
    """Escape an error's message, which may contain typed or stored text."""
    from schemas.visible import visible_lines

    error.message = visible_lines(error.message)


def print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """For `sys.excepthook`: print the traceback escaped, as its last line may contain any text."""
    import traceback

    from schemas.visible import visible_lines

    sys.stderr.write(visible_lines("".join(traceback.format_exception(kind, error, trace))))
